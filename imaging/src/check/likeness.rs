//! How much two scans tell of each other where one is moved against the other: registration's measure at a few places.

use super::common::Placed;
use crate::register::{BINS, Joint, Scale, turned};
use crate::{Affine, Mask, Volume};

/// A rigid move: millimetres to the right, to the front, to the head, then turns in degrees about the same axes through
/// the middle of what is compared.
pub(crate) type Pose = [f64; 6];

/// One scan held still, at the voxels of its brain.
pub(crate) struct Still {
    /// Places in mm from the middle.
    points: Vec<[f32; 3]>,
    bins: Vec<u8>,
    middle: [f64; 3],
}

impl Still {
    /// The scan at the voxels of `brain`, which lies on the scan's grid.
    pub(crate) fn of(scan: &Placed<'_>, brain: &Mask) -> Self {
        let grid = &scan.values.grid;
        let inside = (0..brain.data.len()).filter(|at| brain.data[*at]);
        // Every other voxel, by turns in each row: as many as the histogram can do with.
        let inside: Vec<usize> = inside
            .filter(|at| grid.index_of(*at).0.iter().sum::<usize>().is_multiple_of(2))
            .collect();
        let place = |at: usize| {
            let index = grid.index_of(at).0.map(|n| n as f64);
            grid.affine.map(index)
        };
        let mut middle = [0.0; 3];
        for at in &inside {
            for (sum, mm) in middle.iter_mut().zip(place(*at)) {
                *sum += mm / inside.len() as f64;
            }
        }
        let scale = scale(&scan.values, &inside);
        Self {
            points: inside
                .iter()
                .map(|at| {
                    let mm = place(*at);
                    std::array::from_fn(|axis| (mm[axis] - middle[axis]) as f32)
                })
                .collect(),
            bins: inside
                .iter()
                .map(|at| within(scale, scan.values.data[*at]) as u8)
                .collect(),
            middle,
        }
    }

    /// The mean distance in mm over which `pose` takes the places.
    pub(crate) fn moved_mm(&self, pose: Pose) -> f64 {
        let turn = rotation(pose, false);
        let moved = |p: &[f32; 3]| {
            let p = p.map(f64::from);
            let along = |row: usize| {
                let turned: f64 = (0..3).map(|c| turn[row][c] * p[c]).sum();
                turned + pose[row] - p[row]
            };
            (0..3).map(|row| along(row).powi(2)).sum::<f64>().sqrt()
        };
        self.points.iter().map(moved).sum::<f64>() / self.points.len().max(1) as f64
    }
}

/// The other scan, which is moved.
pub(crate) struct Moving<'a> {
    volume: &'a Volume,
    inverse: Affine,
    scale: Scale,
}

impl<'a> Moving<'a> {
    /// A scan by its own blocks, on an upright grid.
    pub(crate) fn of(scan: &Placed<'a>) -> Option<Self> {
        let volume = &scan.head.coarse.mean;
        let inside: Vec<usize> = (0..volume.data.len())
            .filter(|at| scan.head.mask.data[*at])
            .collect();
        Some(Self {
            volume,
            inverse: volume.grid.affine.inverse()?,
            scale: scale(volume, &inside),
        })
    }
}

/// From 1, where neither tells anything of the other, to 2. With `mirrored` left and right change sides about the
/// middle first.
pub(crate) fn likeness(still: &Still, moving: &Moving<'_>, pose: Pose, mirrored: bool) -> f64 {
    let turn = rotation(pose, mirrored);
    let to_patient = Affine(std::array::from_fn(|row| {
        let [x, y, z] = turn[row];
        [x, y, z, still.middle[row] + pose[row]]
    }));
    let map = moving.inverse.compose(&to_patient);
    let map = map.0.map(|row| row.map(|v| v as f32));
    let dims = moving.volume.grid.dims;
    let mut joint = Joint::empty();
    for (p, bin) in still.points.iter().zip(&still.bins) {
        let at =
            |row: usize| map[row][0] * p[0] + map[row][1] * p[1] + map[row][2] * p[2] + map[row][3];
        let value = sample(&moving.volume.data, dims, [at(0), at(1), at(2)]);
        // Shared between the two nearest kinds, so that small moves make small differences.
        let place = within(moving.scale, value);
        let low = place as usize;
        let part = place - low as f32;
        let row = &mut joint.0[usize::from(*bin) * BINS..][..BINS];
        row[low] += 1.0 - part;
        row[(low + 1).min(BINS - 1)] += part;
    }
    joint.normalised()
}

/// Trilinear; 0, which is the background, outside.
fn sample(data: &[f32], dims: [usize; 3], at: [f32; 3]) -> f32 {
    let [nx, ny, nz] = dims;
    let inside = |v: f32, n: usize| v >= 0.0 && v <= (n - 1) as f32;
    if !(inside(at[0], nx) && inside(at[1], ny) && inside(at[2], nz)) {
        return 0.0;
    }
    let [x, y, z] = at.map(|v| v as usize);
    let part = |v: f32| v - v.floor();
    let [u, v, w] = at.map(part);
    let (x1, y1, z1) = (
        (x + 1).min(nx - 1),
        (y + 1).min(ny - 1),
        (z + 1).min(nz - 1),
    );
    let get = |x: usize, y: usize, z: usize| data[x + nx * (y + ny * z)];
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let row = |y: usize, z: usize| mix(get(x, y, z), get(x1, y, z), u);
    mix(
        mix(row(y, z), row(y1, z), v),
        mix(row(y, z1), row(y1, z1), v),
        w,
    )
}

/// Rows of the rotation about x, then y, then z; mirrored along x before that where asked for.
fn rotation(pose: Pose, mirrored: bool) -> [[f64; 3]; 3] {
    let mut rows = turned([3, 4, 5].map(|i| pose[i].to_radians()));
    if mirrored {
        for row in &mut rows {
            row[0] = -row[0];
        }
    }
    rows
}

/// Kinds of brightness of the voxels `inside`; the background, 0, is among them.
fn scale(volume: &Volume, inside: &[usize]) -> Scale {
    Scale::of(inside.iter().map(|at| volume.data[*at]).collect(), 0.0)
}

/// The kind of a value, the first and the last taking what lies beyond.
fn within(scale: Scale, value: f32) -> f32 {
    scale.place(value).clamp(0.0, (BINS - 1) as f32)
}
