//! The devices that a network can run on: a GPU through WebGPU (natively Vulkan, Metal or DX12),
//! or the CPU.
//!
//! Burn panics where a GPU lacks something that it counts on, so everything is asked for first;
//! nothing here panics. One process opens one GPU once, and only the thread that opened it may use
//! it.

mod choose;
#[cfg(all(feature = "faults", feature = "gpu", target_arch = "wasm32"))]
pub mod faults;
mod half;
mod lost;
#[cfg(all(feature = "gpu", not(target_arch = "wasm32")))]
mod native;
#[cfg(feature = "gpu")]
mod prepare;
mod self_test;
#[cfg(feature = "gpu")]
mod speed;
mod timing;
mod wait;
#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
mod web;

#[cfg(all(feature = "gpu", not(target_arch = "wasm32")))]
use std::collections::BTreeMap;
#[cfg(feature = "gpu")]
use std::sync::OnceLock;
#[cfg(all(feature = "gpu", not(target_arch = "wasm32")))]
use std::sync::{Mutex, PoisonError};

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::adapter::AdapterError;
use crate::kernels::Activations;

pub use choose::{choose, cpu_note};
pub use half::{HALF_TOLERANCE, HalfTest, half_test, storing_what_pays};
pub use lost::on_lost;
#[cfg(feature = "gpu")]
pub use prepare::prepare;
pub use self_test::{SelfTest, TOLERANCE, self_test};
#[cfg(feature = "gpu")]
pub use speed::measure_speed;
pub use timing::{Timing, predicted_seconds};
pub(crate) use wait::computed;

/// What the person asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceChoice {
    /// A GPU if there is one that passes the self-test, else the CPU.
    #[default]
    Auto,
    /// A GPU or nothing.
    Gpu,
    /// The CPU.
    Cpu,
}

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A graphics processor, or software that stands in for one.
    Gpu,
    /// The central processor.
    Cpu,
}

/// A device that is ready.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Burn's handle.
    pub device: Device,
    /// What it is.
    pub kind: Kind,
    /// Its name, for the report.
    pub words: String,
    /// What it can hold; none for the CPU.
    pub limits: Option<Limits>,
    /// How the backbone is to store on it what lies between layers: f32 before anything was tried.
    pub activations: Activations,
}

impl Opened {
    /// The same device, storing activations so; its name says where that is not f32.
    #[must_use]
    pub fn storing(mut self, activations: Activations) -> Self {
        if activations == Activations::Half && self.activations == Activations::Full {
            self.words += ", half-precision storage";
        }
        self.activations = activations;
        self
    }
}

/// How much a GPU takes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of the largest buffer that a kernel can read: no tensor can be larger.
    pub storage_binding_bytes: u64,
    /// Bytes of the largest buffer.
    pub buffer_bytes: u64,
}

impl Limits {
    /// Bytes of the largest tensor.
    #[must_use]
    pub fn largest_tensor_bytes(self) -> u64 {
        self.storage_binding_bytes.min(self.buffer_bytes)
    }
}

/// A GPU must take at least this much at once: WebGPU's own guaranteed minimum.
#[cfg(feature = "gpu")]
const LEAST_BINDING_BYTES: u64 = 128 << 20;

/// Why a device cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// There is none.
    #[error(transparent)]
    NoAdapter(#[from] AdapterError),
    /// The adapter lacks a feature.
    #[error("the graphics adapter lacks the feature {feature}: {adapter}")]
    MissingFeature {
        /// WebGPU's name of the feature.
        feature: &'static str,
        /// The adapter.
        adapter: String,
    },
    /// The adapter takes too little at once.
    #[error(
        "the graphics adapter reads buffers of {found} bytes at most, {needed} are needed: {adapter}"
    )]
    SmallBinding {
        /// Bytes it takes.
        found: u64,
        /// Bytes needed.
        needed: u64,
        /// The adapter.
        adapter: String,
    },
    /// It refused to start.
    #[error("the graphics device does not start: {0}")]
    Start(String),
    /// It started, but failed while it was working.
    #[error("the device failed: {0}")]
    Failed(String),
    /// Its answer is not the CPU's.
    #[error(
        "the graphics adapter failed its self-test: its answer is {difference} away from the CPU's, {TOLERANCE} is tolerated"
    )]
    Disagrees {
        /// The largest difference; not a number where its answer holds none.
        difference: f32,
    },
}

