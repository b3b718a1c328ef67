//! Cases as pictures: the scan, the expert's labels on it, the model's labels on it.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use imaging::{LabelMap, Mask, Orientation, Sequence, Series, Volume, reorient, resample};
use mts_unet::report::LABEL_COLOURS;

use crate::{Failure, file_failure};

/// Panels beside each other.
const COLUMNS: usize = 3;

/// Black between panels, in pixels.
const GAP: usize = 6;

/// How strongly labels cover the scan.
const OPACITY: f32 = 0.5;

/// Pixels, rows from the top.
#[derive(Clone)]
pub(super) struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

/// A case in its axial slice with the most expert tumour, the patient's right on the left: FLAIR (or
/// what there is), with the truth, with what was found. None where there is no tumour in truth.
pub(super) fn of_case(
    series: &[Option<Series>; 4],
    truth: &LabelMap,
    found: &LabelMap,
) -> Option<Picture> {
    let [truth, found] = [truth, found].map(|labels| reorient(labels, Orientation::RAS));
    let order = [Sequence::Flair, Sequence::T1ce, Sequence::T1, Sequence::T2];
    let scan = order.iter().find_map(|s| series[s.channel()].as_ref())?;
    let scan = resample::linear(&scan.volume, &truth.grid);
    let [nx, ny, nz] = truth.grid.dims;
    let slice = nx * ny;
    let in_slice = |z: usize| {
        let labels = &truth.data[z * slice..][..slice];
        labels.iter().filter(|label| **label > 0).count()
    };
    let z = (0..nz).max_by_key(|&z| in_slice(z))?;
    if in_slice(z) == 0 {
        return None;
    }
    let bright = bright(&scan);
    let (low, size) = head(&scan, bright)?;
    let mut picture = Picture::black(3 * size[0], size[1]);
    for (column, labels) in [None, Some(&truth), Some(&found)].into_iter().enumerate() {
        for y in 0..size[1] {
            for x in 0..size[0] {
                // Seen from the feet, face up: right on the left, front at the top.
                let (from_x, from_y) = (low[0] + size[0] - 1 - x, low[1] + size[1] - 1 - y);
                let at = z * slice + from_y * nx + from_x;
                let value = 255.0 * (scan.data[at] / bright).clamp(0.0, 1.0);
                let label = labels.map_or(0, |labels| labels.data[at]);
                picture.set(column * size[0] + x, y, mixed(value, label));
            }
        }
    }
    Some(picture)
}

fn mixed(grey: f32, label: u8) -> [u8; 3] {
    match LABEL_COLOURS.get(usize::from(label).wrapping_sub(1)) {
        Some(colour) => {
            colour.map(|c| (OPACITY * f32::from(c) + (1.0 - OPACITY) * grey).round() as u8)
        }
        None => [grey.round() as u8; 3],
    }
}

/// The box in x and y, seen from above, of what is not air, with a margin.
fn head(scan: &Volume, bright: f32) -> Option<([usize; 2], [usize; 2])> {
    const MARGIN: usize = 4;
    let inside = Mask {
        grid: scan.grid,
        data: scan.data.iter().map(|v| *v > 0.05 * bright).collect(),
    };
    let (first, box_size) = inside.bounding_box()?;
    let low = [0, 1].map(|a| first.0[a].saturating_sub(MARGIN));
    let end = [0, 1].map(|a| (first.0[a] + box_size[a] + MARGIN).min(scan.grid.dims[a]));
    Some((low, [end[0] - low[0], end[1] - low[1]]))
}

/// What 99.5 % of the voxels above 0 stay under.
fn bright(scan: &Volume) -> f32 {
    let mut values: Vec<f32> = scan.data.iter().copied().filter(|v| *v > 0.0).collect();
    let Some(last) = values.len().checked_sub(1) else {
        return 1.0;
    };
    let at = (last as f64 * 0.995) as usize;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}

