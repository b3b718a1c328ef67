//! The brain in scans whose skull is still on, quickly and without a network.
//!
//! Where an average head can be laid onto them, it says about where the brain ends, and the scans say the rest
//! ([`together`]). Where it cannot, a surface grows from the middle of the head until it meets the dark gap around the brain
//! ([`deform`]). What it then looks like places an average brain ([`fit`], [`shape`]), and it grows
//! again with that in mind: outside the average brain less darkness stops it, inside more is needed.
//! Thus eyes and neck stay out, and a cyst at the surface stays in.

mod atlas;
mod classify;
mod deform;
mod fill;
mod fit;
mod fused;
mod head;
mod place;
mod quality;
mod round;
mod shape;
mod show;
mod sphere;
mod together;

use super::keep_largest;
use crate::{ImagingError, Mask, Volume, resample};
use deform::{Rule, deform};
pub(crate) use shape::radius_mm as average_reaches_mm;
use shape::{Placed, Shape};
use sphere::Surface;

pub use quality::{StripFault, StripQuality};

/// Of the first surface, before anything is known of the brain's place.
const ROUGH: Rule = Rule {
    part: 0.75,
    part_per_mm: 0.0,
    limit_mm: f32::INFINITY,
    first_mm: 1.0,
    dark_reach_mm: 16.0,
    bright_reach_mm: 6.0,
    steps: 500,
};

/// Of the surfaces that know the average brain.
const FINE: Rule = Rule {
    part: 0.75,
    part_per_mm: 0.03,
    limit_mm: 8.0,
    first_mm: 1.0,
    dark_reach_mm: 16.0,
    bright_reach_mm: 8.0,
    steps: 600,
};

/// The first surface's radius as a part of the head's.
const SEED_PART: f32 = 0.5;

/// The radius in mm of the surfaces that grow inside an average brain; that reaches 24 mm at least.
const SEED_MM: f32 = 40.0;

/// Furrows narrower than twice this are filled, in mm: without, the surface follows the wide ones of an
/// old brain at the vertex, and the wall of a cavity.
const FURROW_MM: f64 = 14.0;

/// The brain in scans with the skull on; all on one grid, whose orientation does not matter.
///
/// Any of T1, T1ce, T2 and FLAIR will do; what is given is used together, so they must lie on each
/// other in the patient too. The mask holds brain, tumour, ventricles and the CSF between the gyri, and
/// ends about where the brain does. It takes some seconds at any spacing, since it works on voxels of
/// 2 mm.
///
/// Where the scalp blends with the brain, as in thick slices through the vertex, some of it gets in.
/// [`StripQuality`] says whether the mask can be a brain's.
///
/// # Errors
/// [`ImagingError::NoVolume`] without volumes, [`ImagingError::GridMismatch`] where they lie on
/// different grids, [`ImagingError::NoBrain`] where all are empty.
pub fn strip(volumes: &[&Volume]) -> Result<Mask, ImagingError> {
    let first = volumes.first().ok_or(ImagingError::NoVolume)?;
    if let Some(odd) = volumes.iter().find(|v| !v.grid.is_close(&first.grid)) {
        return Err(ImagingError::GridMismatch {
            found: odd.grid.dims,
            expected: first.grid.dims,
        });
    }
    if let Some(brain) = together::together(volumes)? {
        return Ok(brain);
    }
    let work = fused::work_grid(&first.grid);
    let sequences: Vec<Volume> = volumes
        .iter()
        .map(|v| fused::on_work_grid(v, &work))
        .collect();
    let rough = fused::fuse(&sequences, &vec![true; work.voxel_count()]);
    let ball = head::find(&rough).ok_or(ImagingError::NoBrain)?;
    let fused = fused::fuse(&sequences, &ball.voxels(&work, f64::from(SEED_PART)));

    let centre = ball.centre.0.map(|v| v as f32);
    let mut surface = Surface::sphere(centre, SEED_PART * ball.radius_mm as f32, 3);
    deform(&mut surface, &fused, &ROUGH, None);
    let shape = fit::fit(&surface.points, &work, &ball);
    surface = Surface::sphere(shape.centre_mm, SEED_MM, 3);
    deform(&mut surface, &fused, &FINE, Some(&shape));
    // A second look places the average brain better: that surface has run into less.
    let shape = fit::fit(&surface.points, &work, &ball);
    surface = Surface::sphere(shape.centre_mm, SEED_MM, 4);
    deform(&mut surface, &fused, &FINE, Some(&shape));

    let mut mask = fill::enclosed(&surface, &work);
    fill_furrows(&mut mask, &shape);
    keep_largest(&mut mask)?;
    Ok(resample::mask(&mask, &first.grid))
}

/// Closes furrows, where they lie inside the average brain: the gaps between its lobes stay open, and
/// so do those between brain and orbit.
fn fill_furrows(mask: &mut Mask, shape: &Shape) {
    let mut closed = mask.clone();
    round::close(&mut closed, (FURROW_MM / mask.grid.spacing_mm()[0]) as f32);
    let placed = Placed::new(shape);
    let grid = mask.grid;
    for (offset, (inside, closed)) in mask.data.iter_mut().zip(&closed.data).enumerate() {
        if *closed && !*inside {
            let at = grid.affine.apply(grid.index_of(offset).into());
            *inside = placed.beyond_mm(at.0.map(|v| v as f32)) < 0.0;
        }
    }
}
