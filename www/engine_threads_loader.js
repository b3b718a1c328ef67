// Starts a worker of the engine with threads: by the worker's name the engine itself, or one of its threads, which is
// sent the engine's module and memory.
import init, { thread } from "./engine_threads.js";
if (name === "thread") {
  onmessage = ({ data: [module, memory] }) =>
    init({ module_or_path: module, memory }).then(thread).catch(reportError);
} else {
  init().catch(reportError);
}
