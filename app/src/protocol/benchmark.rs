//! What the engine says of a benchmark.

use serde::{Deserialize, Serialize};

/// One part of a benchmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timed {
    /// What was timed, in words.
    pub name: String,
    /// The first run, shader compilation included.
    pub first_s: f64,
    /// The median of the runs after it.
    pub seconds: f64,
    /// Floating-point operations, where they are counted.
    pub flop: Option<f64>,
    /// Bytes that move, where moving them is the work.
    pub bytes: Option<f64>,
    /// How many parts there are.
    pub of: usize,
}

/// Memory at the end of a benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryReport {
    /// Bytes reserved on the GPU; none where the device does not count.
    pub gpu_bytes: Option<u64>,
    /// Bytes of the engine's own memory, which never shrinks.
    pub engine_bytes: u64,
}
