//! Reaction and diffusion (Fisher–KPP), the usual model of a glioma's spread: cells divide until a
//! place is full and wander, along white matter faster than in grey, and not into CSF
//! (Swanson et al., Cell Proliferation 2000; 33:317).
//!
//! du/dt = div(D grad u) + rho u (1 - u). Time has no unit here: growth ends at a volume. The front is
//! sqrt(D / rho) wide, which is the one parameter that shows.

use super::lattice::Lattice;

/// Time step times the largest D over the squared step: an explicit scheme is stable below 1/6.
const COURANT: f32 = 0.14;
const MAX_STEPS: usize = 900;

/// A tissue for growth: how fast cells wander, relative to the fastest.
pub(super) struct Medium {
    pub(super) lattice: Lattice,
    /// 0 (a wall) to 1 for each voxel.
    pub(super) speed: Vec<f32>,
    /// How fast cells divide, about 1.
    pub(super) division: Vec<f32>,
    /// Width of the front.
    pub(super) front_mm: f32,
}

impl Medium {
    /// Grows `u` until `voxels` of it are above one half. What is 1 at the start stays so.
    pub(super) fn grow(&self, u: &mut Vec<f32>, voxels: usize) {
        let Some(mut active) = Active::around(u, self.lattice) else {
            return;
        };
        let width = self.front_mm / self.lattice.step_mm;
        let rate = COURANT / (width * width);
        let stride = self.lattice.strides();
        let mut next = u.clone();
        let mut last_look = 0;
        for step in 0..MAX_STEPS {
            active.widen(self.lattice);
            let mut above = 0;
            for z in active.low[2]..active.high[2] {
                for y in active.low[1]..active.high[1] {
                    let row = y * stride[1] + z * stride[2];
                    for o in row + active.low[0]..row + active.high[0] {
                        let (d, here) = (self.speed[o], u[o]);
                        if d == 0.0 {
                            continue;
                        }
                        let mut flow = 0.0;
                        for s in stride {
                            // The slower side of a face decides, so that walls are closed.
                            flow += d.min(self.speed[o - s]) * (u[o - s] - here);
                            flow += d.min(self.speed[o + s]) * (u[o + s] - here);
                        }
                        let born = rate * self.division[o] * here * (1.0 - here);
                        let value = (here + COURANT * flow + born).min(1.0);
                        next[o] = value;
                        above += usize::from(value > 0.5);
                    }
                }
            }
            // Outside the box both buffers hold what was there at the start.
            std::mem::swap(u, &mut next);
            if above >= voxels && step > 3 {
                return;
            }
            // Walled in: nothing more will come. A seed is thin at first and has to gather.
            if step % 80 == 79 {
                if above > 0 && above <= last_look + last_look / 50 {
                    return;
                }
                last_look = above;
            }
        }
    }
}

/// The box outside of which nothing has grown yet.
struct Active {
    low: [usize; 3],
    high: [usize; 3],
}

impl Active {
    fn around(u: &[f32], lattice: Lattice) -> Option<Self> {
        let mut found: Option<Self> = None;
        for (o, _) in u.iter().enumerate().filter(|(_, v)| **v > 0.0) {
            let at = lattice.voxel(o);
            let b = found.get_or_insert(Self {
                low: at,
                high: at.map(|i| i + 1),
            });
            for (a, i) in at.into_iter().enumerate() {
                b.low[a] = b.low[a].min(i);
                b.high[a] = b.high[a].max(i + 1);
            }
        }
        found
    }

    /// One voxel each way, keeping clear of the lattice's outermost layer.
    fn widen(&mut self, lattice: Lattice) {
        for a in 0..3 {
            self.low[a] = self.low[a].saturating_sub(1).max(1);
            self.high[a] = (self.high[a] + 1).min(lattice.dims[a] - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_stops_at_walls_and_at_the_volume_asked_for() {
        let lattice = Lattice {
            dims: [30, 24, 24],
            step_mm: 2.0,
        };
        let n = lattice.len();
        let mut speed = vec![1.0; n];
        for (o, s) in speed.iter_mut().enumerate() {
            if lattice.voxel(o)[0] == 18 {
                *s = 0.0;
            }
        }
        let medium = Medium {
            lattice,
            speed,
            division: vec![1.0; n],
            front_mm: 2.0,
        };
        let mut u = vec![0.0; n];
        u[12 + 30 * (12 + 24 * 12)] = 1.0;
        medium.grow(&mut u, 2000);
        let above = u.iter().filter(|v| **v > 0.5).count();
        assert!((2000..2400).contains(&above), "{above}");
        assert!((0..n).all(|o| lattice.voxel(o)[0] < 18 || u[o] == 0.0));
        assert!(u.iter().all(|v| (0.0..=1.0).contains(v)));
    }
}
