//! Scans to give to the page: the sample, and what becomes of it when something is wrong with it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use imaging::{Affine, Grid, Orientation, RasPoint, Volume, nifti, reorient, resample};

use crate::programs::Programs;

/// Four files of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scans {
    /// FLAIR.
    pub flair: PathBuf,
    /// T1.
    pub t1: PathBuf,
    /// T1 with contrast agent.
    pub t1ce: PathBuf,
    /// T2.
    pub t2: PathBuf,
}

/// Short names, in the order of [`Scans::paths`].
pub const NAMES: [&str; 4] = ["flair", "t1", "t1ce", "t2"];

impl Scans {
    /// `FOLDER/NAME.nii.gz` for each of `names`, in the order of [`NAMES`].
    ///
    /// # Errors
    /// One is not there.
    pub fn in_folder(folder: &Path, names: [&str; 4]) -> Result<Self> {
        let [flair, t1, t1ce, t2] = names.map(|name| folder.join(format!("{name}.nii.gz")));
        let scans = Self {
            flair,
            t1,
            t1ce,
            t2,
        };
        for path in scans.paths() {
            ensure!(path.is_file(), "there is no {}", path.display());
        }
        Ok(scans)
    }

    /// All four, in the order of [`NAMES`].
    #[must_use]
    pub fn paths(&self) -> [PathBuf; 4] {
        [&self.flair, &self.t1, &self.t1ce, &self.t2].map(Clone::clone)
    }

    /// Copies under other names (in the order of [`NAMES`]), endings included.
    ///
    /// # Errors
    /// A file cannot be copied.
    pub fn renamed(&self, folder: &Path, names: [&str; 4]) -> Result<Self> {
        let copies = names.map(|name| folder.join(name));
        for (from, to) in self.paths().iter().zip(&copies) {
            fs::copy(from, to).with_context(|| format!("copying to {}", to.display()))?;
        }
        let [flair, t1, t1ce, t2] = copies;
        Ok(Self {
            flair,
            t1,
            t1ce,
            t2,
        })
    }
}

/// The sample that ships with the page.
///
/// # Errors
/// The built page lacks it.
pub fn sample(programs: &Programs) -> Result<Scans> {
    Scans::in_folder(&programs.sample(), NAMES).context("the page's sample")
}

/// The first part of a file, as a broken download leaves it.
///
/// # Errors
/// A file cannot be read or written.
pub fn cut_off(file: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(file)?;
    fs::write(to, &bytes[..bytes.len() * 2 / 5])
        .with_context(|| format!("writing {}", to.display()))
}

/// A .hdr/.img pair of the same scan, written beside `stem`; header first.
///
/// # Errors
/// The scan cannot be read, or the pair not written.
pub fn as_pair(file: &Path, stem: &Path) -> Result<[PathBuf; 2]> {
    let header = crate::raw_nifti::read(file)?;
    let mut head = header.before_image[..348].to_vec();
    // A pair says so, and its image begins at the start of its own file.
    head[344..348].copy_from_slice(b"ni1\0");
    head[108..112].copy_from_slice(&0_f32.to_le_bytes());
    let pair = ["hdr", "img"].map(|extension| stem.with_extension(extension));
    fs::write(&pair[0], head)?;
    fs::write(&pair[1], &header.image)?;
    Ok(pair)
}

/// The sample as four scanners would have delivered it: FLAIR in thick axial slices, T1 turned to
/// another orientation, T2 in an oblique box, T1ce in a cropped one.
///
/// # Errors
/// A scan cannot be read or written.
pub fn on_different_grids(sample: &Scans, folder: &Path) -> Result<Scans> {
    let [flair, t1, t1ce, t2] = sample.paths();
    let to = |name: &str| folder.join(format!("{name}.nii.gz"));

    let volume = open(&flair)?;
    let thick = Grid::covering(&volume.grid, [0.9, 0.9, 4.0]);
    save(&resample::linear(&volume, &thick), &to("flair"))?;

    let volume = open(&t1)?;
    let turned: Orientation = "SAL".parse().map_err(|e| anyhow::anyhow!("{e}"))?;
    save(&reorient(&volume, turned), &to("t1"))?;

    let volume = open(&t1ce)?;
    save(
        &volume.window([14, 9, 3], [205, 219, 148], 0.0),
        &to("t1ce"),
    )?;

    let volume = open(&t2)?;
    let oblique = tilted(&Grid::covering(&volume.grid, [1.3, 1.1, 2.0]), 0.12);
    save(&resample::linear(&volume, &oblique), &to("t2"))?;

    Scans::in_folder(folder, NAMES)
}

