//! The brain in several scans of a head together.
//!
//! An average head is laid onto the patient's, which says about where the brain ends. What the scans show a little inside and
//! a little outside of there teaches a small classifier, of this patient and these scans alone; a voxel near the surface is
//! then brain by what it shows, by how deep the average brain is there, and by its neighbours. The classifier learns a second
//! time from the surface that was found first, which is nearer to the patient's.

use super::atlas::Atlas;
use super::place::place;
use super::show::{MOST_SCANS, Shown};
use super::{classify, fused, round};
use crate::blur::blur;
use crate::brain::{fill_holes, keep_largest};
use crate::quantile::quantile;
use crate::{Grid, ImagingError, Mask, Volume, parallel, resample};

/// Voxels farther than this from the average brain's surface are what it says, in mm.
const BAND_MM: f32 = 14.0;

/// Voxels that the classifier learns from, on either side.
const SAMPLES: usize = 6000;

/// Between which depths in mm, negative outside, nothing is learnt: the average brain's surface is some mm off, the one that was
/// found after it less.
const UNSURE_MM: [[f32; 2]; 2] = [[-3.0, 4.0], [-1.0, 1.0]];

/// Nothing is learnt farther from the surface than this either, in mm.
const REACH_MM: f32 = 16.0;

/// The classifier's logit counts so much, and says no more than [`MOST_LOGIT`].
const LOGIT: f32 = 0.5;
const MOST_LOGIT: f32 = 2.0;

/// By so many mm the average brain's surface is off, usually; within [`BLUNT_MM`] of it, it says little.
const OFF_MM: f32 = 3.0;
const BLUNT_MM: f32 = 4.0;

/// The average head's depth is counted from its grey matter; a brain is drawn with the CSF and the vessels on it, so many mm
/// farther out. Of 1 to 3 mm this agrees best with masks that others drew.
const COVER_MM: f32 = 2.5;

/// How much the neighbours count, how near they are in voxels, and how often all is weighed anew.
const NEIGHBOURS: f32 = 6.0;
const NEAR: f32 = 1.6;
const ROUNDS: usize = 10;

/// The brain in scans that lie on each other, all on one grid; of more than eight the first eight. `None` where the average
/// head has no sure place on any of them.
///
/// # Errors
/// [`ImagingError::NoVolume`] without scans, [`ImagingError::NoBrain`] where nothing is left.
pub(super) fn together(volumes: &[&Volume]) -> Result<Option<Mask>, ImagingError> {
    let first = volumes.first().ok_or(ImagingError::NoVolume)?;
    let volumes = &volumes[..volumes.len().min(MOST_SCANS)];
    let atlas = Atlas::read()?;
    let Some(to_atlas) = place(volumes, &atlas) else {
        return Ok(None);
    };
    let work = fused::work_grid(&first.grid);
    let scans = parallel::map(volumes.to_vec(), |v| fused::on_work_grid(v, &work));
    let mut depth = atlas.depth_on(&work, &to_atlas);
    for mm in &mut depth.data {
        *mm += COVER_MM;
    }
    let mut shown = Shown::of(&scans, &depth);
    let fluid = fluid(&shown, &depth, &atlas.ventricles_on(&work, &to_atlas));

    let mut surface = depth.data.clone();
    let mut mask = Mask::filled(work, false);
    for unsure in UNSURE_MM {
        let logits = logits(&mut shown, &surface, &fluid, unsure, &depth.data);
        mask = settled(work, &depth.data, &logits);
        keep_largest(&mut mask)?;
        fill_holes(&mut mask);
        let mm = work.spacing_mm()[0] as f32;
        surface = round::depth(&mask).iter().map(|d| d * mm).collect();
    }
    Ok(Some(resample::mask(&mask, &first.grid)))
}

