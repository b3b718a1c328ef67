// Our own engine with threads, on as many as `?threads=N` says: starts it and asks for its benchmark, as the page
// does (app/src/protocol.rs), and hands the seconds of the forward to the test driver.
const threads = Number(new URLSearchParams(location.search).get("threads"));
const onAll = `CPU, ${threads} threads`;
const fail = (error) => (globalThis.answer = { error });
const start = (name) => {
  const worker = new Worker("engine_threads_loader.js", { type: "module", name });
  worker.onmessage = ({ data: [said, ...parts] }) => heed(JSON.parse(said), parts);
  worker.onerror = (event) => fail(event.message || "the worker did not start");
  return worker;
};
const send = (command) => engine.postMessage([JSON.stringify(command)]);

function heed({ Sharing, Ready, Device, Timed, BenchmarkDone, Failed }, shared) {
  if (Sharing) {
    for (let i = 1; i < threads; i++) start("thread").postMessage(shared);
    send({ Threads: { workers: threads - 1 } });
  } else if (Ready) {
    send({ Benchmark: { choice: "cpu", no_gpu: null } });
  } else if (Device && Device.name !== onAll) {
    fail(`it ran on ${Device.name} instead of ${onAll}`);
  } else if (Timed?.name === "Whole network, feature size 12, 64³") {
    globalThis.answer ??= { seconds: Timed.seconds };
  } else if (Failed || BenchmarkDone) {
    globalThis.answer ??= { error: JSON.stringify(Failed ?? BenchmarkDone) };
  }
}

const engine = start("engine");
