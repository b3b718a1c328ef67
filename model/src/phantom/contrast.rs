//! What the scanner sees: signal of each tissue in each sequence, relative to white matter.
//!
//! The ranges are wide, wider than one scanner's, but the order that physics gives is kept: CSF is dark
//! on T1, T1ce and FLAIR and bright on T2; white matter is brighter than grey on T1 and darker on T2.
//! What is wet is dark on T1 and bright on T2 together, so each tissue draws one wetness.

use imaging::Sequence;

use super::anatomy::Anatomy;
use super::atlas::Region;
use super::biology::{Enhancement, Plan};
use super::chance::Chance;
use super::lattice::Lattice;
use super::tumour::Tumour;

/// Signals in the order of `Sequence::ALL`: FLAIR, T1, T1ce, T2.
type Signal = [f32; 4];

const FLAIR: usize = 0;
const T1: usize = 1;
const T1CE: usize = 2;
const T2: usize = 3;
const _: () = assert!(matches!(
    Sequence::ALL,
    [Sequence::Flair, Sequence::T1, Sequence::T1ce, Sequence::T2]
));

/// The healthy brain's signals; white matter is 1 in each.
pub(super) struct Tissues {
    pub(super) csf: Signal,
    pub(super) grey: Signal,
    pub(super) deep_grey: Signal,
}

impl Tissues {
    pub(super) fn draw(c: &mut Chance) -> Self {
        let t1 = c.within(0.74, 0.90);
        let grey = [
            c.within(1.05, 1.38),
            t1,
            t1 * c.within(0.98, 1.08),
            c.within(1.08, 1.55),
        ];
        let t1 = c.within(0.18, 0.5);
        let csf = [
            c.within(0.12, 0.5),
            t1,
            t1 * c.within(0.9, 1.1),
            c.within(1.9, 4.2),
        ];
        // Iron and myelin: between cortex and white matter.
        let part = c.within(0.3, 0.7);
        let deep_grey = [0, 1, 2, 3].map(|s| 1.0 + part * (grey[s] - 1.0));
        Self {
            csf,
            grey,
            deep_grey,
        }
    }
}

/// The tumour's signals.
struct Lesion {
    oedema: Signal,
    core: Signal,
    enhancing: Signal,
    /// Of cysts, in the core.
    cyst: Signal,
    /// How far the tumour hides the tissue under it.
    cover: f32,
}

