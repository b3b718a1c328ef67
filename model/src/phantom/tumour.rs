//! The tumour of one person: where it starts, how it grows, and which voxel is what.
//!
//! It grows twice. The core is compact, with a narrow front; from its surface oedema and infiltration
//! then run along the white matter, with a wide one. The enhancing part is found in the core by its
//! distance to the core's surface.

use super::anatomy::{Anatomy, Person, Push};
use super::atlas::{Atlas, Region};
use super::biology::{Enhancement, Kind, Plan};
use super::chance::Chance;
use super::growth::Medium;
use super::lattice::Lattice;

/// Labels as BraTS 2023 has them.
pub(super) const CORE: u8 = 1;
pub(super) const OEDEMA: u8 = 2;
pub(super) const ENHANCING: u8 = 3;

/// Radius of what a tumour starts as.
const SEED_MM: f32 = 3.5;

/// A grown tumour in its person's brain, which it has pushed aside.
pub(super) struct Tumour {
    pub(super) labels: Vec<u8>,
    /// How much of a voxel is tumour of any kind, its border blurred as the plan says.
    pub(super) whole: Vec<f32>,
    /// How much of it is core, the enhancing part included.
    pub(super) core: Vec<f32>,
    pub(super) enhancing: Vec<f32>,
    /// Distance to the surface of the whole tumour, for the rim of a mismatch.
    pub(super) depth_mm: Vec<f32>,
}

/// Grows the planned tumour and returns it with the brain that it leaves.
pub(super) fn grow(
    c: &mut Chance,
    plan: &Plan,
    person: &Person,
    atlas: &Atlas,
) -> (Tumour, Anatomy) {
    let before = person.anatomy(atlas, None);
    let lattice = before.lattice;
    let depth = lattice.depth_mm(|o| before.brain[o]);
    let ml_per_voxel = lattice.step_mm.powi(3) / 1000.0;
    let voxels = |ml: f32| (ml / ml_per_voxel).ceil().max(1.0) as usize;

    let mut core = vec![0.0f32; lattice.len()];
    for seed in seeds(c, plan, &before, &depth) {
        // A ball: one voxel's worth would thin out below any threshold before it grows.
        let at = lattice.voxel(seed);
        for (o, u) in core.iter_mut().enumerate() {
            let to = lattice.voxel(o);
            let square: f32 = (0..3).map(|a| (to[a] as f32 - at[a] as f32).powi(2)).sum();
            if square.sqrt() * lattice.step_mm <= SEED_MM && before.brain[o] {
                *u = 1.0;
            }
        }
    }
    let core_ml = (plan.whole_ml * plan.core_share).max(0.3);
    let habits = Habits::core(c, plan);
    medium(c, &before, &habits).grow(&mut core, voxels(core_ml));

    let mut whole: Vec<f32> = core
        .iter()
        .map(|u| if *u > 0.5 { 1.0 } else { 0.0 })
        .collect();
    let habits = Habits::spread(c, plan);
    medium(c, &before, &habits).grow(&mut whole, voxels(plan.whole_ml));

    let push = push(plan, lattice, &core, depth);
    let after = person.anatomy(atlas, Some(&push));
    let core = push.carry(&lattice, &core);
    let whole = push.carry(&lattice, &whole);
    (label(c, plan, &after, &core, whole), after)
}

/// How a front moves through tissue.
struct Habits {
    front_mm: f32,
    /// Speed and division in grey matter, of those in white matter.
    grey_speed: f32,
    grey_division: f32,
    /// How lobed it is: standard deviation of the speed's logarithm, and size of the lobes.
    lobes: f32,
    lobe_mm: f32,
}

impl Habits {
    fn core(c: &mut Chance, plan: &Plan) -> Self {
        let oligo = plan.kind == Kind::Oligodendroglioma;
        Self {
            front_mm: c.within(1.6, 2.8),
            grey_speed: if oligo {
                c.within(0.7, 1.2)
            } else {
                c.within(0.35, 0.9)
            },
            grey_division: 1.0,
            lobes: c.within(0.2, 0.8),
            lobe_mm: c.within(10.0, 22.0),
        }
    }

