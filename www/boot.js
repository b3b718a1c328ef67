// Starts the page. The build writes the hashed file names into this script's tag (Trunk.toml), so
// that no script is inline.
const tag = document.querySelector("script[data-wasm]");
const file = (name) => new URL(name, document.baseURI);
const { default: init } = await import(file(tag.dataset.js));
await init({ module_or_path: file(tag.dataset.wasm) });