impl Lesion {
    /// Ranges that hold the middles of the real cases' labels, and some beyond.
    fn draw(c: &mut Chance, plan: &Plan, tissues: &Tissues) -> Self {
        let high = plan.truth.grade == 4;
        let signal = |wet: f32, c: &mut Chance, flair: [f32; 2], t1: [f32; 2], t2: [f32; 2]| {
            let along = |range: [f32; 2], w: f32| range[0] + (range[1] - range[0]) * w;
            let near = |c: &mut Chance| (wet + c.within(-0.25, 0.25)).clamp(0.0, 1.0);
            let t1 = along(t1, 1.0 - near(c));
            [
                along(flair, near(c)),
                t1,
                t1 * c.within(0.94, 1.05),
                along(t2, near(c)),
            ]
        };
        let wet = c.within(0.0, 1.0);
        let mut oedema = if high {
            signal(wet, c, [1.4, 2.2], [0.72, 0.94], [1.4, 2.1])
        } else {
            signal(wet, c, [1.2, 1.8], [0.78, 0.95], [1.18, 1.95])
        };
        let wet = c.within(0.0, 1.0);
        let mut core = if matches!(plan.enhancement, Enhancement::Ring { .. }) {
            let mut s = signal(wet, c, [1.1, 2.5], [0.55, 0.95], [1.5, 3.1]);
            s[T1CE] = s[T1] * c.within(0.65, 1.0);
            // The older the necrosis the more its water is free, and FLAIR then turns it off.
            if c.one_in(0.25) {
                s[FLAIR] = c.within(0.6, 1.2);
            }
            s
        } else {
            signal(wet, c, [1.25, 1.95], [0.62, 0.9], [1.35, 2.9])
        };
        if plan.mismatch {
            core[FLAIR] = c.within(0.75, 1.15);
            core[T2] = c.within(2.0, 3.0);
            core[T1] = c.within(0.52, 0.72);
            core[T1CE] = core[T1] * c.within(0.96, 1.04);
            oedema[FLAIR] = c.within(1.35, 1.8);
        } else if !matches!(plan.enhancement, Enhancement::Ring { .. }) {
            // Core is what is darker on T1 and brighter on T2 than infiltration: readers label it so.
            core[T1] = core[T1].min(oedema[T1] - 0.05);
            core[T1CE] = core[T1CE].min(oedema[T1CE] - 0.03);
            core[T2] = core[T2].max(oedema[T2] + 0.1);
        }
        let mut enhancing = signal(wet, c, [1.25, 2.1], [0.78, 1.02], [1.3, 2.0]);
        enhancing[T1CE] = if high {
            c.within(1.35, 2.3)
        } else {
            c.within(1.12, 1.75)
        };
        let mut cyst = tissues.csf;
        cyst[FLAIR] = c.within(0.4, 1.3);
        cyst[T1] = c.within(0.35, 0.6);
        cyst[T1CE] = cyst[T1];
        for signal in [&mut oedema, &mut core, &mut enhancing, &mut cyst] {
            signal
                .iter_mut()
                .for_each(|v| *v = 1.0 + plan.conspicuity * (*v - 1.0));
            // Nothing holds more water than water.
            signal[T2] = signal[T2].min(0.95 * tissues.csf[T2]);
            signal[T1] = signal[T1].max(tissues.csf[T1]);
        }
        // Faint tumours enhance faintly, but to be labelled so they have to be seen.
        enhancing[T1CE] = enhancing[T1CE].max(1.12);
        Self {
            oedema,
            core,
            enhancing,
            cyst,
            cover: c.within(0.72, 0.97),
        }
    }
}

/// The four noiseless volumes, 0 outside the brain.
pub(super) fn paint(
    c: &mut Chance,
    plan: &Plan,
    anatomy: &Anatomy,
    tumour: &Tumour,
) -> [Vec<f32>; 4] {
    let lattice = anatomy.lattice;
    let tissues = Tissues::draw(c);
    let lesion = Lesion::draw(c, plan, &tissues);
    let texture = Texture::draw(c, lattice);
    let mut volumes: [Vec<f32>; 4] = std::array::from_fn(|_| vec![0.0; lattice.len()]);
    let cysts = plan
        .cysts
        .then(|| (lattice.smooth(c, 14.0), c.within(0.5, 1.3)));
    let rim_mm = if plan.mismatch {
        c.within(2.0, 5.0)
    } else {
        0.0
    };
    let [csf, grey, white] = &anatomy.tissues;
    for o in (0..lattice.len()).filter(|&o| anatomy.brain[o]) {
        let region = anatomy.regions[o];
        let deep = region == Region::DeepGrey as u8 || region == Region::Thalamus as u8;
        let of_grey = if deep {
            &tissues.deep_grey
        } else {
            &tissues.grey
        };
        let whole = tumour.whole[o] * lesion.cover;
        let (core, enhancing) = (tumour.core[o], tumour.enhancing[o]);
        let cyst = cysts.as_ref().map_or(0.0, |(field, limit)| {
            ((field[o] - limit) * 4.0).clamp(0.0, 1.0)
        });
        for s in 0..4 {
            let healthy = csf[o] * tissues.csf[s]
                + grey[o] * of_grey[s] * (1.0 + texture.grey * texture.broad[s][o])
                + white[o] * (1.0 + texture.white * texture.broad[s][o]);
            let mut oedema = lesion.oedema[s] * (1.0 + texture.oedema * texture.patchy[o]);
            let mut inside = lesion.core[s];
            if s == FLAIR && plan.mismatch {
                // The rim stays bright.
                let rim = (1.0 - (tumour.depth_mm[o] - rim_mm) / 2.5).clamp(0.0, 1.0);
                inside += rim * (lesion.oedema[FLAIR] - inside);
                oedema = lesion.core[FLAIR] + rim.max(0.3) * (oedema - lesion.core[FLAIR]);
            }
            inside += cyst * (lesion.cyst[s] - inside);
            inside *= 1.0 + texture.core * texture.patchy[o] + 0.6 * texture.core * texture.fine[o];
            let shining = lesion.enhancing[s] * (1.0 + texture.enhancing * texture.patchy[o]);
            let mut value = healthy + whole * (oedema - healthy);
            value += core * (inside - value);
            value += enhancing * (shining - value);
            volumes[s][o] = value * (1.0 + texture.all * texture.fine[o]);
        }
    }
    vessels(c, anatomy, &tissues, &mut volumes);
    choroid(c, anatomy, &mut volumes);
    edge(c, anatomy, &mut volumes);
    if plan.calcified {
        clumps(c, lattice, tumour, &mut volumes, [0.45, 0.8, 0.85, 0.35]);
    }
    if plan.haemorrhage {
        let look = if c.one_in(0.6) {
            [1.3, 1.5, 1.5, 0.7]
        } else {
            [0.5, 0.8, 0.8, 0.4]
        };
        clumps(c, lattice, tumour, &mut volumes, look);
    }
    volumes
}

