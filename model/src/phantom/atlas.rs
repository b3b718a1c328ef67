//! Where the tissues and the lobes of an average brain lie: SRI24, halved to 2 mm.
//!
//! SRI24 (Rohlfing et al., Human Brain Mapping 31, 2010) is CC BY-SA 3.0; so are the maps in
//! `model/assets`, see NOTICE. The regions are Apache-2.0.

use std::path::Path;

use imaging::{Affine, Grid, Image, LabelMap, Orientation, RasPoint, Volume, nifti, reorient};

use super::PhantomError;

/// The part of SRI24's 240×240×155 voxels of 1 mm that holds the brain, in RAS.
const BOX_START: [isize; 3] = [48, 18, 0];
const BOX_MM: [f64; 3] = [144.0, 188.0, 148.0];
/// Below this plane and behind that one (mm in the box) lies what is under the tentorium. Read off
/// the pictures; good to 5 mm, which is enough to keep tumours out of the cerebellum.
const TENTORIUM_TOP_MM: f32 = 50.0;
const TENTORIUM_FRONT_MM: f32 = 78.0;

/// What a place belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Region {
    Outside = 0,
    Frontal,
    Temporal,
    Parietal,
    Occipital,
    Insula,
    Callosum,
    Thalamus,
    Capsule,
    Brainstem,
    Ventricles,
    Hindbrain,
    DeepGrey,
}

/// Files of `sri24-regions`, the earlier ones winning where they overlap.
const REGION_FILES: [(Region, &str); 10] = [
    (Region::Brainstem, "brainstem"),
    (Region::Ventricles, "ventricles"),
    (Region::Thalamus, "thalamus"),
    (Region::Capsule, "internal_capsule"),
    (Region::Callosum, "corpus_callosum"),
    (Region::Insula, "insula"),
    (Region::Frontal, "frontal_lobe"),
    (Region::Temporal, "temporal"),
    (Region::Parietal, "parietal"),
    (Region::Occipital, "occipital"),
];

/// Tissue probabilities and regions of an average brain, upright in RAS, on one grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Atlas {
    /// Of all maps.
    pub(super) grid: Grid,
    /// CSF, grey matter, white matter: probabilities, 0 to 255 for 0 to 1.
    pub(super) tissues: [Vec<u8>; 3],
    /// A `Region` for each voxel.
    pub(super) regions: Vec<u8>,
}

impl Atlas {
    /// The 2 mm maps that are part of this crate.
    ///
    /// # Errors
    /// [`PhantomError`] where they were damaged.
    pub fn embedded() -> Result<Self, PhantomError> {
        let map = |bytes: &[u8]| -> Result<LabelMap, PhantomError> {
            Ok(nifti::read(bytes)?.volume.to_labels()?)
        };
        let csf = map(include_bytes!("../../assets/sri24-csf.nii.gz"))?;
        let gm = map(include_bytes!("../../assets/sri24-gm.nii.gz"))?;
        let wm = map(include_bytes!("../../assets/sri24-wm.nii.gz"))?;
        let regions = map(include_bytes!("../../assets/sri24-regions.nii.gz"))?;
        Ok(Self {
            grid: csf.grid,
            tissues: [csf.data, gm.data, wm.data],
            regions: regions.data,
        })
    }

    /// The maps from SRI24's own files: `sri24/pbmap_{csf,gm,wm}.nii.gz` and `sri24-regions/*.nii.gz`
    /// under `dir`, averaged to `spacing_mm`.
    ///
    /// # Errors
    /// [`PhantomError`] where a file is missing, is no scan, or has other dims than the rest.
    pub fn derive(dir: &Path, spacing_mm: f64) -> Result<Self, PhantomError> {
        if !(0.5..=8.0).contains(&spacing_mm) {
            return Err(PhantomError::Spacing(spacing_mm));
        }
        let grid = Grid {
            dims: BOX_MM.map(|mm| (mm / spacing_mm).round() as usize),
            affine: Affine::axis_aligned(
                [spacing_mm; 3],
                RasPoint(BOX_MM.map(|mm| (spacing_mm - mm) / 2.0)),
            ),
        };
        let mut tissues = [Vec::new(), Vec::new(), Vec::new()];
        for (to, name) in tissues.iter_mut().zip(["csf", "gm", "wm"]) {
            let path = dir.join(format!("sri24/pbmap_{name}.nii.gz"));
            *to = mean_each(&boxed(&path)?, &grid)
                .iter()
                .map(|p| (255.0 * p).round().clamp(0.0, 255.0) as u8)
                .collect();
        }
        fill(&grid, &mut tissues);
        let mut regions = vec![Region::Outside as u8; grid.voxel_count()];
        for (region, name) in REGION_FILES {
            let path = dir.join(format!("sri24-regions/{name}.nii.gz"));
            let inside = mean_each(&boxed(&path)?, &grid);
            for (to, share) in regions.iter_mut().zip(&inside) {
                if *to == 0 && *share >= 0.5 {
                    *to = region as u8;
                }
            }
        }
        let mut atlas = Self {
            grid,
            tissues,
            regions,
        };
        atlas.complete_regions();
        Ok(atlas)
    }

