//! Makes the average head of `brain::strip` (`imaging/assets/icbm152-*.nii.gz`) from the ICBM 152 nonlinear average of 2009.
//!
//!     cargo run --release -p imaging --example average_head -- FOLDER imaging/assets
//!
//! FOLDER holds `mni_icbm152_t1.nii.gz`, `…_t1_brain_mask.nii.gz` and `…_tissues.nii.gz`.

use std::error::Error;
use std::fs;
use std::path::Path;

use imaging::{
    Affine, Grid, LabelMap, Mask, Orientation, RasPoint, Volume, nifti, reorient, resample,
};

const SPACING_MM: f64 = 4.0;

/// The brain's surface lies between the grey matter's folds: gaps narrower than twice this are brain, in mm.
const FOLD_MM: i32 = 5;

/// CSF that lies so deep is the ventricles', in mm.
const VENTRICLE_MM: f32 = 25.0;

fn main() -> Result<(), Box<dyn Error>> {
    let folders: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = &folders[..] else {
        return Err("two folders, please: from where and to where".into());
    };
    let read = |name: &str| -> Result<Volume, Box<dyn Error>> {
        let path = Path::new(from).join(format!("mni_icbm152_{name}.nii.gz"));
        let series = nifti::read(&fs::read(path)?)?;
        Ok(reorient(&series.volume, Orientation::RAS))
    };
    let (head, lining, tissues) = (read("t1")?, read("t1_brain_mask")?, read("tissues")?);
    let matter: Vec<bool> = tissues.data.iter().map(|v| *v > 1.5).collect();
    let brain = closed(&tissues.grid, &matter, &lining);
    let depth = depth_mm(&tissues.grid, &brain);

    let coarse = Grid {
        dims: [50, 59, 48],
        affine: Affine::axis_aligned([SPACING_MM; 3], RasPoint([-98.0, -134.0, -72.0])),
    };
    let brightest = head.data.iter().copied().fold(0.0, f32::max);
    let ventricles = Volume {
        grid: tissues.grid,
        data: tissues
            .data
            .iter()
            .zip(&depth.data)
            .map(|(tissue, depth)| {
                f32::from(u8::from(
                    (0.5..1.5).contains(tissue) && *depth > VENTRICLE_MM,
                ))
            })
            .collect(),
    };
    let write = |name: &str, volume: &Volume, value: &dyn Fn(f32) -> f32| {
        let on_coarse = resample::averaged(volume, &coarse);
        let bytes = on_coarse.data.iter().map(|v| value(*v).round() as u8);
        let map = LabelMap {
            grid: coarse,
            data: bytes.collect(),
        };
        let said = "Derived from ICBM 152 (2009), (C) McConnell Brain Imaging Centre, MNI, McGill";
        let file = nifti::write_labels(&map, &[], said, None)?;
        fs::write(Path::new(to).join(format!("icbm152-{name}.nii.gz")), file)?;
        Ok::<_, Box<dyn Error>>(())
    };
    write("head", &head, &|v| 255.0 * v / brightest)?;
    // Half millimetres; 128 is the surface.
    write("depth", &depth, &|mm| (128.0 + 2.0 * mm).clamp(0.0, 255.0))?;
    write("ventricles", &ventricles, &|part| 255.0 * part)
}

/// Grey and white matter with what lies between their folds, inside the skull's lining.
fn closed(grid: &Grid, matter: &[bool], lining: &Volume) -> Vec<bool> {
    let reach = f64::from(FOLD_MM).powi(2);
    let grown: Vec<bool> = squares(grid, matter).iter().map(|d| *d <= reach).collect();
    let away: Vec<bool> = grown.iter().map(|v| !v).collect();
    let shrunk = squares(grid, &away);
    let inside = shrunk.iter().zip(&lining.data);
    let data = inside.map(|(d, lining)| *d > reach && *lining > 0.5);
    let mut mask = Mask {
        grid: *grid,
        data: data.collect(),
    };
    imaging::brain::keep_largest(&mut mask).ok();
    mask.data
}

/// How deep in the brain each voxel lies, in mm; negative outside. The surface runs between voxels.
fn depth_mm(grid: &Grid, brain: &[bool]) -> Volume {
    let outside: Vec<bool> = brain.iter().map(|v| !v).collect();
    let (to_brain, to_outside) = (squares(grid, brain), squares(grid, &outside));
    let depth = to_outside.iter().zip(&to_brain).map(|(inner, outer)| {
        if *inner > 0.0 {
            inner.sqrt() as f32 - 0.5
        } else {
            0.5 - outer.sqrt() as f32
        }
    });
    Volume {
        grid: *grid,
        data: depth.collect(),
    }
}

/// The squared distance in voxels to the nearest voxel that is set, by the plain lower envelope along each axis.
fn squares(grid: &Grid, set: &[bool]) -> Vec<f64> {
    let dims = grid.dims;
    let mut field: Vec<f64> = set.iter().map(|v| if *v { 0.0 } else { 1e9 }).collect();
    for axis in 0..3 {
        let stride: usize = dims[..axis].iter().product();
        let length = dims[axis];
        for start in (0..field.len()).filter(|at| (at / stride).is_multiple_of(length)) {
            let line: Vec<f64> = (0..length).map(|i| field[start + i * stride]).collect();
            for i in 0..length {
                let best = line.iter().enumerate().map(|(k, value)| {
                    let away = i as f64 - k as f64;
                    value + away * away
                });
                field[start + i * stride] = best.fold(f64::INFINITY, f64::min);
            }
        }
    }
    field
}
