//! What kind of glioma, and what radiology knows of that kind.
//!
//! Grades come equally often, so that nothing can be won by guessing one; everything below depends
//! on the grade and the molecular label. The frequencies are rounded to what a teaching case needs
//! and were set by hand from the sources named beside them; they are no measurement of ours.

use super::Truth;
use super::atlas::Region;
use super::chance::{Chance, Part};

/// The three molecular kinds of the WHO's 2021 classification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Wildtype,
    Astrocytoma,
    Oligodendroglioma,
}

/// How often each kind is found in a grade: IDH-wildtype, mutant and intact, mutant and codeleted.
///
/// Grades 2 and 3 as in TCGA's lower-grade gliomas (NEJM 2015; 372:2481: of all 20 % wildtype, 50 %
/// mutant and intact, 30 % codeleted, the wildtype mostly in grade 3); grade 4 as in TCGA's and UCSF's
/// glioblastomas (about one in ten mutant); a codeleted tumour ends at grade 3 (WHO CNS5, 2021).
pub(super) const KINDS: [(u8, [f32; 3]); 3] = [
    (2, [0.10, 0.52, 0.38]),
    (3, [0.32, 0.40, 0.28]),
    (4, [0.88, 0.12, 0.00]),
];

/// Of mutant, intact tumours of grades 2 and 3 about half show the T2-FLAIR mismatch, of others next
/// to none (Patel et al., Clin Cancer Res 2017; 23:6078).
pub(super) const MISMATCH: f32 = 0.5;
/// Calcified clumps that MRI can show; CT shows them in up to nine of ten oligodendrogliomas.
const CALCIFIED: f32 = 0.5;

/// What enhances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Enhancement {
    /// Nothing.
    None,
    /// A few small spots, taking this part of the core.
    Spots(f32),
    /// Solid and patchy, taking this part of the core.
    Nodular(f32),
    /// A rim around necrosis: how thick on average, and which part of the way round.
    Ring { thickness_mm: f32, closed: f32 },
}

/// Everything about the tumour that is decided before it grows.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) truth: Truth,
    pub(super) kind: Kind,
    /// Volume of the whole tumour.
    pub(super) whole_ml: f32,
    /// What part of it is core.
    pub(super) core_share: f32,
    pub(super) enhancement: Enhancement,
    pub(super) mismatch: bool,
    pub(super) calcified: bool,
    pub(super) haemorrhage: bool,
    pub(super) cysts: bool,
    /// 1 as measured on clear cases, less for faint ones.
    pub(super) conspicuity: f32,
    /// Standard deviation of the blur of the tumour's outer border.
    pub(super) border_mm: f32,
    /// How many places it starts at.
    pub(super) foci: usize,
    /// How much it pushes aside, as the largest displacement.
    pub(super) mass_effect_mm: f32,
    /// Chance of starting at a voxel of a region: frontal, temporal, parietal, occipital, insula,
    /// thalamus and basal ganglia.
    pub(super) site: [f32; 6],
    /// Whether it starts near the cortex rather than in the depth.
    pub(super) cortical: bool,
}

impl Plan {
    pub(super) fn draw(seed: u64) -> Self {
        let c = &mut Chance::new(seed, Part::Biology);
        let (grade, kinds) = KINDS[c.below(KINDS.len())];
        let kind = [Kind::Wildtype, Kind::Astrocytoma, Kind::Oligodendroglioma][c.weighted(&kinds)];
        let truth = Truth {
            idh_mutant: kind != Kind::Wildtype,
            codeleted: kind == Kind::Oligodendroglioma,
            grade,
        };
        let mismatch = kind == Kind::Astrocytoma && grade < 4 && c.one_in(MISMATCH);
        let enhancement = if mismatch && c.one_in(0.8) {
            Enhancement::None
        } else {
            enhancement(c, grade)
        };
        let high = grade == 4;
        // Log-normal, within what the real cases show.
        let middle: f32 = if high { 85.0 } else { 65.0 };
        let whole_ml = (middle * (0.65 * c.normal()).exp()).clamp(12.0, 210.0);
        let core_share = match (high, c.within(0.0, 1.0)) {
            (true, p) if p < 0.08 => c.within(0.01, 0.08),
            (true, _) => c.within(0.15, 0.75),
            (false, p) if p < 0.15 => c.within(0.0, 0.04),
            (false, p) if p < 0.25 => c.within(0.8, 0.95),
            (false, _) => c.within(0.25, 0.8),
        };
        let faint = !high && !mismatch && c.one_in(0.35);
        let diffuse = kind == Kind::Oligodendroglioma || faint;
        Self {
            truth,
            kind,
            whole_ml,
            core_share,
            enhancement,
            mismatch,
            calcified: kind == Kind::Oligodendroglioma && c.one_in(CALCIFIED),
            haemorrhage: c.one_in(if high { 0.2 } else { 0.04 }),
            cysts: c.one_in(if high { 0.1 } else { 0.2 }),
            conspicuity: if faint {
                c.within(0.35, 0.7)
            } else {
                c.within(0.75, 1.2)
            },
            border_mm: if diffuse {
                c.within(1.5, 4.0)
            } else {
                c.within(0.7, 2.2)
            },
            foci: 1 + usize::from(c.one_in(if high { 0.15 } else { 0.06 })),
            mass_effect_mm: c.within(0.0, 0.45) * whole_ml.powf(1.0 / 3.0) * 3.0,
            // Frontal first in IDH-mutant and most in codeleted tumours, temporal in wildtype (Larjavaara
            // et al., Neuro-Oncology 2007; Ellingson et al., AJNR 2013).
            site: match kind {
                Kind::Wildtype => [0.9, 1.3, 1.0, 0.6, 1.0, 0.8],
                Kind::Astrocytoma => [1.3, 1.0, 0.6, 0.2, 2.0, 0.3],
                Kind::Oligodendroglioma => [2.2, 0.6, 0.7, 0.1, 1.0, 0.1],
            },
            cortical: kind == Kind::Oligodendroglioma || c.one_in(0.3),
        }
    }