/// Writes pictures as one PNG, row by row.
pub(super) fn write(pictures: &[Picture], path: &Path) -> Result<(), Failure> {
    let all = together(pictures);
    let file = File::create(path).map_err(|error| file_failure("write", &error, path))?;
    let mut encoder = png::Encoder::new(BufWriter::new(file), all.width as u32, all.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&all.rgb));
    written.map_err(|error| Failure {
        what: format!("{error}: {}", path.display()),
        mend: "Check that the folder is there and not full.".into(),
        code: 1,
    })
}

fn together(pictures: &[Picture]) -> Picture {
    let width = pictures.iter().map(|p| p.width).max().unwrap_or(1);
    let height = pictures.iter().map(|p| p.height).max().unwrap_or(1);
    let columns = COLUMNS.min(pictures.len().max(1));
    let rows = pictures.len().div_ceil(columns).max(1);
    let mut all = Picture::black(columns * (width + GAP) - GAP, rows * (height + GAP) - GAP);
    for (place, picture) in pictures.iter().enumerate() {
        let (left, top) = (
            place % columns * (width + GAP),
            place / columns * (height + GAP),
        );
        let margin = [(width - picture.width) / 2, (height - picture.height) / 2];
        for y in 0..picture.height {
            for x in 0..picture.width {
                let at = 3 * (y * picture.width + x);
                let pixel = [picture.rgb[at], picture.rgb[at + 1], picture.rgb[at + 2]];
                all.set(left + margin[0] + x, top + margin[1] + y, pixel);
            }
        }
    }
    all
}

impl Picture {
    fn black(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            rgb: vec![0; 3 * width * height],
        }
    }

    fn set(&mut self, x: usize, y: usize, pixel: [u8; 3]) {
        let at = 3 * (y * self.width + x);
        self.rgb[at..at + 3].copy_from_slice(&pixel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use imaging::{Affine, Grid, VoxelIndex};

    #[test]
    fn the_patients_right_is_on_the_left_and_the_front_at_the_top() {
        // LPS on disk: the first voxel is the right, front, lowest one.
        let grid = Grid {
            dims: [20, 18, 3],
            affine: Affine([
                [-1.0, 0.0, 0.0, 10.0],
                [0.0, -1.0, 0.0, 9.0],
                [0.0, 0.0, 1.0, 0.0],
            ]),
        };
        let mut volume = Volume::filled(grid, 0.0);
        // A brain of 10 × 8, brighter at its right front.
        for y in 5..13 {
            for x in 5..15 {
                volume.data[grid.offset_of(VoxelIndex([x, y, 1]))] = 50.0;
            }
        }
        volume.data[grid.offset_of(VoxelIndex([5, 5, 1]))] = 100.0;
        let mut truth = LabelMap::filled(grid, 0);
        truth.data[grid.offset_of(VoxelIndex([7, 6, 1]))] = 3;
        let mut found = truth.clone();
        found.data[grid.offset_of(VoxelIndex([7, 6, 1]))] = 0;
        let file = imaging::nifti::write_volume(&Volume::filled(grid, 1.0), None);
        let read = imaging::nifti::read(&file.expect("written")).expect("read");
        let series = |volume| Series {
            volume,
            ..read.clone()
        };
        let all = [Some(series(volume)), None, None, None];
        let picture = of_case(&all, &truth, &found).expect("a picture");
        // Four voxels of margin around 10 × 8, three times.
        assert_eq!((picture.width, picture.height), (3 * 18, 16));
        let at = |x: usize, y: usize| picture.rgb[3 * (y * picture.width + x)..][..3].to_vec();
        assert_eq!(at(4, 4), [255; 3]);
        let plain = at(6, 5);
        assert!(plain[0] == plain[1] && plain[1] == plain[2]);
        assert_ne!(at(18 + 6, 5), plain, "the expert's label shows");
        assert_eq!(at(36 + 6, 5), plain, "nothing was found there");
    }
}
