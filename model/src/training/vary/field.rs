//! A smooth random field over a window.

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

/// Random numbers on a coarse lattice, and straight lines between them.
pub(super) struct Field {
    nodes: Vec<f32>,
    lattice: usize,
    edges: [usize; 3],
}

impl Field {
    /// `lattice`³ nodes over a window of `edges`, with standard deviation `strength`.
    pub(super) fn draw(
        edges: [usize; 3],
        lattice: usize,
        strength: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Self {
        Self {
            nodes: (0..lattice.pow(3))
                .map(|_| (strength * normal(rng)) as f32)
                .collect(),
            lattice,
            edges,
        }
    }

    /// The value at a voxel.
    pub(super) fn at(&self, voxel: [usize; 3]) -> f32 {
        let last = self.lattice - 1;
        let p: [f32; 3] = std::array::from_fn(|a| {
            voxel[a] as f32 * last as f32 / (self.edges[a].max(2) - 1) as f32
        });
        let low = p.map(|p| (p as usize).min(last - 1));
        let mut sum = 0.0;
        for corner in 0..8 {
            let mut weight = 1.0;
            let at: [usize; 3] = std::array::from_fn(|a| {
                let part = p[a] - low[a] as f32;
                let up = corner >> a & 1;
                weight *= if up == 1 { part } else { 1.0 - part };
                low[a] + up
            });
            sum += weight * self.nodes[(at[0] * self.lattice + at[1]) * self.lattice + at[2]];
        }
        sum
    }
}

/// A normal number: mean 0, variance 1 (twelve uniform ones, which is normal enough for noise).
pub(super) fn normal(rng: &mut Xoshiro256PlusPlus) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn the_field_meets_its_nodes_and_is_smooth() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let field = Field::draw([9, 17, 5], 5, 1.0, &mut rng);
        for node in 0..125 {
            let at = [node / 25 * 2, node / 5 % 5 * 4, node % 5];
            assert!((field.at(at) - field.nodes[node]).abs() < 1e-5);
        }
        let between = f64::from(field.at([1, 0, 0]));
        let mean = f64::from(field.at([0, 0, 0]) + field.at([2, 0, 0])) / 2.0;
        assert!((between - mean).abs() < 1e-5);
    }
}
