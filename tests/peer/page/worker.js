// The network of `network.onnx` on ONNX Runtime Web's wasm backend, timed.
import * as ort from "./ort.wasm.min.mjs";

const SHAPE = [1, 4, 64, 64, 64];
const STREAM = 100000n;

// The golden files' rule for inputs (`rule` in tests/golden/mts-unet-fs12.json).
function input() {
  const wrap = (z) => BigInt.asUintN(64, z);
  const values = new Float32Array(SHAPE.reduce((a, b) => a * b));
  for (let i = 0; i < values.length; i++) {
    let z = wrap((STREAM << 32n) + BigInt(i) + 0x9e3779b97f4a7c15n);
    z = wrap((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = wrap((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    z ^= z >> 31n;
    values[i] = 2 * Number(z >> 11n) * 2 ** -53 - 1;
  }
  return new ort.Tensor("float32", values, SHAPE);
}

async function measure() {
  const asked = new URLSearchParams(location.search);
  ort.env.wasm.numThreads = Number(asked.get("threads"));
  const session = await ort.InferenceSession.create("network.onnx", { executionProviders: ["wasm"] });
  const x = input();
  const seconds = [];
  let logits;
  for (let run = 0; run < Number(asked.get("runs")); run++) {
    const start = performance.now();
    ({ logits } = await session.run({ x }));
    seconds.push((performance.now() - start) / 1000);
  }
  return {
    version: ort.env.versions.web,
    // It falls back to one where memory cannot be shared.
    threads: ort.env.wasm.numThreads,
    shape: logits.dims,
    logits: logits.data,
    seconds,
  };
}

measure().then(postMessage, (error) => postMessage({ error: String(error?.message ?? error) }));
