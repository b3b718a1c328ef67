//! Which engine to start: the ordinary one, or the one with threads.
//!
//! Only the ordinary one can use a GPU, and only the other more than one core of the CPU. So the page asks for a
//! graphics adapter itself before an engine is started: where there is none that will do, where it lacks what is
//! needed, or where the person wants the CPU, the engine with threads reads, if the browser shares memory. Should it fail, the ordinary one takes its
//! place for as long as the page is open.

use js_sys::Reflect;
use leptos::prelude::*;
use mts_unet::adapter;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::browser;
use super::session::Session;
use crate::protocol::{DeviceChoice, DeviceWish};

/// More threads than this need more memory and bring little: the finest volumes are bound by reading them.
const MOST: usize = 8;

/// Which engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// A GPU, or one thread of the CPU.
    Ordinary,
    /// So many threads of the CPU.
    Threads(usize),
}

/// How many threads this browser lets an engine have: more than one only where the page is isolated from other
/// origins. Without `Atomics.waitAsync` a future that is woken from another thread would need a worker made of text,
/// which the page's policy forbids.
fn offered() -> usize {
    let global = js_sys::global();
    let get = |object: &JsValue, key: &str| Reflect::get(object, &key.into()).unwrap_or_default();
    let is_isolated = get(&global, "crossOriginIsolated").is_truthy();
    let can_wait = get(&get(&global, "Atomics"), "waitAsync").is_function();
    match is_isolated && can_wait {
        true => (browser::window().navigator().hardware_concurrency() as usize).clamp(1, MOST),
        false => 1,
    }
}

/// What the page knows of devices; copies share it.
#[derive(Clone, Copy)]
pub(crate) struct Devices {
    threads: StoredValue<usize>,
    /// Why no GPU will do; none where one may, or the browser has not answered yet.
    no_gpu: StoredValue<Option<NoGpu>>,
}

/// Why no GPU will do.
#[derive(Clone)]
struct NoGpu {
    why: String,
    /// It cannot be used even where the person asks for it.
    is_certain: bool,
}

impl NoGpu {
    /// Asks the browser; none where a GPU may do.
    async fn ask() -> Option<Self> {
        let certain = |why| Self {
            why,
            is_certain: true,
        };
        let adapter = match adapter::ask().await {
            Ok(adapter) => adapter,
            Err(error) => return Some(certain(error.to_string())),
        };
        // One that does not say is left to the engine, which asks again.
        let has_timestamps = adapter.has(adapter::TIMESTAMPS).unwrap_or(true);
        let unfit = adapter::why_unfit(&adapter.words, has_timestamps);
        let passed_over = || adapter::why_passed_over(&adapter.words);
        unfit.map(certain).or_else(|| {
            passed_over().map(|why| Self {
                why,
                is_certain: false,
            })
        })
    }
}

impl Devices {
    /// Asks the browser for its adapter, where the answer would change anything.
    pub(crate) fn new() -> Self {
        let devices = Self {
            threads: StoredValue::new(offered()),
            no_gpu: StoredValue::new(None),
        };
        if devices.threads.get_value() > 1 {
            spawn_local(async move {
                devices.no_gpu.set_value(NoGpu::ask().await);
            });
        }
        devices
    }

    /// The engine with threads has failed.
    pub(crate) fn without_threads(&self) {
        self.threads.set_value(1);
    }
}

impl Session {
    /// What an engine is told of devices.
    pub(crate) fn wish(&self) -> DeviceWish {
        let choice = self.choice.get_untracked();
        let no_gpu = self.devices.no_gpu.get_value();
        let counts = |no_gpu: &NoGpu| no_gpu.is_certain || choice == DeviceChoice::Auto;
        DeviceWish {
            choice,
            no_gpu: no_gpu.filter(counts).map(|no_gpu| no_gpu.why),
        }
    }

    /// The engine that suits the wish.
    pub(crate) fn flavour(&self) -> Flavour {
        let wish = self.wish();
        let on_cpu = match wish.choice {
            DeviceChoice::Auto | DeviceChoice::Gpu => wish.no_gpu.is_some(),
            DeviceChoice::Cpu => true,
        };
        match self.devices.threads.get_value() {
            threads if on_cpu && threads > 1 => Flavour::Threads(threads),
            _ => Flavour::Ordinary,
        }
    }
}