/// Unevenness of tissue that is no noise: it is there in all sequences, or slowly varying.
struct Texture {
    broad: [Vec<f32>; 4],
    patchy: Vec<f32>,
    fine: Vec<f32>,
    white: f32,
    grey: f32,
    oedema: f32,
    core: f32,
    enhancing: f32,
    all: f32,
}

impl Texture {
    fn draw(c: &mut Chance, lattice: Lattice) -> Self {
        let cell = c.within(7.0, 14.0);
        Self {
            broad: std::array::from_fn(|_| lattice.smooth(c, 26.0)),
            patchy: lattice.smooth(c, cell),
            fine: lattice.smooth(c, 4.5),
            white: c.within(0.01, 0.035),
            grey: c.within(0.01, 0.05),
            oedema: c.within(0.03, 0.11),
            core: c.within(0.03, 0.16),
            enhancing: c.within(0.05, 0.18),
            all: c.within(0.005, 0.025),
        }
    }
}

/// Vessels: where two smooth fields are both 0 there are curves. They lie in and near CSF, shine on
/// T1ce and are flow voids on T2 and FLAIR.
fn vessels(c: &mut Chance, anatomy: &Anatomy, tissues: &Tissues, volumes: &mut [Vec<f32>; 4]) {
    let lattice = anatomy.lattice;
    let (a, b) = (lattice.smooth(c, 13.0), lattice.smooth(c, 13.0));
    let width = c.within(0.09, 0.2);
    let shine = c.within(0.9, 2.6);
    let void = if c.one_in(0.5) {
        c.within(0.0, 0.6)
    } else {
        0.0
    };
    for o in (0..lattice.len()).filter(|&o| anatomy.brain[o]) {
        let wall = anatomy.tissues[0][o].max(0.12 * anatomy.tissues[1][o]);
        let inside = (1.0 - (a[o] * a[o] + b[o] * b[o]).sqrt() / width).max(0.0);
        let share = (inside * 1.5).min(1.0) * (wall * 2.0).min(1.0);
        if share > 0.0 {
            volumes[T1CE][o] += share * (shine - volumes[T1CE][o]).max(0.0);
            volumes[T1][o] += 0.25 * share * (1.0 - volumes[T1][o]);
            volumes[T2][o] *= 1.0 - void * share;
            volumes[FLAIR][o] += void * share * (tissues.csf[FLAIR] - volumes[FLAIR][o]);
        }
    }
}