    /// How often a tumour starts at a voxel of this region, relatively.
    pub(super) fn site_weight(&self, region: u8) -> f32 {
        let is = |r: Region| region == r as u8;
        let [frontal, temporal, parietal, occipital, insula, deep] = self.site;
        match () {
            () if is(Region::Frontal) => frontal,
            () if is(Region::Temporal) => temporal,
            () if is(Region::Parietal) => parietal,
            () if is(Region::Occipital) => occipital,
            () if is(Region::Insula) => insula,
            () if is(Region::Thalamus) || is(Region::DeepGrey) => deep,
            () => 0.0,
        }
    }
}

/// Enhancement rises with the grade: about a quarter of grade 2, half to two thirds of grade 3 and
/// nearly all of grade 4 (Scott et al., Neurology 2002; UCSF-PDGM, Radiology: AI 2022).
fn enhancement(c: &mut Chance, grade: u8) -> Enhancement {
    match (grade, c.within(0.0, 1.0)) {
        (2, p) if p < 0.75 => Enhancement::None,
        (2, p) if p < 0.93 => Enhancement::Spots(c.within(0.01, 0.06)),
        (2, _) => Enhancement::Nodular(c.within(0.05, 0.2)),
        (3, p) if p < 0.40 => Enhancement::None,
        (3, p) if p < 0.68 => Enhancement::Spots(c.within(0.01, 0.10)),
        (3, p) if p < 0.90 => Enhancement::Nodular(c.within(0.10, 0.6)),
        (3, _) => Enhancement::Ring {
            thickness_mm: c.within(2.0, 4.0),
            closed: c.within(0.4, 0.9),
        },
        (_, p) if p < 0.04 => Enhancement::None,
        (_, p) if p < 0.22 => Enhancement::Nodular(c.within(0.3, 0.95)),
        (_, p) if p < 0.27 => Enhancement::Spots(c.within(0.02, 0.1)),
        _ => Enhancement::Ring {
            thickness_mm: c.within(2.5, 7.0),
            closed: c.within(0.6, 1.1),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_as_often_as_the_table_says() {
        let n = 3000;
        let plans: Vec<Plan> = (0..n).map(Plan::draw).collect();
        for (grade, kinds) in KINDS {
            let of: Vec<&Plan> = plans.iter().filter(|p| p.truth.grade == grade).collect();
            let share = of.len() as f32 / n as f32;
            assert!((share - 1.0 / 3.0).abs() < 0.03, "grade {grade}: {share}");
            let all = [Kind::Wildtype, Kind::Astrocytoma, Kind::Oligodendroglioma];
            for (kind, expected) in all.into_iter().zip(kinds) {
                let found = of.iter().filter(|p| p.kind == kind).count() as f32 / of.len() as f32;
                assert!((found - expected).abs() < 0.05, "{grade} {kind:?}: {found}");
            }
        }
        let enhancing = |grade| {
            let of = plans.iter().filter(|p| p.truth.grade == grade);
            of.filter(|p| p.enhancement != Enhancement::None).count()
        };
        assert!(enhancing(2) < enhancing(3) && enhancing(3) < enhancing(4));
    }

    #[test]
    fn codeleted_tumours_are_mutant_and_below_grade_four() {
        for plan in (0..500).map(Plan::draw).filter(|p| p.truth.codeleted) {
            assert!(plan.truth.idh_mutant && plan.truth.grade < 4 && !plan.mismatch);
        }
    }
}
