//! Whether a mask that [`strip`](super::strip) made can be a brain's.
//!
//! Stripping fails in few ways, and each shows in the mask alone: it runs into face, scalp or neck and
//! grows too large or loses its shape, it stays in one part of the brain and remains too small, or the
//! scan never showed the whole head.

use crate::{Mask, Orientation};
use std::fmt;

/// Volumes in mL that are believed. Adults have 900 to 1800 inside the skull's lining; the rest is for
/// scans whose spacing is not quite right.
const VOLUME_ML: [f64; 2] = [650.0, 2000.0];

/// A ball has about 1; brains that were stripped well have 0.85 to 0.93.
const LEAST_COMPACTNESS: f64 = 0.8;

/// Length from front to back by width: brains have 1.05 to 1.4.
const LENGTH_BY_WIDTH: [f64; 2] = [1.0, 1.6];

/// Brain that is cut off at the sides, front or back by more than this, in cm².
const LARGEST_CUT_CM2: f64 = 8.0;

/// Measures of a brain mask; [`StripQuality::fault`] judges them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StripQuality {
    /// The mask's volume in mL.
    pub volume_ml: f64,
    /// π^⅓ (6 V)^⅔ / A, 0 to 1: the surface of a ball of the same volume by the mask's own, which is
    /// taken as two thirds of its voxels' outer faces (that ratio holds for a surface that faces all
    /// directions).
    pub compactness: f64,
    /// Extent from front to back by extent from side to side, the outermost hundredth left out at each
    /// end.
    pub length_by_width: f64,
    /// Area in cm² in which the mask touches the sides, front and back of the field of view. Above and
    /// below a field of view may end in the brain.
    pub cut_cm2: f64,
}

/// What makes a mask unlikely to be a brain's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StripFault {
    /// Too small or too large; mL.
    Volume(f64),
    /// Too rugged or with something attached to it.
    Compactness(f64),
    /// Too long or too wide.
    LengthByWidth(f64),
    /// The field of view ends in the brain at a side, in front or behind; cm².
    Cut(f64),
}

impl fmt::Display for StripFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Volume(ml) => write!(
                f,
                "the mask has {ml:.0} mL, a brain {:.0} to {:.0}",
                VOLUME_ML[0], VOLUME_ML[1]
            ),
            Self::Compactness(found) => write!(
                f,
                "the mask is rugged: compactness {found:.2}, a brain has at least {LEAST_COMPACTNESS}"
            ),
            Self::LengthByWidth(found) => write!(
                f,
                "the mask is {found:.2} times as long as wide, a brain {} to {}",
                LENGTH_BY_WIDTH[0], LENGTH_BY_WIDTH[1]
            ),
            Self::Cut(cm2) => write!(
                f,
                "the picture ends in the brain at its sides ({cm2:.0} cm², at most {LARGEST_CUT_CM2})"
            ),
        }
    }
}

impl StripQuality {
    /// Measures a mask of any orientation.
    #[must_use]
    pub fn of(mask: &Mask) -> Self {
        let [x, y, _] = patient_axes(mask);
        let faces = Faces::of(mask);
        let volume_ml = mask.volume_ml();
        let mm2 = 2.0 / 3.0 * faces.outer_mm2.iter().sum::<f64>();
        let ball_mm2 = std::f64::consts::PI.cbrt() * (6000.0 * volume_ml).powf(2.0 / 3.0);
        Self {
            volume_ml,
            compactness: if mm2 > 0.0 { ball_mm2 / mm2 } else { 0.0 },
            length_by_width: extent_mm(mask, y) / extent_mm(mask, x).max(f64::MIN_POSITIVE),
            cut_cm2: (faces.border_mm2[x] + faces.border_mm2[y]) / 100.0,
        }
    }

    /// The first thing that speaks against the mask.
    #[must_use]
    pub fn fault(&self) -> Option<StripFault> {
        let within = |value: f64, [low, high]: [f64; 2]| (low..=high).contains(&value);
        if !within(self.volume_ml, VOLUME_ML) {
            Some(StripFault::Volume(self.volume_ml))
        } else if self.cut_cm2 > LARGEST_CUT_CM2 {
            Some(StripFault::Cut(self.cut_cm2))
        } else if self.compactness < LEAST_COMPACTNESS {
            Some(StripFault::Compactness(self.compactness))
        } else if !within(self.length_by_width, LENGTH_BY_WIDTH) {
            Some(StripFault::LengthByWidth(self.length_by_width))
        } else {
            None
        }
    }
}

/// The voxel axes that run from side to side, front to back and up.
fn patient_axes(mask: &Mask) -> [usize; 3] {
    let letters = Orientation::of(&mask.grid.affine).letters();
    let axis = |pair: [char; 2]| letters.iter().position(|l| pair.contains(l)).unwrap_or(0);
    [axis(['R', 'L']), axis(['A', 'P']), axis(['S', 'I'])]
}

/// Areas of the mask's faces by the axis that they look along.
struct Faces {
    /// Between inside and outside, the border of the grid among it.
    outer_mm2: [f64; 3],
    /// On the border of the grid.
    border_mm2: [f64; 3],
}

impl Faces {
    fn of(mask: &Mask) -> Self {
        let dims = mask.grid.dims;
        let strides = [1, dims[0], dims[0] * dims[1]];
        let (mut outer, mut border) = ([0_usize; 3], [0_usize; 3]);
        for (offset, _) in mask.data.iter().enumerate().filter(|(_, v)| **v) {
            let at = mask.grid.index_of(offset).0;
            for axis in 0..3 {
                let ends = usize::from(at[axis] == 0) + usize::from(at[axis] + 1 == dims[axis]);
                border[axis] += ends;
                outer[axis] += ends;
                if at[axis] > 0 {
                    outer[axis] += usize::from(!mask.data[offset - strides[axis]]);
                }
                if at[axis] + 1 < dims[axis] {
                    outer[axis] += usize::from(!mask.data[offset + strides[axis]]);
                }
            }
        }
        let spacing = mask.grid.spacing_mm();
        let area = |axis: usize| spacing[(axis + 1) % 3] * spacing[(axis + 2) % 3];
        Self {
            outer_mm2: [0, 1, 2].map(|axis| outer[axis] as f64 * area(axis)),
            border_mm2: [0, 1, 2].map(|axis| border[axis] as f64 * area(axis)),
        }
    }
}

/// How far the mask reaches along a voxel axis, the outermost hundredth left out at each end.
fn extent_mm(mask: &Mask, axis: usize) -> f64 {
    let mut counts = vec![0_usize; mask.grid.dims[axis]];
    for (offset, _) in mask.data.iter().enumerate().filter(|(_, v)| **v) {
        counts[mask.grid.index_of(offset).0[axis]] += 1;
    }
    let left_out = mask.count() / 100;
    let first = |counts: &mut dyn Iterator<Item = &usize>| {
        let mut seen = 0;
        counts
            .take_while(|count| {
                seen += **count;
                seen <= left_out
            })
            .count()
    };
    let outside = first(&mut counts.iter()) + first(&mut counts.iter().rev());
    counts.len().saturating_sub(outside) as f64 * mask.grid.spacing_mm()[axis]
}
