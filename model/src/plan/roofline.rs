//! How long a plan takes at least on a machine of which two numbers are known.

use super::Plan;
use super::ledger::{Kind, Launch};

/// A machine on paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Machine {
    /// Its name.
    pub words: &'static str,
    /// Additions and multiplications of f32 a second at best.
    pub operations_per_s: f64,
    /// Bytes a second to and from memory at best.
    pub bytes_per_s: f64,
}

impl Machine {
    /// A processor's graphics, memory shared.
    pub const INTEGRATED: Self = Self {
        words: "integrated GPU",
        operations_per_s: 1e12,
        bytes_per_s: 60e9,
    };
    /// A laptop's graphics card.
    pub const LAPTOP: Self = Self {
        words: "laptop GPU",
        operations_per_s: 8e12,
        bytes_per_s: 250e9,
    };
    /// A workstation's graphics card.
    pub const WORKSTATION: Self = Self {
        words: "workstation GPU",
        operations_per_s: 40e12,
        bytes_per_s: 900e9,
    };
    /// All of them.
    pub const ALL: [Self; 3] = [Self::INTEGRATED, Self::LAPTOP, Self::WORKSTATION];

    /// Of one launch: what takes longer, arithmetic or memory.
    fn seconds(&self, launch: &Launch) -> f64 {
        let arithmetic = launch.operations as f64 / self.operations_per_s;
        arithmetic.max(launch.moved_bytes as f64 / self.bytes_per_s)
    }
}

impl Plan {
    /// Seconds of one forward on `machine` at least: each launch at the machine's best (the roofline). Real
    /// kernels reach a third to a half of it.
    #[must_use]
    pub fn seconds(&self, machine: &Machine) -> f64 {
        self.launches
            .iter()
            .map(|launch| machine.seconds(launch))
            .sum()
    }

    /// Launches of one kind: operations, bytes moved, and seconds as in [`Self::seconds`].
    #[must_use]
    pub fn of_kind(&self, kind: Kind, machine: &Machine) -> (u64, u64, f64) {
        let of_kind = self.launches.iter().filter(|launch| launch.kind == kind);
        of_kind.fold((0, 0, 0.0), |(operations, bytes, seconds), launch| {
            (
                operations + launch.operations,
                bytes + launch.moved_bytes,
                seconds + machine.seconds(launch),
            )
        })
    }
}