    fn spread(c: &mut Chance, plan: &Plan) -> Self {
        let high = plan.truth.grade == 4;
        Self {
            front_mm: c.within(2.2, 4.0),
            grey_speed: if high {
                c.within(0.05, 0.15)
            } else {
                c.within(0.2, 0.7)
            },
            grey_division: if high {
                c.within(0.1, 0.3)
            } else {
                c.within(0.4, 1.0)
            },
            lobes: c.within(0.3, 0.8),
            lobe_mm: c.within(14.0, 30.0),
        }
    }
}

fn medium(c: &mut Chance, anatomy: &Anatomy, habits: &Habits) -> Medium {
    let lattice = anatomy.lattice;
    let lobes = lattice.smooth(c, habits.lobe_mm);
    let [csf, grey, white] = &anatomy.tissues;
    let mut speed = vec![0.0; lattice.len()];
    let mut division = vec![0.0; lattice.len()];
    for o in 0..lattice.len() {
        let hindbrain = anatomy.regions[o] == Region::Hindbrain as u8;
        if !anatomy.brain[o] || csf[o] > 0.6 || hindbrain {
            continue;
        }
        let lobe = (habits.lobes * (lobes[o] - 1.0)).exp().min(1.0);
        speed[o] = lobe * (white[o] + habits.grey_speed * grey[o]).min(1.0);
        division[o] = lobe * (white[o] + habits.grey_division * grey[o]);
    }
    Medium {
        lattice,
        speed,
        division,
        front_mm: habits.front_mm,
    }
}

/// Voxels to start at: by region, deep or near the cortex, and a second one within 5 cm of the first.
fn seeds(c: &mut Chance, plan: &Plan, anatomy: &Anatomy, depth: &[f32]) -> Vec<usize> {
    let (low, high) = if plan.cortical {
        (6.0, 15.0)
    } else {
        (11.0, 60.0)
    };
    let lattice = anatomy.lattice;
    let mut found: Vec<usize> = Vec::new();
    let near = |o: usize, first: usize| {
        let (a, b) = (lattice.voxel(o), lattice.voxel(first));
        let square: f32 = (0..3).map(|i| (a[i] as f32 - b[i] as f32).powi(2)).sum();
        square.sqrt() * lattice.step_mm
    };
    // Tries at random rather than a list of all places: a few hundred suffice.
    for strict in [true, false] {
        for _ in 0..20_000 {
            if found.len() >= plan.foci {
                return found;
            }
            let o = c.below(lattice.len());
            let weight = plan.site_weight(anatomy.regions[o]);
            let solid = anatomy.brain[o] && anatomy.tissues[0][o] < 0.2 && weight > 0.0;
            let fits = solid && (!strict || (low..high).contains(&depth[o]));
            let apart = found
                .first()
                .is_none_or(|&f| (14.0..50.0).contains(&near(o, f)));
            if fits && apart && c.one_in(weight / 2.3) {
                found.push(o);
            }
        }
    }
    found
}

/// The mass effect of a core: around its middle, by its size.
fn push(plan: &Plan, lattice: Lattice, core: &[f32], depth_mm: Vec<f32>) -> Push {
    let (mut sum, mut n) = ([0.0f64; 3], 0.0f64);
    for (o, _) in core.iter().enumerate().filter(|(_, u)| **u > 0.5) {
        let at = lattice.voxel(o);
        (0..3).for_each(|a| sum[a] += at[a] as f64);
        n += 1.0;
    }
    let volume = n.max(1.0) as f32 * lattice.step_mm.powi(3);
    Push {
        centre: sum.map(|s| (s / n.max(1.0)) as f32),
        radius_mm: (volume * 3.0 / (4.0 * std::f32::consts::PI))
            .cbrt()
            .max(6.0),
        largest_mm: plan.mass_effect_mm,
        depth_mm,
    }
}

