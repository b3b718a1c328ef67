// Hands the worker's answer to the test driver: `?threads=N&runs=N`. In a worker, as our own engine is.
const worker = new Worker(`worker.js${location.search}`, { type: "module" });
worker.onmessage = ({ data }) => (globalThis.answer = data);
worker.onerror = (event) => (globalThis.answer = { error: event.message || "the worker did not start" });
