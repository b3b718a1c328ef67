//! A synthetic patient: four sequences and the truth about them, from a seed.
//!
//! The brain is SRI24's average one, warped; its tissues get signals drawn over wide ranges; a tumour
//! grows in it by reaction and diffusion, and what kind it is decides how it looks. It serves teaching,
//! tests, and training where real cases are few. It is no model of any patient, and what it draws is
//! set by hand from the literature.

mod anatomy;
mod artefacts;
mod atlas;
mod biology;
mod chance;
mod contrast;
mod error;
mod growth;
mod lattice;
mod tumour;

pub use atlas::Atlas;
pub use error::PhantomError;

use imaging::{Affine, Grid, LabelMap, RasPoint, Volume};

use anatomy::Person;
use biology::Plan;
use chance::{Chance, Part};

/// How a patient is to be scanned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Edge of a voxel, 1 to 4 mm; other values are brought into that range.
    pub spacing_mm: f64,
    /// Whether the skull is on. There is no skull yet: [`generate`] leaves it off whatever this says.
    pub skull: bool,
    /// Thick slices, blur, strong noise and bias, 8 bits, white-matter disease. Without them a scan is
    /// nearly clean.
    pub artefacts: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            spacing_mm: 2.0,
            skull: false,
            artefacts: true,
        }
    }
}

/// What is known about the tumour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truth {
    /// IDH mutation.
    pub idh_mutant: bool,
    /// 1p/19q codeletion; never without the mutation.
    pub codeleted: bool,
    /// WHO grade, 2 to 4.
    pub grade: u8,
}

/// A patient that never was.
#[derive(Debug, Clone, PartialEq)]
pub struct Phantom {
    /// In the order of [`imaging::Sequence::ALL`]: FLAIR, T1, T1ce, T2. Above 0 inside the brain, 0
    /// outside; upright in RAS, on one grid.
    pub volumes: [Volume; 4],
    /// 0 background, 1 necrotic or non-enhancing core, 2 oedema or infiltration, 3 enhancing.
    pub labels: LabelMap,
    /// The tumour's kind.
    pub truth: Truth,
}

/// Makes the patient of a seed. The same seed, atlas and options give the same voxels; the seed alone
/// decides the truth.
#[must_use]
pub fn generate(seed: u64, atlas: &Atlas, options: &Options) -> Phantom {
    let spacing_mm = options.spacing_mm.clamp(1.0, 4.0);
    let plan = Plan::draw(seed);
    let person = Person::draw(
        &mut Chance::new(seed, Part::Anatomy),
        atlas,
        spacing_mm as f32,
    );
    let growth = &mut Chance::new(seed, Part::Growth);
    let (tumour, anatomy) = tumour::grow(growth, &plan, &person, atlas);
    let look = &mut Chance::new(seed, Part::Contrast);
    let mut signals = contrast::paint(look, &plan, &anatomy, &tumour);

    let chance = &mut Chance::new(seed, Part::Artefacts);
    if options.artefacts {
        artefacts::white_matter_disease(chance, &anatomy, &tumour, &mut signals);
    }
    let dims = anatomy.lattice.dims;
    let corner = dims.map(|n| -0.5 * (n as f64 - 1.0) * spacing_mm);
    let grid = Grid {
        dims,
        affine: Affine::axis_aligned([spacing_mm; 3], RasPoint(corner)),
    };
    let volumes = signals.map(|mut data| {
        artefacts::scan(
            chance,
            anatomy.lattice,
            &anatomy.brain,
            &mut data,
            options.artefacts,
        );
        Volume { grid, data }
    });
    Phantom {
        volumes,
        labels: LabelMap {
            grid,
            data: tumour.labels,
        },
        truth: plan.truth,
    }
}

#[cfg(test)]
mod tests;