fn label(c: &mut Chance, plan: &Plan, anatomy: &Anatomy, core: &[f32], whole: Vec<f32>) -> Tumour {
    let lattice = anatomy.lattice;
    let n = lattice.len();
    let rough = lattice.smooth(c, 8.0);
    let ventricle =
        |o: usize| anatomy.regions[o] == Region::Ventricles as u8 && anatomy.tissues[0][o] > 0.5;
    let may = |o: usize| anatomy.brain[o] && !ventricle(o);
    let mask = |field: &[f32], roughness: f32, sd_mm: f32| {
        let mut m: Vec<f32> = (0..n)
            .map(|o| {
                if field[o] > 0.5 + roughness * rough[o] {
                    1.0
                } else {
                    0.0
                }
            })
            .collect();
        // Closes the sulci that the tumour has filled, and rounds the voxels off.
        lattice.blur(&mut m, sd_mm, &[0, 1, 2]);
        m
    };
    let core_soft = mask(core, 0.12, 1.3);
    let in_core: Vec<bool> = (0..n).map(|o| core_soft[o] > 0.5 && may(o)).collect();
    let whole: Vec<f32> = whole.iter().zip(core).map(|(w, u)| w.max(*u)).collect();
    let mut whole_soft = mask(&whole, 0.08, 1.3);
    let in_whole: Vec<bool> = (0..n)
        .map(|o| in_core[o] || (whole_soft[o] > 0.5 && may(o) && anatomy.tissues[0][o] < 0.75))
        .collect();
    let enhancing = enhancing(c, plan, lattice, &in_core);

    let labels = (0..n)
        .map(|o| match () {
            () if enhancing[o] => ENHANCING,
            () if in_core[o] => CORE,
            () if in_whole[o] => OEDEMA,
            () => 0,
        })
        .collect();
    let soften = |inside: &[bool], sd_mm: f32| {
        let mut m: Vec<f32> = inside.iter().map(|i| f32::from(u8::from(*i))).collect();
        lattice.blur(&mut m, sd_mm, &[0, 1, 2]);
        m
    };
    // Sulci that stay open inside a tumour are no surface of it.
    let depth_mm = lattice.depth_mm(|o| in_whole[o] || whole_soft[o] > 0.5);
    whole_soft = soften(&in_whole, plan.border_mm);
    Tumour {
        labels,
        whole: whole_soft,
        core: soften(&in_core, 0.9 + 0.4 * (plan.border_mm - 1.0).max(0.0)),
        enhancing: soften(&enhancing, 0.7),
        depth_mm,
    }
}

/// The enhancing part of the core.
fn enhancing(c: &mut Chance, plan: &Plan, lattice: Lattice, in_core: &[bool]) -> Vec<bool> {
    let n = lattice.len();
    let core_ml = in_core.iter().filter(|i| **i).count() as f32 * lattice.step_mm.powi(3) / 1000.0;
    let share_of_core = |c: &mut Chance, cell_mm: f32, share: f32| {
        let noise = lattice.smooth(c, cell_mm);
        let mut values: Vec<f32> = (0..n).filter(|&o| in_core[o]).map(|o| noise[o]).collect();
        if values.is_empty() {
            return vec![false; n];
        }
        let place = ((1.0 - share.clamp(0.0, 1.0)) * (values.len() - 1) as f32) as usize;
        let (_, &mut limit, _) = values.select_nth_unstable_by(place, f32::total_cmp);
        (0..n).map(|o| in_core[o] && noise[o] >= limit).collect()
    };
    match plan.enhancement {
        Enhancement::None => vec![false; n],
        Enhancement::Spots(share) => {
            let cell = c.within(5.0, 9.0);
            share_of_core(c, cell, share)
        }
        Enhancement::Nodular(share) => {
            let cell = c.within(8.0, 18.0);
            share_of_core(c, cell, share)
        }
        // A small lesion has no room for necrosis.
        Enhancement::Ring { .. } if core_ml < 2.0 => share_of_core(c, 10.0, 0.85),
        Enhancement::Ring {
            thickness_mm,
            closed,
        } => {
            let depth = lattice.depth_mm(|o| in_core[o]);
            let (broad, narrow) = (lattice.smooth(c, 20.0), lattice.smooth(c, 7.0));
            let uneven = c.within(0.2, 0.6);
            let gap = 2.2 * (closed - 0.75);
            // Islands inside, as septa and nodules make them.
            let islands = c.within(1.2, 3.0);
            (0..n)
                .map(|o| {
                    let thick = thickness_mm * (1.0 + uneven * (broad[o] + 0.6 * narrow[o]));
                    let open = broad[o] * 0.8 - 0.6 * narrow[o] > 1.0 + gap;
                    in_core[o] && ((depth[o] <= thick.max(1.0) && !open) || narrow[o] > islands)
                })
                .collect()
        }
    }
}
