//! A scan as registration sees it: where its head is, its kinds of brightness, and itself at several sizes.

use std::borrow::Cow;

use super::joint::BINS;
use super::pyramid::{coarser, factors};
use crate::brain::{drop_small, fill_holes};
use crate::{Background, Mask, Volume};

/// Edges of the voxels of each level, in mm, the finest first.
pub(crate) const LEVELS_MM: [f64; 4] = [1.0, 2.0, 4.0, 8.0];

/// The level whose voxels say where the head is.
const HEAD_LEVEL: usize = 2;

/// Above this part of the bright voxels' value, and beyond the background's reach, a voxel is head.
const HEAD_PART: f32 = 0.15;

/// Pieces smaller than this part of the largest are not the head.
const LEAST_PIECE: f64 = 0.1;

/// So far around the head its edge tells where it lies, in mm.
const AROUND_MM: f64 = 8.0;

/// A face of the picture with less than this part of it head is beyond the head.
const AIR_FACE: f64 = 0.02;

pub(crate) struct Scan<'a> {
    /// As [`LEVELS_MM`]; a level may be as fine as the one before it where voxels are large.
    pub(crate) levels: Vec<Cow<'a, Volume>>,
    pub(crate) scale: Scale,
    /// The head with what is around it, on the grid of `levels[HEAD_LEVEL]`.
    pub(crate) region: Mask,
    /// The middle of the head in RAS mm, and how far its voxels are from there (root of the mean square).
    pub(crate) middle: [f64; 3],
    pub(crate) radius_mm: f64,
    pub(crate) volume_ml: f64,
    /// Lowest and highest corner of the head in RAS mm.
    pub(crate) bounds: [[f64; 3]; 2],
    /// For the low and the high end of each axis: whether what lies beyond the picture is air.
    pub(crate) air_beyond: [[bool; 2]; 3],
}

impl<'a> Scan<'a> {
    /// `None` where nothing is shown.
    pub(crate) fn of(volume: &'a Volume) -> Option<Self> {
        volume.grid.affine.inverse()?;
        let background = Background::of(volume);
        let first = factors(&volume.grid, LEVELS_MM[0]);
        let mut levels = vec![if first == [1; 3] {
            Cow::Borrowed(volume)
        } else {
            Cow::Owned(coarser(volume, first))
        }];
        for edge_mm in &LEVELS_MM[1..] {
            let before = &levels[levels.len() - 1];
            let factors = factors(&before.grid, *edge_mm);
            let next = coarser(before, factors);
            levels.push(Cow::Owned(next));
        }
        let level = &levels[HEAD_LEVEL];
        let mut head = head(level, background)?;
        let air_beyond = air_beyond(&head);
        fill_holes(&mut head);
        let inside = level.data.iter().zip(&head.data).filter(|(_, head)| **head);
        let values = inside.map(|(value, _)| *value).collect();
        let scale = Scale::of(values, background.value);
        let (middle, radius_mm, bounds) = extent(&head);
        let volume_ml = head.volume_ml();
        let region = around(head);
        Some(Self {
            scale,
            region,
            middle,
            radius_mm,
            volume_ml,
            bounds,
            air_beyond,
            levels,
        })
    }

    /// The largest distance between voxels along any axis, in mm.
    pub(crate) fn thickness_mm(&self) -> f64 {
        let spacing = self.levels[0].grid.spacing_mm();
        spacing.into_iter().fold(0.0, f64::max)
    }
}

/// The large pieces of what is brighter, or darker, than the surroundings.
fn head(level: &Volume, background: Background) -> Option<Mask> {
    let apart = |v: &f32| (v - background.value).abs();
    let mut sorted: Vec<f32> = level.data.iter().map(apart).filter(|v| *v > 0.0).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let bright = *sorted.get(sorted.len() * 95 / 100)?;
    let above = (HEAD_PART * bright).max(background.reach());
    let mut head = Mask {
        grid: level.grid,
        data: level.data.iter().map(|v| apart(v) > above).collect(),
    };
    drop_small(&mut head, LEAST_PIECE);
    (head.count() > 0).then_some(head)
}

fn air_beyond(head: &Mask) -> [[bool; 2]; 3] {
    let dims = head.grid.dims;
    let mut counts = [[0usize; 2]; 3];
    for (at, _) in head.data.iter().enumerate().filter(|(_, inside)| **inside) {
        let index = head.grid.index_of(at).0;
        for axis in 0..3 {
            counts[axis][0] += usize::from(index[axis] == 0);
            counts[axis][1] += usize::from(index[axis] + 1 == dims[axis]);
        }
    }
    std::array::from_fn(|axis| {
        let face = (dims[(axis + 1) % 3] * dims[(axis + 2) % 3]) as f64;
        counts[axis].map(|count| (count as f64) < AIR_FACE * face)
    })
}

fn extent(head: &Mask) -> ([f64; 3], f64, [[f64; 3]; 2]) {
    let places = || {
        let inside = (0..head.data.len()).filter(|at| head.data[*at]);
        inside.map(|at| {
            let index = head.grid.index_of(at).0.map(|n| n as f64);
            head.grid.affine.map(index)
        })
    };
    let count = places().count().max(1) as f64;
    let mut middle = [0.0; 3];
    let mut bounds = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
    for place in places() {
        for axis in 0..3 {
            middle[axis] += place[axis] / count;
            bounds[0][axis] = bounds[0][axis].min(place[axis]);
            bounds[1][axis] = bounds[1][axis].max(place[axis]);
        }
    }
    let square = |p: [f64; 3]| (0..3).map(|i| (p[i] - middle[i]).powi(2)).sum::<f64>();
    let radius = (places().map(square).sum::<f64>() / count).sqrt();
    (middle, radius.max(1.0), bounds)
}

/// The head and [`AROUND_MM`] around it, along the axes.
fn around(mut mask: Mask) -> Mask {
    let spacing = mask.grid.spacing_mm();
    let dims = mask.grid.dims;
    let steps = [1, dims[0], dims[0] * dims[1]];
    for axis in 0..3 {
        for _ in 0..(AROUND_MM / spacing[axis]).round().clamp(1.0, 16.0) as usize {
            let before = mask.data.clone();
            for (at, inside) in mask.data.iter_mut().enumerate() {
                let place = at / steps[axis] % dims[axis];
                *inside |= place > 0 && before[at - steps[axis]]
                    || place + 1 < dims[axis] && before[at + steps[axis]];
            }
        }
    }
    mask
}

/// Values to kinds of brightness: the background or the first hundredth of the head's to the first, the last hundredth to
/// the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) low: f32,
    pub(crate) per_value: f32,
}

impl Scale {
    /// By the values of a head, which are sorted, and what surrounds it.
    pub(crate) fn of(mut values: Vec<f32>, background: f32) -> Self {
        values.sort_unstable_by(f32::total_cmp);
        let end = |part: f64| {
            let at = part * values.len().saturating_sub(1) as f64;
            values.get(at.round() as usize).copied().unwrap_or(0.0)
        };
        let (low, high) = (end(0.01).min(background), end(0.99).max(background));
        Self {
            low,
            per_value: if high > low {
                (BINS - 1) as f32 / (high - low)
            } else {
                0.0
            },
        }
    }

    /// From 0 to `BINS - 1`; beyond, where the value is.
    #[inline(always)]
    pub(crate) fn place(&self, value: f32) -> f32 {
        (value - self.low) * self.per_value
    }
}
