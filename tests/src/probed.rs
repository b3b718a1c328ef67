//! A copy of the page whose engine tells how much memory it holds, how well it predicted and how long it checked.
//!
//! The product tells nobody, so the worker's loader gets a prologue that notes the wasm memory and
//! the GPU's buffers as the browser hands them out, and what the engine says to the page. Nothing else of the page is
//! changed.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use xtask::files::{files_below, replace_folder};

use crate::{page::Page, world::World};

/// Bytes, and seconds.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Heard {
    /// The engine's `memory.buffer`, which only grows.
    pub wasm: u64,
    /// GPU buffers that were created and not destroyed.
    pub gpu_now: u64,
    /// The most that there were at once.
    pub gpu_most: u64,
    /// How long the reading would still take, as it was told when the segmentation began.
    pub predicted_s: Option<f64>,
    /// How long it did take from there.
    pub took_s: Option<f64>,
    /// From when the scans began to be checked to the next stage; what each shows by itself was asked while they loaded.
    pub check_s: Option<f64>,
}

const PROLOGUE: &str = "
const probe = { memory: null, gpu_now: 0, gpu_most: 0, predicted: null, took: null, checking: null, check: null };
const realPost = globalThis.postMessage;
globalThis.postMessage = function (message, ...more) {
    const said = Array.isArray(message) && typeof message[0] === 'string' ? JSON.parse(message[0]) : {};
    if (said.Progress?.stage === 'check') {
        probe.checking ??= performance.now();
    } else if (said.Progress && probe.checking !== null) {
        probe.check ??= (performance.now() - probe.checking) / 1000;
    }
    if (said.Progress?.stage === 'segment' && said.Progress.remaining_s !== null) {
        probe.predicted ??= { at: performance.now(), left: said.Progress.remaining_s };
    } else if (said.Done && probe.predicted) {
        probe.took = (performance.now() - probe.predicted.at) / 1000;
    }
    return realPost.call(this, message, ...more);
};
for (const name of ['instantiate', 'instantiateStreaming']) {
    const real = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
        const made = await real.apply(WebAssembly, given);
        probe.memory = (made.instance ?? made).exports.memory ?? probe.memory;
        return made;
    };
}
if (globalThis.GPUDevice) {
    const create = GPUDevice.prototype.createBuffer, destroy = GPUBuffer.prototype.destroy;
    const alive = new WeakSet();
    GPUDevice.prototype.createBuffer = function (about) {
        const buffer = create.call(this, about);
        alive.add(buffer);
        probe.gpu_now += about.size;
        probe.gpu_most = Math.max(probe.gpu_most, probe.gpu_now);
        return buffer;
    };
    GPUBuffer.prototype.destroy = function () {
        if (alive.delete(this)) probe.gpu_now -= this.size;
        return destroy.call(this);
    };
}
const probeChannel = new BroadcastChannel('engine-memory');
probeChannel.onmessage = () => probeChannel.postMessage({
    wasm: probe.memory?.buffer.byteLength ?? 0, gpu_now: probe.gpu_now, gpu_most: probe.gpu_most,
    predicted_s: probe.predicted?.left ?? null, took_s: probe.took, check_s: probe.check,
});
";

/// Makes the copy.
///
/// # Errors
/// The page has no loader of an engine's worker.
pub fn copy(world: &World) -> Result<PathBuf> {
    let folder = world.fresh_folder("probed")?;
    replace_folder(&world.programs.page, &folder)?;
    let loaders: Vec<PathBuf> = files_below(&folder)?
        .into_iter()
        .filter(|path| is_loader(path))
        .collect();
    ensure!(
        !loaders.is_empty(),
        "no loader of the engine's worker in the page"
    );
    for loader in loaders {
        let script = fs::read_to_string(&loader)?;
        fs::write(&loader, with_prologue(&script))
            .with_context(|| format!("writing {}", loader.display()))?;
        // The packed twin is of the script as it was.
        let packed = loader.with_added_extension("br");
        if packed.exists() {
            fs::remove_file(packed)?;
        }
    }
    Ok(folder)
}

/// Imports of a module run before its body, so the prologue may follow them; a classic script's
/// own first lines call nothing yet. The engine's main script is the one that instantiates.
fn is_loader(path: &std::path::Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("engine") && name.ends_with(".js")
}

fn with_prologue(script: &str) -> String {
    // One copy a worker, though both its scripts carry the prologue.
    format!("if (!globalThis.engineProbe) {{ globalThis.engineProbe = true;{PROLOGUE}}}\n{script}")
}

/// Starts to hear what the engine says.
///
/// # Errors
/// The driver does not answer.
pub async fn listen(page: &Page<'_>) -> Result<()> {
    let script = "window.engineMemory = null;
        window.engineChannel = new BroadcastChannel('engine-memory');
        window.engineChannel.onmessage = e => window.engineMemory = e.data;
        return null";
    page.script::<()>(script).await
}

/// What the engine holds now, and how well it predicted the last reading.
///
/// # Errors
/// It says nothing: the page has another way to start its engine.
pub async fn heard(page: &Page<'_>) -> Result<Heard> {
    page.script::<()>("window.engineChannel.postMessage(0); return null")
        .await?;
    let script = "return window.engineMemory";
    page.wait_for(
        "the engine's probe",
        script,
        std::time::Duration::from_secs(10),
    )
    .await
}