    /// The maps as the files of `model/assets`: name, bytes of a .nii.gz with nothing else in it.
    ///
    /// # Errors
    /// [`PhantomError`] where the grid cannot be written.
    pub fn assets(&self) -> Result<[(&'static str, Vec<u8>); 4], PhantomError> {
        let file = |data: &[u8], what: &str| -> Result<Vec<u8>, PhantomError> {
            let map = Image {
                grid: self.grid,
                data: data.to_vec(),
            };
            Ok(nifti::write_labels(
                &map,
                &[],
                &format!("SRI24 {what}, CC BY-SA 3.0"),
                None,
            )?)
        };
        let [csf, gm, wm] = &self.tissues;
        Ok([
            ("sri24-csf.nii.gz", file(csf, "CSF probability x 255")?),
            (
                "sri24-gm.nii.gz",
                file(gm, "grey matter probability x 255")?,
            ),
            (
                "sri24-wm.nii.gz",
                file(wm, "white matter probability x 255")?,
            ),
            ("sri24-regions.nii.gz", file(&self.regions, "regions")?),
        ])
    }

    /// The files name the cortex of the lobes only: what lies under the tentorium and the basal
    /// ganglia are found here, and the white matter goes to the nearest lobe.
    fn complete_regions(&mut self) {
        let [nx, ny, nz] = self.grid.dims;
        let step = self.grid.spacing_mm()[0] as f32;
        let brain = |o: usize| self.tissues.iter().map(|t| u32::from(t[o])).sum::<u32>() > 127;
        for (o, region) in self.regions.iter_mut().enumerate() {
            let [x, y, z] = [o % nx, o / nx % ny, o / (nx * ny)].map(|i| i as f32 * step);
            if !brain(o) {
                *region = Region::Outside as u8;
            } else if z < TENTORIUM_TOP_MM
                && y < TENTORIUM_FRONT_MM
                && *region != Region::Brainstem as u8
            {
                *region = Region::Hindbrain as u8;
            } else if *region == 0
                && self.tissues[1][o] > 127
                && (x - 72.0).abs() < 34.0
                && (74.0..134.0).contains(&y)
                && (54.0..94.0).contains(&z)
            {
                *region = Region::DeepGrey as u8;
            }
        }
        // One voxel a round: the nearest lobe wins.
        for _ in 0..nx {
            let before = self.regions.clone();
            let mut changed = false;
            for o in 0..before.len() {
                if before[o] != 0 || !brain(o) {
                    continue;
                }
                let (x, y, z) = (o % nx, o / nx % ny, o / (nx * ny));
                let near = [
                    (x > 0).then(|| o - 1),
                    (x + 1 < nx).then(|| o + 1),
                    (y > 0).then(|| o - nx),
                    (y + 1 < ny).then(|| o + nx),
                    (z > 0).then(|| o - nx * ny),
                    (z + 1 < nz).then(|| o + nx * ny),
                ];
                let lobe = near.into_iter().flatten().map(|n| before[n]);
                if let Some(lobe) = lobe.filter(|r| (1..=5).contains(r)).min() {
                    self.regions[o] = lobe;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
    }
}

/// Makes every voxel inside the brain belong to tissues altogether: cisterns and the falx, where the maps
/// have holes, become CSF. Only the outermost voxels stay partial.
fn fill(grid: &Grid, tissues: &mut [Vec<u8>; 3]) {
    let [nx, ny, nz] = grid.dims;
    let n = grid.voxel_count();
    let sum: Vec<f32> = (0..n)
        .map(|o| tissues.iter().map(|t| f32::from(t[o])).sum())
        .collect();
    let inner = |o: usize| {
        let (x, y, z) = (o % nx, o / nx % ny, o / (nx * ny));
        x > 0 && y > 0 && z > 0 && x + 1 < nx && y + 1 < ny && z + 1 < nz
    };
    let near = |o: usize| [o - 1, o + 1, o - nx, o + nx, o - nx * ny, o + nx * ny];
    // Air from outside flows in wherever less than half is tissue.
    let mut outside: Vec<bool> = (0..n).map(|o| !inner(o)).collect();
    let beside = |o: &usize| inner(*o) && near(*o).iter().any(|to| !inner(*to));
    let mut todo: Vec<usize> = (0..n).filter(beside).collect();
    while let Some(o) = todo.pop() {
        if inner(o) && !outside[o] && sum[o] < 128.0 {
            outside[o] = true;
            todo.extend(near(o));
        }
    }
    for o in 0..n {
        if outside[o] || near(o).iter().any(|&to| outside[to]) {
            continue;
        }
        let [csf, gm, wm] = tissues;
        let solid = f32::from(gm[o]) + f32::from(wm[o]);
        if solid > 254.0 || sum[o] > 250.0 {
            let gain = 255.0 / sum[o].max(1.0);
            (gm[o], wm[o]) = (scaled(gm[o], gain), scaled(wm[o], gain));
        }
        csf[o] = 255u8.saturating_sub(gm[o].saturating_add(wm[o]));
    }
}

fn scaled(value: u8, gain: f32) -> u8 {
    (f32::from(value) * gain).min(255.0) as u8
}

/// A map of SRI24, cut to the box. Its files put voxel 0 at different places in the patient, so that
/// only their axes are believed, not their origins.
fn boxed(path: &Path) -> Result<Volume, PhantomError> {
    let bytes = std::fs::read(path).map_err(|source| PhantomError::File {
        source,
        path: path.to_owned(),
    })?;
    let map = reorient(&nifti::read(&bytes)?.volume, Orientation::RAS);
    let expected = [240, 240, 155];
    if map.grid.dims != expected {
        return Err(PhantomError::Shape {
            name: path
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default(),
            found: map.grid.dims,
            expected,
        });
    }
    Ok(map.window(BOX_START, BOX_MM.map(|mm| mm as usize), 0.0))
}

/// Means over the voxels of `grid`, which covers the same box, from 1 mm voxels: each takes the values
/// at eight places, a quarter of its spacing from its middle.
fn mean_each(map: &Volume, grid: &Grid) -> Vec<f32> {
    let step = grid.spacing_mm()[0] as f32;
    let [nx, ny, _] = grid.dims;
    let at = |i: usize, side: usize, n: usize| {
        let mm = (i as f32 + 0.25 + 0.5 * side as f32) * step - 0.5;
        mm.clamp(0.0, (n - 1) as f32)
    };
    (0..grid.voxel_count())
        .map(|o| {
            let voxel = [o % nx, o / nx % ny, o / (nx * ny)];
            let sum: f32 = (0..8)
                .map(|c| {
                    let place = [0, 1, 2].map(|a| at(voxel[a], c >> a & 1, map.grid.dims[a]));
                    super::lattice::corners(map.grid.dims, place).map_or(
                        0.0,
                        |(offsets, weights)| {
                            offsets
                                .iter()
                                .zip(weights)
                                .map(|(&o, w)| w * map.data[o])
                                .sum()
                        },
                    )
                })
                .sum();
            sum / 8.0
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Option<std::path::PathBuf> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/atlas");
        if !dir.exists() {
            println!("skipped: no ../shared/data/atlas");
        }
        dir.exists().then_some(dir)
    }

    /// `GLIOSCOPE_WRITE_ASSETS=1 cargo test … embedded_atlas` writes the files anew.
    #[test]
    fn the_embedded_atlas_is_what_its_source_gives() {
        let Some(dir) = source() else { return };
        let derived = Atlas::derive(&dir, 2.0).expect("derives");
        if std::env::var_os("GLIOSCOPE_WRITE_ASSETS").is_some() {
            for (name, bytes) in derived.assets().expect("writes") {
                let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("assets")
                    .join(name);
                std::fs::write(path, bytes).expect("writes");
            }
            return;
        }
        let embedded = Atlas::embedded().expect("reads");
        assert_eq!(embedded.tissues, derived.tissues);
        assert_eq!(embedded.regions, derived.regions);
        assert!(embedded.grid.is_close(&derived.grid));
    }

    #[test]
    fn right_is_right_and_front_is_front() {
        // Yakovlevian torque, as SRI24 has it: of the back of the brain more is on the right here, of
        // the front more on the left. A mirrored atlas would have it the other way round.
        let atlas = Atlas::embedded().expect("reads");
        let [nx, ny, _] = atlas.grid.dims;
        let count = |left: bool, rows: std::ops::Range<usize>| {
            let inside = |o: &usize| {
                let (x, y) = (o % nx, o / nx % ny);
                let tissue = atlas.tissues.iter().map(|t| u32::from(t[*o])).sum::<u32>() > 127;
                tissue && (x < nx / 2) == left && rows.contains(&y)
            };
            (0..atlas.regions.len()).filter(inside).count()
        };
        let (back, front) = (0..22, 72..94);
        assert!(count(false, back.clone()) * 100 > count(true, back) * 103);
        assert!(count(true, front.clone()) * 100 > count(false, front) * 103);
        let middle_y = |region: Region| {
            let of = atlas
                .regions
                .iter()
                .enumerate()
                .filter(|(_, r)| **r == region as u8);
            let (sum, n) = of.fold((0, 0), |(s, n), (o, _)| (s + o / nx % ny, n + 1));
            sum / n
        };
        assert!(middle_y(Region::Frontal) > middle_y(Region::Parietal) + 20);
        assert!(middle_y(Region::Parietal) > middle_y(Region::Occipital));
    }

    #[test]
    fn a_spacing_that_no_atlas_has_is_refused() {
        let refused = Atlas::derive(Path::new("nowhere"), 0.0);
        assert!(matches!(refused, Err(PhantomError::Spacing(_))));
        let missing = Atlas::derive(Path::new("nowhere"), 2.0);
        assert!(matches!(missing, Err(PhantomError::File { .. })));
    }
}