/// The sample at 2 mm, said to be at 1 mm: a brain half as long, which is read in an eighth of the time.
///
/// # Errors
/// A scan cannot be read or written.
pub fn half_as_long(sample: &Scans, folder: &Path) -> Result<Scans> {
    for (path, name) in sample.paths().iter().zip(NAMES) {
        let volume = open(path)?;
        let coarse = resample::linear(&volume, &Grid::covering(&volume.grid, [2.0; 3]));
        let Affine(rows) = coarse.grid.affine;
        let affine = Affine(rows.map(|row| row.map(|x| 0.5 * x)));
        let grid = Grid {
            affine,
            ..coarse.grid
        };
        let data = coarse.data;
        save(
            &Volume { grid, data },
            &folder.join(format!("{name}.nii.gz")),
        )?;
    }
    Scans::in_folder(folder, NAMES)
}

/// A scan whose picture lies `mm` further along the first axis than its header says.
///
/// # Errors
/// The scan cannot be read or written.
pub fn moved(file: &Path, to: &Path, mm: f64) -> Result<()> {
    let volume = open(file)?;
    let steps = (mm / volume.grid.spacing_mm()[0]).round() as usize;
    let mut data = vec![0.0; volume.data.len()];
    let columns = volume.grid.dims[0];
    for (from, row) in volume.data.chunks(columns).zip(data.chunks_mut(columns)) {
        row[steps..].copy_from_slice(&from[..columns - steps]);
    }
    save(&Volume { data, ..volume }, to)
}

/// A scan of zeros alone on the grid of another.
///
/// # Errors
/// The scan cannot be read or written.
pub fn emptied(file: &Path, to: &Path) -> Result<()> {
    let mut volume = open(file)?;
    volume.data.fill(0.0);
    save(&volume, to)
}

/// A label map on the grid of a scan: 2 where that is bright, 1 where it is brighter still.
///
/// # Errors
/// The scan cannot be read or written.
pub fn labelled(file: &Path, to: &Path) -> Result<()> {
    let mut volume = open(file)?;
    let highest = volume.data.iter().copied().fold(0.0, f32::max);
    for value in &mut volume.data {
        *value = match *value / highest {
            v if v > 0.5 => 1.0,
            v if v > 0.3 => 2.0,
            _ => 0.0,
        };
    }
    save(&volume, to)
}

/// The grid turned about its centre, in the plane of patient x and y, by `angle` radians.
fn tilted(grid: &Grid, angle: f64) -> Grid {
    let (sin, cos) = angle.sin_cos();
    let RasPoint([x, y, _]) = grid.centre();
    let turn = Affine([
        [cos, -sin, 0.0, x - cos * x + sin * y],
        [sin, cos, 0.0, y - sin * x - cos * y],
        [0.0, 0.0, 1.0, 0.0],
    ]);
    Grid {
        dims: grid.dims,
        affine: turn.compose(&grid.affine),
    }
}

fn open(path: &Path) -> Result<Volume> {
    let bytes = fs::read(path)?;
    let series = nifti::read(&bytes).with_context(|| format!("reading {}", path.display()))?;
    Ok(series.volume)
}

fn save(volume: &Volume, path: &Path) -> Result<()> {
    fs::write(path, nifti::write_volume(volume, None)?)
        .with_context(|| format!("writing {}", path.display()))
}
