//! What lives in memory and what is computed, step by step, without computing it.

use crate::kernels::Activations;

/// Bytes of a number that is no activation.
const NUMBER: u64 = 4;

/// What a launch computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 3³, 7³ and 1³ convolutions.
    Convolution,
    /// The transposed convolutions.
    Upsample,
    /// Instance norms with residual and rectifier.
    InstanceNorm,
    /// Linear layers with what stands around them, and the norms of hidden states.
    Linear,
    /// Window attention.
    Attention,
    /// Copies into another order, and arithmetic number by number.
    Other,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Convolution,
        Self::Upsample,
        Self::InstanceNorm,
        Self::Linear,
        Self::Attention,
        Self::Other,
    ];

    /// What a table calls it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Convolution => "convolution",
            Self::Upsample => "transposed convolution",
            Self::InstanceNorm => "instance norm",
            Self::Linear => "linear layer",
            Self::Attention => "window attention",
            Self::Other => "copies and the rest",
        }
    }
}

/// One operation on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Launch {
    /// What it computes.
    pub kind: Kind,
    /// Additions and multiplications.
    pub operations: u64,
    /// Bytes that it must read and write at least: every tensor once a pass.
    pub moved_bytes: u64,
}

/// A tensor that is alive. It is to be given back to [`Ledger::drop`].
#[derive(Debug, Default)]
#[must_use]
pub(super) struct Held(u64);

/// A tensor `[batch, channel, voxel]` that is alive.
#[derive(Debug)]
#[must_use]
pub(super) struct Volume {
    pub(super) channels: usize,
    /// Edges of one channel.
    pub(super) grid: [usize; 3],
    /// How it is stored.
    pub(super) activations: Activations,
    /// None where somebody else holds it.
    pub(super) held: Option<Held>,
}

impl Volume {
    /// Numbers of one sample.
    pub(super) fn numbers(&self) -> usize {
        self.channels * self.voxels()
    }

    /// Bytes of one sample.
    pub(super) fn bytes(&self) -> usize {
        self.numbers() * self.activations.bytes()
    }

    /// Voxels of one channel.
    pub(super) fn voxels(&self) -> usize {
        self.grid.iter().product()
    }

    /// The same for one who reads it while somebody else holds it.
    pub(super) fn lent(&self) -> Self {
        Self {
            held: None,
            ..*self
        }
    }

    /// One in f32 that somebody else holds.
    pub(super) fn lent_of(channels: usize, grid: [usize; 3]) -> Self {
        Self {
            channels,
            grid,
            activations: Activations::Full,
            held: None,
        }
    }
}

/// A convolution and what it leaves for the norm.
#[derive(Debug)]
#[must_use]
pub(super) struct Convolved {
    pub(super) volume: Volume,
    /// Absent where the norm has to look for itself.
    pub(super) moments: Option<Held>,
}

impl From<Volume> for Convolved {
    fn from(volume: Volume) -> Self {
        Self {
            volume,
            moments: None,
        }
    }
}

/// The books.
#[derive(Debug)]
pub(super) struct Ledger {
    /// How tensors are stored from now on.
    pub(super) activations: Activations,
    batch: u64,
    live: u64,
    pub(super) peak: u64,
    pub(super) largest: u64,
    pub(super) launches: Vec<Launch>,
}

impl Ledger {
    pub(super) fn new(batch: usize) -> Self {
        Self {
            activations: Activations::Full,
            batch: batch as u64,
            live: 0,
            peak: 0,
            largest: 0,
            launches: Vec::new(),
        }
    }

    /// A tensor of so many numbers a sample.
    pub(super) fn make(&mut self, numbers: usize) -> Held {
        self.take(self.bytes(numbers) as u64 * self.batch)
    }

    /// The same in f32 however tensors are stored.
    pub(super) fn make_full(&mut self, numbers: usize) -> Held {
        self.take(numbers as u64 * self.batch * NUMBER)
    }

    /// Bytes of so many numbers of a tensor.
    pub(super) fn bytes(&self, numbers: usize) -> usize {
        numbers * self.activations.bytes()
    }

    /// A tensor that does not grow with the batch, such as weights in another order.
    pub(super) fn constant(&mut self, numbers: usize) -> Held {
        self.take(numbers as u64 * NUMBER)
    }

    pub(super) fn volume(&mut self, channels: usize, grid: [usize; 3]) -> Volume {
        Volume {
            channels,
            grid,
            activations: self.activations,
            held: Some(self.make(channels * grid.iter().product::<usize>())),
        }
    }

    /// What `run` notes down with tensors stored so.
    pub(super) fn stored<T>(
        &mut self,
        activations: Activations,
        run: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = std::mem::replace(&mut self.activations, activations);
        let done = run(self);
        self.activations = before;
        done
    }

    /// What `run` notes down, for so many samples in place of each: stacked along the batch.
    pub(super) fn stacked<T>(&mut self, samples: u64, run: impl FnOnce(&mut Self) -> T) -> T {
        self.batch *= samples;
        let done = run(self);
        self.batch /= samples;
        done
    }

    fn take(&mut self, bytes: u64) -> Held {
        self.live += bytes;
        self.peak = self.peak.max(self.live);
        self.largest = self.largest.max(bytes);
        Held(bytes)
    }

    pub(super) fn drop(&mut self, held: impl Into<Option<Held>>) {
        if let Some(Held(bytes)) = held.into() {
            self.live -= bytes;
        }
    }

    /// A launch with so many operations a sample, which reads and writes so many bytes a sample and so many numbers of
    /// `weights` besides.
    pub(super) fn launch(&mut self, kind: Kind, operations: u64, moved: usize, weights: usize) {
        self.launches.push(Launch {
            kind,
            operations: operations * self.batch,
            moved_bytes: moved as u64 * self.batch + weights as u64 * NUMBER,
        });
    }
}
