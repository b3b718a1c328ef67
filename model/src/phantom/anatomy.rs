//! One person's brain: the atlas scaled, mirrored, warped, with wider or narrower ventricles and
//! sulci, and pushed aside where a tumour takes room.

use super::atlas::Atlas;
use super::chance::Chance;
use super::lattice::{Lattice, corners};

/// The box that every phantom lies in: the atlas's brain and a tenth around it.
const BOX_MM: [f32; 3] = [156.0, 196.0, 156.0];
/// Middle of the lateral ventricles, in the atlas's patient space.
const VENTRICLES_MM: [f32; 3] = [0.0, -4.0, 6.0];

/// Tissue shares and regions of one person, on the phantom's lattice.
pub(super) struct Anatomy {
    pub(super) lattice: Lattice,
    /// CSF, grey and white matter, together 1 inside the brain.
    pub(super) tissues: [Vec<f32>; 3],
    /// Nearest region of the atlas.
    pub(super) regions: Vec<u8>,
    /// Inside the brain, after a skull stripping that was more or less generous.
    pub(super) brain: Vec<bool>,
}

/// Where in the atlas each voxel comes from, and what else differs between people.
pub(super) struct Person {
    pub(super) lattice: Lattice,
    /// Atlas voxel coordinates.
    source: Vec<[f32; 3]>,
    /// Exponents that make CSF more or less, and the brain's edge.
    csf_power: f32,
    edge: f32,
    edge_noise: Vec<f32>,
}

impl Person {
    pub(super) fn draw(c: &mut Chance, atlas: &Atlas, spacing_mm: f32) -> Self {
        let lattice = Lattice {
            dims: BOX_MM.map(|mm| (mm / spacing_mm).round() as usize),
            step_mm: spacing_mm,
        };
        let whole = c.within(0.93, 1.06);
        let scale = [0, 1, 2].map(|_| whole * c.within(0.96, 1.04));
        let mirror = if c.one_in(0.5) { -1.0 } else { 1.0 };
        let shift = [0, 1, 2].map(|_| c.within(-3.0, 3.0));
        let ventricles = c.within(-0.28, 0.22);
        let gentle = c.within(1.5, 4.5);
        let fine = c.within(0.4, 1.3);
        let warp: [Vec<f32>; 3] = std::array::from_fn(|_| {
            let mut broad = lattice.smooth(c, 36.0);
            let narrow = lattice.smooth(c, 13.0);
            for (b, n) in broad.iter_mut().zip(&narrow) {
                *b = gentle * *b + fine * n;
            }
            broad
        });
        let to_atlas = 1.0 / atlas.grid.spacing_mm()[0] as f32;
        let middle = atlas.grid.dims.map(|n| (n - 1) as f32 / 2.0);
        let centre = lattice.dims.map(|n| (n - 1) as f32 / 2.0);
        let source = (0..lattice.len())
            .map(|o| {
                let at = lattice.voxel(o);
                let mut p = [0, 1, 2].map(|a| {
                    let mm = (at[a] as f32 - centre[a]) * spacing_mm - shift[a];
                    mm / scale[a] + warp[a][o]
                });
                // Around the ventricles the map is stretched, mostly from side to side.
                let d = [0, 1, 2].map(|a| p[a] - VENTRICLES_MM[a]);
                let far = (d[0] / 26.0).powi(2) + (d[1] / 48.0).powi(2) + (d[2] / 26.0).powi(2);
                let pull = ventricles * (-far).exp();
                for (a, share) in [1.0, 0.4, 0.7].into_iter().enumerate() {
                    p[a] += pull * share * d[a];
                }
                p[0] *= mirror;
                [0, 1, 2].map(|a| p[a] * to_atlas + middle[a])
            })
            .collect();
        Self {
            lattice,
            source,
            csf_power: (0.35 * c.normal()).exp().clamp(0.5, 2.0),
            edge: c.within(0.25, 0.75),
            edge_noise: lattice.smooth(c, 12.0),
        }
    }

