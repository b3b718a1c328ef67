//! The surface grows until it meets the dark gap around the brain.
//!
//! The forces are those of S. M. Smith, "Fast robust automated brain extraction", Human Brain
//! Mapping 17 (2002) 143–155: points keep an even distance, the surface stays smooth where it bends
//! more tightly than a brain does, and each point moves out while all that lies a little inside it is
//! brighter than a part of the brightest there.

use super::shape::{Placed, Shape};
use super::sphere::{Surface, dot, minus, plus, times};
use crate::Volume;

/// What decides where the surface comes to rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// Part of the local brightness below which it is dark: more makes the brain smaller.
    pub(super) part: f32,
    /// How much that part grows with each mm outside the average brain.
    pub(super) part_per_mm: f32,
    /// More mm outside the average brain than this are never brain.
    pub(super) limit_mm: f32,
    /// How far inside a point the darkest and brightest voxels are looked for, from here in mm …
    pub(super) first_mm: f32,
    /// … to here for the darkest …
    pub(super) dark_reach_mm: f32,
    /// … and to here for the brightest.
    pub(super) bright_reach_mm: f32,
    /// How often every point moves.
    pub(super) steps: usize,
}

impl Rule {
    fn part_at(&self, beyond_mm: f32) -> f32 {
        if beyond_mm > self.limit_mm {
            return NEVER;
        }
        (self.part + self.part_per_mm * beyond_mm).max(LEAST_PART)
    }
}

/// A part that nothing reaches.
const NEVER: f32 = 1.5;

/// As dark as bone: deep inside an average brain only that stops the surface.
const LEAST_PART: f32 = 0.1;

/// Radii of curvature in mm between which the surface changes from rigid to free (Smith's r_min and
/// r_max).
const SMALLEST_RADIUS_MM: f32 = 3.33;
const LARGEST_RADIUS_MM: f32 = 10.0;

/// Part of the mean edge that a point moves in one step at most.
const STRIDE: f32 = 0.05;

/// The mean edge grows slowly, so that it is measured only now and then.
const STEPS_PER_MEASURE: usize = 20;

/// Moves the points of `surface` through `fused`, in which brain is about 1. The volume's grid is
/// upright RAS; beyond it, its outermost voxels go on, so that a brain that leaves the field of view
/// is not rounded off there.
pub(super) fn deform(surface: &mut Surface, fused: &Volume, rule: &Rule, shape: Option<&Shape>) {
    let placed = shape.map(Placed::new);
    let sampler = Sampler::new(fused);
    let mut edge = surface.mean_edge_mm();
    for step in 0..rule.steps {
        if step % STEPS_PER_MEASURE == 0 {
            edge = surface.mean_edge_mm();
        }
        let normals = surface.normals();
        let moved = surface
            .points
            .iter()
            .zip(&normals)
            .zip(&surface.neighbours)
            .map(|((point, normal), around)| {
                let mut mean = [0.0; 3];
                for other in around {
                    mean = plus(mean, surface.points[*other]);
                }
                let pull = minus(times(mean, 1.0 / around.len() as f32), *point);
                let outward = dot(pull, *normal);
                let along = times(*normal, outward);
                let spread = times(minus(pull, along), 0.5);
                let smooth = times(along, stiffness(edge, outward));
                let part = placed
                    .as_ref()
                    .map_or(rule.part, |placed| rule.part_at(placed.beyond_mm(*point)));
                let grow = STRIDE * edge * sampler.push(*point, *normal, rule, part);
                plus(plus(*point, spread), plus(smooth, times(*normal, grow)))
            })
            .collect();
        surface.points = moved;
    }
}

/// How much of the pull towards the plane of the neighbours is followed, 0 to 1.
fn stiffness(edge: f32, outward: f32) -> f32 {
    let (tight, loose) = (1.0 / SMALLEST_RADIUS_MM, 1.0 / LARGEST_RADIUS_MM);
    let middle = (tight + loose) / 2.0;
    let slope = 6.0 / (tight - loose);
    let curvature = 2.0 * outward.abs() / (edge * edge);
    (1.0 + (slope * (curvature - middle)).tanh()) / 2.0
}

/// Nearest voxels by position in mm.
struct Sampler<'a> {
    volume: &'a Volume,
    origin: [f32; 3],
    per_mm: [f32; 3],
    step_mm: f32,
}

impl<'a> Sampler<'a> {
    fn new(volume: &'a Volume) -> Self {
        let spacing = volume.grid.spacing_mm();
        Self {
            volume,
            origin: [0, 1, 2].map(|i| volume.grid.affine.0[i][3] as f32),
            per_mm: spacing.map(|s| (1.0 / s) as f32),
            step_mm: spacing[0] as f32,
        }
    }

    fn at(&self, point: [f32; 3]) -> f32 {
        let dims = self.volume.grid.dims;
        let index: [usize; 3] = std::array::from_fn(|i| {
            let voxel = ((point[i] - self.origin[i]) * self.per_mm[i] + 0.5).max(0.0);
            (voxel as usize).min(dims[i] - 1)
        });
        self.volume.data[index[0] + dims[0] * (index[1] + dims[1] * index[2])]
    }

    /// From -2 (shrink) to 2 (grow): the darkest against the threshold, in parts of the brightest.
    fn push(&self, point: [f32; 3], normal: [f32; 3], rule: &Rule, part: f32) -> f32 {
        let (mut darkest, mut brightest) = (1.0_f32, DIM);
        let mut depth = rule.first_mm;
        while depth < rule.dark_reach_mm {
            let value = self.at(minus(point, times(normal, depth)));
            darkest = darkest.min(value);
            if depth < rule.bright_reach_mm {
                brightest = brightest.max(value);
            }
            depth += self.step_mm;
        }
        let brightest = brightest.min(1.0);
        2.0 * (darkest - part * brightest) / brightest
    }
}

/// Where all around is darker than this part of brain, it is no longer brain that is measured.
const DIM: f32 = 0.2;