/// For each voxel how much more it looks like brain than like what is around it, learnt on both sides of `surface`; 0 beyond
/// [`BAND_MM`] of the average surface, and where no scan has a voxel.
fn logits(
    shown: &mut Shown,
    surface: &[f32],
    fluid: &[bool],
    [low, high]: [f32; 2],
    depth: &[f32],
) -> Vec<f32> {
    let among = |at: &usize, is: &dyn Fn(f32) -> bool| {
        is(surface[*at]) && surface[*at].abs() < REACH_MM && shown.is_seen(*at)
    };
    // Fluid is around the brain as well as in it, and teaches nothing.
    let inside: Vec<usize> = (0..surface.len())
        .filter(|at| among(at, &|d| d > high) && !fluid[*at])
        .collect();
    let outside: Vec<usize> = (0..surface.len())
        .filter(|at| among(at, &|d| d < low))
        .collect();
    let (inside, outside) = (some(&inside), some(&outside));
    let voxels: Vec<usize> = inside.iter().chain(&outside).copied().collect();
    shown.learn_scale(&voxels);
    let shown = &*shown;
    let terms: Vec<Vec<f32>> = voxels
        .iter()
        .map(|at| {
            let mut terms = Vec::new();
            shown.terms(*at, &mut terms);
            terms
        })
        .collect();
    let labels: Vec<bool> = (0..voxels.len()).map(|i| i < inside.len()).collect();
    let weights: Vec<f32> = classify::fit(&terms, &labels)
        .into_iter()
        .map(|w| w as f32)
        .collect();

    const CHUNK: usize = 8192;
    let chunks: Vec<usize> = (0..depth.len()).step_by(CHUNK).collect();
    let scored = parallel::map(chunks, |start| {
        let mut terms = Vec::new();
        let end = (start + CHUNK).min(depth.len());
        let score = |at: usize| {
            if depth[at].abs() >= BAND_MM || !shown.is_seen(at) {
                return 0.0;
            }
            shown.terms(at, &mut terms);
            let logit: f32 = terms.iter().zip(&weights).map(|(t, w)| t * w).sum();
            logit.clamp(-MOST_LOGIT, MOST_LOGIT)
        };
        (start..end).map(score).collect::<Vec<f32>>()
    });
    scored.concat()
}

/// At most [`SAMPLES`] of these, evenly.
fn some(voxels: &[usize]) -> Vec<usize> {
    let step = voxels.len().div_ceil(SAMPLES).max(1);
    voxels.iter().step_by(step).copied().collect()
}

/// Weighs what each voxel shows, where it lies and what its neighbours are, until that hardly changes.
fn settled(work: Grid, depth: &[f32], logits: &[f32]) -> Mask {
    let pull: Vec<f32> = depth
        .iter()
        .zip(logits)
        .map(|(d, logit)| match d.abs() < BAND_MM {
            true => LOGIT * logit + 1.5 * d / OFF_MM * d.abs() / (d.abs() + BLUNT_MM),
            false => d.signum() * f32::from(u8::MAX),
        })
        .collect();
    let mut soft: Vec<f32> = depth
        .iter()
        .map(|d| if *d > 0.0 { 1.0 } else { -1.0 })
        .collect();
    for _ in 0..ROUNDS {
        let near = blur(&soft, work.dims, NEAR);
        for ((soft, near), pull) in soft.iter_mut().zip(&near).zip(&pull) {
            *soft = (0.5 * (pull + NEIGHBOURS * near)).tanh();
        }
    }
    Mask {
        grid: work,
        data: soft.iter().map(|v| *v > 0.0).collect(),
    }
}

/// Voxels that look more like what fills the ventricles than like most of the brain.
fn fluid(shown: &Shown, depth: &Volume, ventricles: &Volume) -> Vec<bool> {
    let matter = usual(shown, |at| {
        depth.data[at] > 6.0 && ventricles.data[at] < 0.05
    });
    let water = usual(shown, |at| ventricles.data[at] > 0.6);
    let is_fluid = |at: usize| {
        let each = shown.values(at).zip(matter.iter().zip(&water));
        let nearer = each.filter_map(|(value, (matter, water))| {
            let value = value?;
            let from = |middle: f32| ((value - middle) / matter.spread).powi(2);
            let [of_matter, of_water] = [matter.middle, water.middle].map(from);
            Some((of_matter - of_water).clamp(-20.0, 20.0))
        });
        nearer.sum::<f32>() > 0.0
    };
    (0..depth.data.len()).map(is_fluid).collect()
}

/// What a scan usually shows somewhere.
#[derive(Clone, Copy)]
struct Usual {
    middle: f32,
    /// Between the quartiles.
    spread: f32,
}

/// Of each scan, over every third of the voxels that are asked for.
fn usual(shown: &Shown, is_asked: impl Fn(usize) -> bool) -> Vec<Usual> {
    let mut columns: Vec<Vec<f32>> = Vec::new();
    for at in (0..shown.voxels()).filter(|at| is_asked(*at)).step_by(3) {
        for (scan, value) in shown.values(at).enumerate() {
            if columns.len() <= scan {
                columns.push(Vec::new());
            }
            columns[scan].extend(value);
        }
    }
    let usual = |values: &mut Vec<f32>| Usual {
        middle: quantile(values, 0.5),
        spread: (quantile(values, 0.75) - quantile(values, 0.25)).max(0.02),
    };
    columns.iter_mut().map(usual).collect()
}