    /// The brain, each voxel taken from `displaced(voxel)`, a place on the phantom's lattice.
    pub(super) fn anatomy(&self, atlas: &Atlas, push: Option<&Push>) -> Anatomy {
        let n = self.lattice.len();
        let mut tissues = [vec![0.0; n], vec![0.0; n], vec![0.0; n]];
        let mut regions = vec![0; n];
        let mut brain = vec![false; n];
        let dims = atlas.grid.dims;
        for o in 0..n {
            let place = push.and_then(|p| p.source(&self.lattice, o));
            let at = match place.and_then(|p| corners(self.lattice.dims, p)) {
                None => self.source[o],
                Some((offsets, weights)) => {
                    let mut at = [0.0; 3];
                    for (&from, w) in offsets.iter().zip(weights) {
                        (0..3).for_each(|a| at[a] += w * self.source[from][a]);
                    }
                    at
                }
            };
            let Some((offsets, weights)) = corners(dims, at) else {
                continue;
            };
            let mut p = [0.0f32; 3];
            for (share, map) in p.iter_mut().zip(&atlas.tissues) {
                for (&from, w) in offsets.iter().zip(weights) {
                    *share += w * f32::from(map[from]);
                }
                *share /= 255.0;
            }
            let sum = p[0] + p[1] + p[2];
            if sum < (self.edge + 0.15 * self.edge_noise[o]).clamp(0.1, 0.9) {
                continue;
            }
            // The average brain's sulci are shallow: what is CSF anywhere is made more or less so.
            let csf = (p[0] / sum).powf(self.csf_power);
            let rest = (p[1] + p[2]).max(1e-6);
            brain[o] = true;
            tissues[0][o] = csf;
            tissues[1][o] = (1.0 - csf) * p[1] / rest;
            tissues[2][o] = (1.0 - csf) * p[2] / rest;
            let best = (0..8).max_by(|&a, &b| weights[a].total_cmp(&weights[b]));
            regions[o] = best.map_or(0, |b| atlas.regions[offsets[b]]);
        }
        Anatomy {
            lattice: self.lattice,
            tissues,
            regions,
            brain,
        }
    }
}

/// A tumour's mass effect: everything moves away from its middle, most at its surface, nothing at
/// the skull.
pub(super) struct Push {
    /// Middle, in voxels.
    pub(super) centre: [f32; 3],
    /// Where the displacement is greatest.
    pub(super) radius_mm: f32,
    pub(super) largest_mm: f32,
    /// Distance to the brain's edge, in mm.
    pub(super) depth_mm: Vec<f32>,
}

impl Push {
    /// Where the tissue at a voxel lay before; `None` where nothing moved.
    pub(super) fn source(&self, lattice: &Lattice, offset: usize) -> Option<[f32; 3]> {
        let at = lattice.voxel(offset).map(|i| i as f32);
        let d = [0, 1, 2].map(|a| (at[a] - self.centre[a]) * lattice.step_mm);
        let r = (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]).sqrt();
        let reach = if r < self.radius_mm {
            r / self.radius_mm
        } else {
            (-(r - self.radius_mm) / 22.0).exp()
        };
        let held = (self.depth_mm[offset] / 14.0).min(1.0);
        let moved = self.largest_mm * reach * held;
        (moved > 0.02 && r > 1e-3).then(|| {
            let share = (moved / r).min(0.6);
            [0, 1, 2].map(|a| at[a] - share * d[a] / lattice.step_mm)
        })
    }

    /// A field that moves with the tissue.
    pub(super) fn carry(&self, lattice: &Lattice, field: &[f32]) -> Vec<f32> {
        (0..field.len())
            .map(|o| {
                let place = self
                    .source(lattice, o)
                    .and_then(|p| corners(lattice.dims, p));
                place.map_or(field[o], |(offsets, weights)| {
                    offsets
                        .iter()
                        .zip(weights)
                        .map(|(&from, w)| w * field[from])
                        .sum()
                })
            })
            .collect()
    }
}
