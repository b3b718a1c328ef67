//! How much of a long kernel a dispatch may hold: by what this GPU was seen to do in a second.
//!
//! A watchdog resets a GPU that answers nothing for two seconds, and the page's own drawing waits for a
//! dispatch to end. So long work goes in several dispatches, each predicted to end within [`LONGEST_S`]: half of
//! what is bearable, since kernels differ, and so does what else the GPU has to do. On a fast GPU that is one.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Seconds that a dispatch is predicted to take at most.
const LONGEST_S: f64 = 0.25;

/// Operations a second of a GPU that has not been timed: software's.
const UNKNOWN: f64 = 2e9;

/// Bits of the measured speed, 0 before it was measured. A process has one GPU.
static MEASURED: AtomicU64 = AtomicU64::new(0);

/// Whether convolutions leave their moments to the norm.
static MOMENTS: AtomicBool = AtomicBool::new(true);

/// Operations a second from which a GPU waits for memory rather than for arithmetic: any but software.
const FAST: f64 = 1e11;

/// Whether convolutions leave their moments to the norm. It saves a pass over memory, and costs barriers and
/// programs twice as many and longer to compile: on SwiftShader 47 s a case instead of 39.
pub(crate) fn moments_pay() -> bool {
    MOMENTS.load(Ordering::Relaxed)
}

/// Operations that the GPU does in a second, a multiplication and an addition counted apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed(f64);

impl Speed {
    /// Of so many operations in so many seconds; that of an untimed GPU where the clock did not see any.
    #[must_use]
    pub fn of(operations: u64, seconds: f64) -> Self {
        let speed = operations as f64 / seconds;
        Self(if speed.is_normal() && speed > 0.0 {
            speed
        } else {
            UNKNOWN
        })
    }

    /// What was measured last, or that of an untimed GPU.
    #[must_use]
    pub fn measured() -> Self {
        match MEASURED.load(Ordering::Relaxed) {
            0 => Self(UNKNOWN),
            bits => Self(f64::from_bits(bits)),
        }
    }

    /// What all kernels go by from now on.
    pub fn keep(self) {
        MEASURED.store(self.0.to_bits(), Ordering::Relaxed);
    }

    /// Leaves out from now on what pays on a fast GPU alone, if this is none.
    pub fn suit(self) {
        MOMENTS.store(self.0 >= FAST, Ordering::Relaxed);
    }

    /// Operations a second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        self.0
    }

    /// Dispatches for so many operations.
    #[must_use]
    pub fn parts(self, operations: u64) -> usize {
        (operations as f64 / (self.0 * LONGEST_S)).ceil().max(1.0) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_predicted_to_end_within_a_quarter_of_a_second() {
        for per_second in [3e8, 2.5e9, 1e12, 8e12] {
            let speed = Speed::of(per_second as u64, 1.0);
            for operations in [1, 1_000_000, 2_900_000_000, 400_000_000_000] {
                let parts = speed.parts(operations);
                let seconds = operations as f64 / parts as f64 / per_second;
                assert!(
                    seconds <= 0.25,
                    "{operations} at {per_second}: {parts} parts"
                );
                // And not in more than needed.
                let fewer = operations as f64 / (parts as f64 - 1.0) / per_second;
                assert!(parts == 1 || fewer > 0.25);
            }
        }
        // The largest convolution of feature size 48 at 96³, on an integrated GPU and on software.
        let largest = 2 * 27 * 96 * 48 * 96_u64.pow(3);
        assert_eq!(Speed::of(1_000_000_000_000, 1.0).parts(largest), 1);
        assert_eq!(Speed::of(4_000_000_000, 1.0).parts(largest), 221);
    }

    #[test]
    fn a_clock_that_stands_still_says_nothing() {
        let unknown = Speed(UNKNOWN);
        assert_eq!(Speed::of(1_000, 0.0), unknown);
        assert_eq!(Speed::of(1_000, f64::NAN), unknown);
        assert_eq!(Speed::of(0, 1.0), unknown);
        assert_eq!(Speed::of(1_000, -1.0), unknown);
    }
}
