//! What a forward will need, before it starts: memory, arithmetic, time; and how its finest level has to be
//! computed so that the device can hold it.
//!
//! The books are kept as the network computes on a GPU, kernel by kernel, each tensor dropped at its last
//! use. A test holds them against what the allocator counts at every launch.

mod heads;
mod kernels;
mod ledger;
mod roofline;
mod swin;
#[cfg(all(test, feature = "gpu", not(target_arch = "wasm32")))]
mod tests;
mod unet;

use burn::tensor::Device;

pub use ledger::{Kind, Launch};
pub use roofline::Machine;

use crate::ModelError;
use crate::device::Limits;
use crate::inference::sliding_window::WindowPlan;
use crate::network::config::SwinUnetrConfig;
use crate::network::{Activations, Finest, MtsUnetConfig, check_window};
use crate::parameters;
use ledger::Ledger;

/// What one forward takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How the finest level is computed.
    pub finest: Finest,
    /// How what lies between layers is stored.
    pub activations: Activations,
    /// Edges of the window, in voxels.
    pub window: [usize; 3],
    /// Bytes of the weights.
    pub weights_bytes: u64,
    /// Bytes alive at most, weights included.
    pub peak_bytes: u64,
    /// Bytes of the largest buffer.
    pub largest_bytes: u64,
    /// Every launch, in order.
    pub launches: Vec<Launch>,
}

/// How much of the network runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Segmentation and heads.
    Everything,
    /// The segmentation alone, as every window of several does.
    Segmentation,
}

impl Plan {
    /// The plan of a network over `batch` windows at once, its finest level computed and its activations stored so.
    ///
    /// # Errors
    /// If the configuration makes no network, and [`ModelError::InputShape`] where it cannot compute `window`, such
    /// as one with an edge that is no multiple of 32.
    ///
    /// # Panics
    /// If the finest level is to be in groups of no channels.
    pub fn new(
        config: &MtsUnetConfig,
        window: [usize; 3],
        batch: usize,
        finest: Finest,
        activations: Activations,
        part: Part,
    ) -> Result<Self, ModelError> {
        check_window(window)?;
        let network = config.init(&Device::flex())?;
        let weights = parameters::list(&network).into_iter();
        let weights = weights.map(|(_, shape)| 4 * shape.iter().product::<usize>() as u64);
        let weights: Vec<u64> = weights.collect();
        let mut ledger = Ledger::new(batch);
        let everything = part == Part::Everything;
        let way = (finest, activations);
        let forward = unet::forward(&mut ledger, &config.backbone, window, way, everything);
        if everything {
            heads::finish(&mut ledger, config, forward);
        }
        let weights_bytes = weights.iter().sum();
        Ok(Self {
            finest,
            activations,
            window,
            weights_bytes,
            peak_bytes: weights_bytes + ledger.peak,
            largest_bytes: weights.into_iter().fold(ledger.largest, u64::max),
            launches: ledger.launches,
        })
    }

    /// In whole volumes where a device with these limits can hold them, which is fastest; in groups of
    /// channels where it cannot. Without limits, on the CPU, in whole volumes.
    ///
    /// # Errors
    /// [`ModelError::TooLarge`], with the largest cube of a window that would do, where neither does.
    pub fn choose(
        config: &MtsUnetConfig,
        window: [usize; 3],
        limits: Option<Limits>,
        activations: Activations,
    ) -> Result<Self, ModelError> {
        let whole = Finest::Whole;
        let fast = Self::new(config, window, 1, whole, activations, Part::Everything)?;
        let Some(limit) = limits.map(Limits::largest_tensor_bytes) else {
            return Ok(fast);
        };
        if fast.largest_bytes <= limit {
            return Ok(fast);
        }
        let lean = Self::lean(config, window, activations, Part::Everything)?;
        if lean.largest_bytes <= limit {
            return Ok(lean);
        }
        let holds = |cube| {
            let plan = Self::lean(config, cube, activations, Part::Everything);
            plan.is_ok_and(|plan| plan.largest_bytes <= limit)
        };
        Err(ModelError::TooLarge {
            what: "the model's window",
            voxels: window,
            needed_bytes: lean.largest_bytes,
            limit_bytes: limit,
            fits: largest_cube(window, holds),
        })
    }

    /// The plan that needs least: groups of a quarter of the channels, in blocks of four.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn lean(
        config: &MtsUnetConfig,
        window: [usize; 3],
        activations: Activations,
        part: Part,
    ) -> Result<Self, ModelError> {
        let group = (config.backbone.feature_size / 4).next_multiple_of(4);
        Self::new(config, window, 1, Finest::Groups(group), activations, part)
    }

    /// Additions and multiplications of one forward.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.launches.iter().map(|launch| launch.operations).sum()
    }

    /// Bytes that one forward reads and writes at least.
    #[must_use]
    pub fn moved_bytes(&self) -> u64 {
        self.launches.iter().map(|launch| launch.moved_bytes).sum()
    }
}

/// The edge of the largest cube within `window`'s longest that a device `holds`.
pub(crate) fn largest_cube(
    window: [usize; 3],
    holds: impl Fn([usize; 3]) -> bool,
) -> Option<usize> {
    let longest = window.into_iter().max().unwrap_or(0);
    let mut edges = (2..=longest / 32).rev().map(|n| 32 * n);
    edges.find(|&edge| holds([edge; 3]))
}

/// Refuses a volume that is more than a device with these limits can hold in one buffer: its channels as the
/// network reads them, or its windows' answers together, whichever is larger.
pub(crate) fn check_whole(
    windows: &WindowPlan,
    backbone: &SwinUnetrConfig,
    limits: Option<Limits>,
) -> Result<(), ModelError> {
    let channels = backbone.in_channels.max(backbone.out_channels);
    let needed_bytes = windows.accumulator_bytes(channels);
    match limits.map(Limits::largest_tensor_bytes) {
        Some(limit_bytes) if needed_bytes > limit_bytes => Err(ModelError::TooLarge {
            what: "the brain",
            voxels: windows.padded,
            needed_bytes,
            limit_bytes,
            fits: None,
        }),
        _ => Ok(()),
    }
}