/// Choroid plexus, in the ventricles.
fn choroid(c: &mut Chance, anatomy: &Anatomy, volumes: &mut [Vec<f32>; 4]) {
    let lattice = anatomy.lattice;
    let field = lattice.smooth(c, 7.0);
    let limit = c.within(0.9, 1.6);
    let shine = c.within(1.1, 2.0);
    for o in 0..lattice.len() {
        let wet = anatomy.tissues[0][o];
        if anatomy.regions[o] == Region::Ventricles as u8 && wet > 0.4 {
            let share = ((field[o] - limit) * 3.0).clamp(0.0, 1.0) * wet;
            for (s, look) in [(FLAIR, 1.1), (T1, 0.75), (T1CE, shine), (T2, 1.5)] {
                volumes[s][o] += share * (look - volumes[s][o]);
            }
        }
    }
}

/// What a skull stripping leaves at the brain's edge: dura and sinuses in patches, bright on T1ce.
fn edge(c: &mut Chance, anatomy: &Anatomy, volumes: &mut [Vec<f32>; 4]) {
    let lattice = anatomy.lattice;
    let depth = lattice.depth_mm(|o| anatomy.brain[o]);
    let patches = lattice.smooth(c, 22.0);
    let limit = c.within(-0.2, 1.8);
    let thick = c.within(2.0, 4.5);
    let t1 = c.within(0.5, 1.1);
    let look = [
        c.within(0.5, 1.2),
        t1,
        c.within(1.0, 2.4).max(t1),
        c.within(0.3, 1.2),
    ];
    // The sagittal sinus runs in the midline, at the top and the back.
    let sinus = c.one_in(0.7);
    let [nx, ny, nz] = lattice.dims.map(|n| n as f32);
    for o in (0..lattice.len()).filter(|&o| anatomy.brain[o] && depth[o] <= 9.0) {
        let mut share =
            ((patches[o] - limit) * 2.0).clamp(0.0, 1.0) * (1.3 - depth[o] / thick).clamp(0.0, 1.0);
        let [x, y, z] = lattice.voxel(o).map(|i| i as f32);
        let mid = (x - nx / 2.0).abs() * lattice.step_mm;
        if sinus && mid < 5.0 && (z > 0.6 * nz || (y < 0.4 * ny && z > 0.3 * nz)) {
            share = share
                .max((1.2 - depth[o] / 6.0).clamp(0.0, 1.0) * (1.4 - mid / 3.5).clamp(0.0, 1.0));
        }
        for s in 0..4 {
            volumes[s][o] += 0.9 * share * (look[s] - volumes[s][o]);
        }
    }
}

/// Calcified or bloody clumps in the core: each sequence is multiplied by `look`.
fn clumps(
    c: &mut Chance,
    lattice: Lattice,
    tumour: &Tumour,
    volumes: &mut [Vec<f32>; 4],
    look: Signal,
) {
    let field = lattice.smooth(c, 6.0);
    let limit = c.within(1.0, 2.0);
    for o in 0..lattice.len() {
        let inside = tumour.core[o].max(0.5 * tumour.whole[o]);
        let share = ((field[o] - limit) * 3.0).clamp(0.0, 1.0) * inside;
        if share > 0.0 {
            for s in 0..4 {
                volumes[s][o] *= 1.0 + share * (look[s] - 1.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::chance::Part;
    use super::*;

    #[test]
    fn the_order_of_tissues_is_that_of_physics() {
        for seed in 0..500 {
            let t = Tissues::draw(&mut Chance::new(seed, Part::Contrast));
            for s in [T1, T1CE] {
                assert!(t.csf[s] < t.grey[s] && t.grey[s] < 1.0, "seed {seed}");
            }
            assert!(t.csf[FLAIR] < 1.0 && t.grey[FLAIR] > 1.0, "seed {seed}");
            assert!(t.csf[T2] > t.grey[T2] && t.grey[T2] > 1.0, "seed {seed}");
        }
    }
}