/// The CPU.
#[must_use]
pub fn open_cpu() -> Opened {
    let words = match imaging::parallel::threads() {
        1 => "CPU, one thread".to_owned(),
        threads => format!("CPU, {threads} threads"),
    };
    Opened {
        device: Device::flex(),
        kind: Kind::Cpu,
        words,
        limits: None,
        activations: Activations::Full,
    }
}

/// The GPU, the faster one where there are several. Further calls give the same.
///
/// # Errors
/// If there is none, or it cannot do what is needed.
#[cfg(feature = "gpu")]
pub async fn open_gpu() -> Result<Opened, DeviceError> {
    // Burn refuses to start a runtime twice.
    static OPENED: OnceLock<Result<Opened, DeviceError>> = OnceLock::new();
    #[cfg(not(target_arch = "wasm32"))]
    return OPENED.get_or_init(native::start).clone();
    #[cfg(target_arch = "wasm32")]
    match OPENED.get() {
        Some(opened) => opened.clone(),
        None => {
            let opened = web::start().await;
            OPENED.get_or_init(|| opened).clone()
        }
    }
}

/// The GPU of this number, from 0: of the discrete ones, or where there are none of that number of the integrated, the
/// virtual ones, or software. Further calls give the same. [`open_gpu`]'s is opened once more.
///
/// # Errors
/// As [`open_gpu`].
#[cfg(all(feature = "gpu", not(target_arch = "wasm32")))]
pub fn open_gpu_number(number: usize) -> Result<Opened, DeviceError> {
    static OPENED: Mutex<BTreeMap<usize, Result<Opened, DeviceError>>> =
        Mutex::new(BTreeMap::new());
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let opened = opened.entry(number);
    opened
        .or_insert_with(|| native::start_number(number))
        .clone()
}

/// The GPU, which this build leaves out.
///
/// # Errors
/// Always.
#[cfg(not(feature = "gpu"))]
pub async fn open_gpu() -> Result<Opened, DeviceError> {
    Err(without_gpu())
}

#[cfg(not(feature = "gpu"))]
fn without_gpu() -> DeviceError {
    AdapterError::NoAdapter("built without the feature `gpu`".to_owned()).into()
}

/// A GPU, which this build leaves out.
///
/// # Errors
/// Always.
#[cfg(all(not(feature = "gpu"), not(target_arch = "wasm32")))]
pub fn open_gpu_number(_: usize) -> Result<Opened, DeviceError> {
    Err(without_gpu())
}

/// Refuses a GPU that takes too little at once.
#[cfg(feature = "gpu")]
fn enough(limits: Limits, adapter: &str) -> Result<(), DeviceError> {
    let found = limits.largest_tensor_bytes();
    if found >= LEAST_BINDING_BYTES {
        return Ok(());
    }
    Err(DeviceError::SmallBinding {
        found,
        needed: LEAST_BINDING_BYTES,
        adapter: adapter.to_owned(),
    })
}

/// Memory of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Bytes that tensors use.
    pub bytes_in_use: u64,
    /// Bytes that Burn has taken from the device, to use or to reuse.
    pub bytes_reserved: u64,
}

/// What Burn holds on `device`; none on the CPU, which does not count.
#[must_use]
pub fn memory(device: &Device) -> Option<Memory> {
    let usage = device.memory_pool_usage()?;
    Some(Memory {
        bytes_in_use: usage.bytes_in_use,
        bytes_reserved: usage.bytes_reserved,
    })
}
