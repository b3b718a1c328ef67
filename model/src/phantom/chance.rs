//! Random numbers: one stream for each part of a patient, so that a change in one part leaves what
//! the others draw as it was.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Parts of a patient that draw independently.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Biology,
    Anatomy,
    Growth,
    Contrast,
    Artefacts,
}

/// The generator is named, not `SmallRng`: a seed has to mean the same patient in every version.
pub(super) struct Chance(Xoshiro256PlusPlus);

impl Chance {
    pub(super) fn new(seed: u64, part: Part) -> Self {
        // An odd multiplier keeps different seeds different; `seed_from_u64` then mixes the bits.
        let stream = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ ((part as u64 + 1) << 56);
        Self(Xoshiro256PlusPlus::seed_from_u64(stream))
    }

    /// Uniform from `low` to `high`.
    pub(super) fn within(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.0.random::<f32>()
    }

    /// True with this probability.
    pub(super) fn one_in(&mut self, probability: f32) -> bool {
        self.0.random::<f32>() < probability
    }

    /// A whole number below `n`; 0 where `n` is 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { self.0.random_range(0..n) }
    }

    /// Standard normal, by Marsaglia's polar method.
    pub(super) fn normal(&mut self) -> f32 {
        loop {
            let (a, b) = (self.within(-1.0, 1.0), self.within(-1.0, 1.0));
            let square = a * a + b * b;
            if square > 1e-9 && square < 1.0 {
                return a * (-2.0 * square.ln() / square).sqrt();
            }
        }
    }

    /// An index, each as often as its weight says.
    pub(super) fn weighted(&mut self, weights: &[f32]) -> usize {
        let mut left = self.within(0.0, weights.iter().sum());
        for (i, w) in weights.iter().enumerate() {
            left -= w;
            if left < 0.0 {
                return i;
            }
        }
        weights.len() - 1
    }
}
