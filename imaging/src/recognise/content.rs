//! Whether a picture is a mask or a label map, by its voxels.

/// More whole numbers than this are a scan's.
const MOST_LABELS: usize = 256;
/// Up to so many need no second look.
const FEW_LABELS: usize = 8;
/// The least share of a label map's voxels whose neighbour holds the same label. Measured: 0.85 to
/// 0.98 in segmentations and masks, at most 0.24 in scans of 8 bits, 0.50 in one that was enlarged from 240 to 640
/// columns without interpolation.
const ALIKE: f64 = 0.75;

/// Labels were once stored with a slope, and come back a little off.
const OFF: f32 = 0.02;

/// Whether `data`, x fastest on `dims`, is a mask or a label map: two to a few whole values, in patches. A picture of
/// one value is empty, which is something else.
#[must_use]
pub fn is_label_map(data: &[f32], dims: [usize; 3]) -> bool {
    let mut found: Vec<f32> = Vec::new();
    let mut last = f32::NAN;
    for value in data {
        if *value == last {
            continue;
        }
        last = *value;
        // Of -0.1 that is -0, which is the same label as 0.
        let whole = value.round() + 0.0;
        if (value - whole).abs() > OFF {
            return false;
        }
        if let Err(place) = found.binary_search_by(|f| f.total_cmp(&whole)) {
            if found.len() == MOST_LABELS {
                return false;
            }
            found.insert(place, whole);
        }
    }
    match found.len() {
        0 | 1 => false,
        few if few <= FEW_LABELS => true,
        _ => share_alike(data, dims) >= ALIKE,
    }
}

/// The share of voxels that are not 0 whose next along an axis holds the same, over the three axes.
fn share_alike(data: &[f32], [nx, ny, nz]: [usize; 3]) -> f64 {
    let alike = |a: f32, b: f32| (a - b).abs() <= OFF;
    let (mut same, mut pairs) = (0u64, 0u64);
    for (step, line, length) in [(1, nx, nx), (nx, nx * ny, ny), (nx * ny, nx * ny * nz, nz)] {
        for (at, value) in data.iter().enumerate() {
            if *value != 0.0 && length > 1 && at % line + step < line {
                pairs += 1;
                same += u64::from(alike(data[at + step], *value));
            }
        }
    }
    if pairs == 0 {
        0.0
    } else {
        same as f64 / pairs as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIMS: [usize; 3] = [24, 20, 16];

    /// A picture with this value at each voxel.
    fn picture(value: impl Fn([usize; 3]) -> f32) -> Vec<f32> {
        let [nx, ny, nz] = DIMS;
        (0..nx * ny * nz)
            .map(|at| value([at % nx, at / nx % ny, at / (nx * ny)]))
            .collect()
    }

    #[test]
    fn masks_segmentations_and_atlases_are_label_maps() {
        let inside = |[x, y, z]: [usize; 3]| x > 4 && x < 19 && y > 3 && y < 16 && z > 2;
        let mask = picture(|p| f32::from(u8::from(inside(p))));
        let off = picture(|p| if inside(p) { 0.999 } else { 0.0 });
        let brats = picture(|p| {
            if inside(p) {
                [1.0, 2.0, 4.0][p[0] / 8]
            } else {
                0.0
            }
        });
        // FreeSurfer's numbers, in blocks of four voxels a side.
        let atlas = picture(|[x, y, z]| (1000 + x / 4 + 6 * (y / 4) + 30 * (z / 4)) as f32);
        for (name, data) in [
            ("mask", mask),
            ("off", off),
            ("labels", brats),
            ("atlas", atlas),
        ] {
            assert!(is_label_map(&data, DIMS), "{name}");
        }
    }

    #[test]
    fn scans_and_empty_pictures_are_not() {
        let noise = |[x, y, z]: [usize; 3]| (x * 7919 + y * 104_729 + z * 1_299_709) % 61;
        let eight_bits = picture(|p| noise(p) as f32);
        let smooth = picture(|[x, y, z]| 20.0 * (x + y + z) as f32 + 0.5);
        // Enlarged by two without interpolation.
        let enlarged = picture(|p| noise(p.map(|n| n / 2)) as f32);
        for (name, data) in [
            ("8 bits", eight_bits),
            ("smooth", smooth),
            ("enlarged", enlarged),
            ("tiny", picture(|p| noise(p) as f32 * 1e-4)),
            ("tiny about 0", picture(|p| (noise(p) as f32 - 3.0) * 1e-6)),
            ("to one", picture(|p| noise(p) as f32 / 61.0)),
            ("zeros", picture(|_| 0.0)),
            ("constant", picture(|_| 1000.0)),
            ("nothing", Vec::new()),
        ] {
            assert!(!is_label_map(&data, DIMS), "{name}");
        }
    }
}
