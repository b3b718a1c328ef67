//! One scan onto another: the rigid (or affine) move under which the two tell most of each other.
//!
//! The measure is normalised mutual information, so any of T1, T1ce, T2 and FLAIR may be held against any other, with the
//! skull on or off. The search begins at 8 mm from many starts (as the headers say, middle on middle, turned), and what is
//! found is followed down to 1 mm. A [`Registration`] says how sure it is, and why not.
//!
//! A move takes RAS mm of the *fixed* scan to RAS mm of the *moving* one: where a voxel of the fixed scan lies in the moving
//! one. To resample the moving scan once, onto any grid of the fixed one's space, replace its affine by what
//! [`Rigid::inverse`] makes of it ([`placed`]) and use [`resample`](crate::resample).

mod climb;
mod confidence;
mod joint;
mod measure;
mod motion;
mod pair;
mod points;
mod pyramid;
mod rigid;
mod scan;
mod search;
mod slices;
mod start;

pub use confidence::{Confidence, Doubt};
pub(crate) use joint::{BINS, Joint};
pub use rigid::Rigid;
pub(crate) use rigid::turned;
pub(crate) use scan::Scale;

use crate::{Affine, Image};
use motion::Motion;
use serde::{Deserialize, Serialize};

/// What may be changed of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Scans that lie nearer to each other than this on average over the head, in mm, are left as they are.
    pub in_place_mm: f64,
    /// The finest voxels that are looked at, in mm: 1, 2 or 4.
    pub finest_mm: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            in_place_mm: 0.5,
            finest_mm: 1.0,
        }
    }
}

/// What a registration found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registration<T = Rigid> {
    /// From RAS mm of the fixed scan to RAS mm of the moving one; the identity where the scans lie on each other already, or
    /// where nothing was found.
    pub transform: T,
    /// Whether the scans lay on each other, and were left alone.
    pub already_in_place: bool,
    /// How sure it is.
    pub confidence: Confidence,
}

impl<T> Registration<T> {
    /// Whether nothing speaks against using it.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.confidence.doubts.is_empty()
    }
}

/// The rigid move from `fixed` to `moving`; both in any orientation, with any spacing.
///
/// Never fails: where a scan shows nothing, or nothing fits, the move is the identity or the best there was, and
/// [`Registration::is_sure`] is false.
#[must_use]
pub fn rigid(moving: &crate::Volume, fixed: &crate::Volume, options: &Options) -> Registration {
    let found = search::search(moving, fixed, Motion::Rigid, options);
    Registration {
        transform: Rigid::of(&found.transform),
        already_in_place: found.already_in_place,
        confidence: found.confidence,
    }
}

/// The affine move (twelve numbers) from `fixed` to `moving`, as for a patient's head and an average one.
///
/// Otherwise as [`rigid()`], from whose answer it goes on.
#[must_use]
pub fn affine(
    moving: &crate::Volume,
    fixed: &crate::Volume,
    options: &Options,
) -> Registration<Affine> {
    search::search(moving, fixed, Motion::Affine, options)
}

/// The same voxels where a registration to a fixed scan puts them: its affine becomes the transform's inverse after it.
///
/// Nothing is interpolated; [`resample::linear`](crate::resample::linear()) onto the fixed scan's grid then does so once.
#[must_use]
pub fn placed<T: Clone>(moving: &Image<T>, transform: &Rigid) -> Image<T> {
    let mut placed = moving.clone();
    placed.grid.affine = transform.inverse().affine().compose(&moving.grid.affine);
    placed
}
