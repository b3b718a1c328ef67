//! The places at which one scan, held still, is looked at.
//!
//! They are spread over the head and what is around it, off the voxels' lattice: on it, another scan's interpolation would
//! blur some moves more than others and so prefer them. Thick slices are looked at in their middles alone, where nothing
//! has to be made up.

use super::joint::BINS;
use super::scan::Scan;
use super::slices;
use crate::Volume;

/// Irrational steps that fill a cube evenly (of the plastic number's kind).
const STEPS: [f64; 3] = [
    0.819_172_513_396_164_5,
    0.671_043_606_703_789_2,
    0.549_700_477_901_970_3,
];

#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    /// In mm from the scan's middle.
    pub(crate) mm: [f32; 3],
    pub(crate) bin: u8,
}

/// About `count` points of a level, near ones after each other.
pub(crate) fn points(scan: &Scan<'_>, level: usize, count: usize) -> Vec<Point> {
    let volume = &scan.levels[level];
    let region = &scan.region;
    let inside = region.count().max(1);
    let each = count as f64 / inside as f64;
    let is_slices = slices::axes(&volume.grid);
    // From the region's voxels to the level's.
    let Some(inverse) = volume.grid.affine.inverse() else {
        return Vec::new();
    };
    let to_level = inverse.compose(&region.grid.affine);
    let mut points = Vec::with_capacity(count + 16);
    let (mut due, mut number) = (0.0, 0u32);
    for at in (0..region.data.len()).filter(|at| region.data[*at]) {
        due += each;
        let corner = region.grid.index_of(at).0;
        while due >= 1.0 {
            due -= 1.0;
            number += 1;
            let place: [f64; 3] = std::array::from_fn(|axis| {
                corner[axis] as f64 + (f64::from(number) * STEPS[axis]).fract() - 0.5
            });
            let mut voxel = to_level.map(place);
            for axis in 0..3 {
                if is_slices[axis] {
                    voxel[axis] = voxel[axis].round();
                }
            }
            if let Some(value) = value(volume, voxel) {
                let mm = volume.grid.affine.map(voxel);
                points.push(Point {
                    mm: std::array::from_fn(|i| (mm[i] - scan.middle[i]) as f32),
                    bin: scan
                        .scale
                        .place(value)
                        .clamp(0.0, (BINS - 1) as f32)
                        .round() as u8,
                });
            }
        }
    }
    points
}

/// Trilinear; `None` beyond the outermost centres.
fn value(volume: &Volume, voxel: [f64; 3]) -> Option<f32> {
    let dims = volume.grid.dims;
    let mut weights = [[0.0f32; 2]; 3];
    let mut low = [0; 3];
    for axis in 0..3 {
        let last = dims[axis] - 1;
        if !(voxel[axis] >= -1e-6 && voxel[axis] <= last as f64 + 1e-6) {
            return None;
        }
        let place = voxel[axis].clamp(0.0, last as f64);
        low[axis] = (place as usize).min(last.saturating_sub(1));
        let part = (place - low[axis] as f64) as f32;
        weights[axis] = [1.0 - part, part];
    }
    let mut sum = 0.0;
    for corner in 0..8usize {
        let bit = [corner & 1, corner >> 1 & 1, corner >> 2];
        let weight: f32 = (0..3).map(|axis| weights[axis][bit[axis]]).product();
        if weight > 0.0 {
            let at = [0, 1, 2].map(|axis| (low[axis] + bit[axis]).min(dims[axis] - 1));
            sum += weight * volume.data[at[0] + dims[0] * (at[1] + dims[1] * at[2])];
        }
    }
    Some(sum)
}
