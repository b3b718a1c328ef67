//! The voxels that a closed surface encloses.

use super::sphere::Surface;
use crate::{Grid, Mask};

/// Voxels whose centres the surface winds around. Where the surface crosses itself the turns are
/// counted, so that a fold is inside once and not outside again. `grid` is upright RAS.
pub(super) fn enclosed(surface: &Surface, grid: &Grid) -> Mask {
    let [nx, ny, nz] = grid.dims;
    let spacing = grid.spacing_mm();
    // Half a thousandth of a voxel aside, so that no row runs exactly through a point or an edge.
    let aside = [0.0, 4.7e-4, 5.3e-4];
    let to_voxel = |p: [f32; 3]| -> [f64; 3] {
        std::array::from_fn(|i| (f64::from(p[i]) - grid.affine.0[i][3]) / spacing[i] + aside[i])
    };
    let mut turns = vec![0_i16; grid.voxel_count()];
    for corners in &surface.triangles {
        let [a, b, c] = corners.map(|i| to_voxel(surface.points[i]));
        let area = cross(a, b, c);
        if area == 0.0 {
            continue;
        }
        let sign = if area > 0.0 { 1 } else { -1 };
        for z in rows(a[2], b[2], c[2], nz) {
            for y in rows(a[1], b[1], c[1], ny) {
                let at = [0.0, y as f64, z as f64];
                let (u, v, w) = (cross(at, b, c), cross(a, at, c), cross(a, b, at));
                if [u, v, w].iter().any(|part| part * area < 0.0) {
                    continue;
                }
                let x = (u * a[0] + v * b[0] + w * c[0]) / area;
                let first = x.ceil().clamp(0.0, nx as f64) as usize;
                if first < nx {
                    turns[first + nx * (y + ny * z)] += sign;
                }
            }
        }
    }
    let mut mask = Mask::filled(*grid, false);
    for (row, turns) in mask.data.chunks_exact_mut(nx).zip(turns.chunks_exact(nx)) {
        let mut winding = 0;
        for (inside, turn) in row.iter_mut().zip(turns) {
            winding += turn;
            *inside = winding != 0;
        }
    }
    mask
}

/// Twice the area of a triangle as seen along x, by its sense.
fn cross(a: [f64; 3], b: [f64; 3], c: [f64; 3]) -> f64 {
    (b[1] - a[1]) * (c[2] - a[2]) - (b[2] - a[2]) * (c[1] - a[1])
}

/// The whole numbers of 0..`n` between the least and the greatest of three.
fn rows(a: f64, b: f64, c: f64, n: usize) -> std::ops::Range<usize> {
    let low = a.min(b).min(c).ceil().max(0.0) as usize;
    let high = (a.max(b).max(c).floor() + 1.0).max(0.0) as usize;
    low..high.min(n)
}
