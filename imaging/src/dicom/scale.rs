//! From stored numbers to values: bits, sign, slope and intercept, for each frame by its own.
//!
//! Bits above the stored ones can hold an overlay, and a sign ends at the highest stored bit, not at the
//! highest allocated one. Each frame is scaled in f64 and rounded once, whatever others of its series are
//! scaled by.

use super::header::Image;

/// How a frame's numbers become values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    shift: u32,
    bits: u32,
    signed: bool,
    inverted: bool,
    slope: f64,
    intercept: f64,
}

/// What was met among stored numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met {
    pub(super) least: i64,
    pub(super) most: i64,
    pub(super) non_finite: usize,
}

impl Met {
    pub(super) const NOTHING: Self = Self {
        least: i64::MAX,
        most: i64::MIN,
        non_finite: 0,
    };

    pub(super) fn stored_range(self) -> Option<[f64; 2]> {
        (self.least <= self.most).then_some([self.least as f64, self.most as f64])
    }
}

impl Scale {
    /// `None` where the header says of bits what cannot be.
    pub(super) fn new(image: &Image, slope: f64, intercept: f64) -> Option<Self> {
        let (allocated, stored, high) = (image.allocated, image.stored, image.high);
        let sound = matches!(allocated, 8 | 16 | 32)
            && (1..=allocated).contains(&stored)
            && (stored - 1..allocated).contains(&high);
        sound.then_some(Self {
            shift: u32::from(high + 1 - stored),
            bits: u32::from(stored),
            signed: image.signed,
            inverted: image.photometric == "MONOCHROME1",
            slope,
            intercept,
        })
    }

    /// The stored number, with its sign and without what else is in its bits.
    fn stored(self, raw: u32) -> i64 {
        let mask = (1_u64 << self.bits) - 1;
        let bits = u64::from(raw >> self.shift) & mask;
        let negative = self.signed && bits >> (self.bits - 1) & 1 == 1;
        let number = bits as i64;
        if negative {
            number - (1_i64 << self.bits)
        } else {
            number
        }
    }

    /// The value of one stored number.
    fn value(self, stored: i64) -> f32 {
        // Turned round within all that its bits can hold: the least becomes the greatest.
        let number = if !self.inverted {
            stored
        } else if self.signed {
            -1 - stored
        } else {
            (1_i64 << self.bits) - 1 - stored
        };
        (self.slope * number as f64 + self.intercept) as f32
    }

    /// Values of raw numbers, which may have anything in their unused bits.
    pub(super) fn values(self, raw: impl Iterator<Item = u32>, out: &mut [f32], met: &mut Met) {
        for (raw, out) in raw.zip(out) {
            let stored = self.stored(raw);
            met.least = met.least.min(stored);
            met.most = met.most.max(stored);
            let value = self.value(stored);
            *out = if value.is_finite() {
                value
            } else {
                met.non_finite += 1;
                0.0
            };
        }
    }
}
