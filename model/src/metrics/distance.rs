//! Distance of every voxel to the nearest of some voxels, exactly, in mm.
//!
//! Felzenszwalb and Huttenlocher's lower envelope of parabolas (Theory of Computing 2012), an axis at a
//! time; the voxels' spacings need not be alike.

/// Squared distance in mm² of every voxel to the nearest voxel where `inside` is true; infinite where
/// there is none. Voxels are stored x fastest.
pub(super) fn squared_mm(inside: &[bool], dims: [usize; 3], spacing_mm: [f64; 3]) -> Vec<f64> {
    let far = |&inside: &bool| if inside { 0.0 } else { f64::INFINITY };
    let mut squared: Vec<f64> = inside.iter().map(far).collect();
    let strides = [1, dims[0], dims[0] * dims[1]];
    let mut line = Vec::new();
    let mut envelope = Envelope::default();
    for axis in 0..3 {
        let (n, stride) = (dims[axis], strides[axis]);
        for start in 0..squared.len() {
            // Every line along this axis starts at a voxel whose index on it is 0.
            if start / stride % n != 0 {
                continue;
            }
            line.clear();
            line.extend((0..n).map(|i| squared[start + i * stride]));
            envelope.build(&line, spacing_mm[axis]);
            envelope.walk(n, spacing_mm[axis], |i, value| {
                squared[start + i * stride] = value;
            });
        }
    }
    squared
}

/// The lowest of several parabolas y = height + (x − centre)², everywhere along a line.
#[derive(Default)]
struct Envelope {
    /// Centre in mm and height of each parabola that is lowest somewhere, in order.
    parabolas: Vec<(f64, f64)>,
    /// Where each takes over from the one before it.
    from: Vec<f64>,
}

impl Envelope {
    fn build(&mut self, heights: &[f64], spacing_mm: f64) {
        self.parabolas.clear();
        self.from.clear();
        for (i, &height) in heights.iter().enumerate() {
            if height.is_infinite() {
                continue;
            }
            let centre = i as f64 * spacing_mm;
            let mut from = f64::NEG_INFINITY;
            while let (Some(&(c, h)), Some(&begin)) = (self.parabolas.last(), self.from.last()) {
                from = ((height + centre * centre) - (h + c * c)) / (2.0 * (centre - c));
                if from > begin {
                    break;
                }
                // The new one is below the last wherever the last was lowest.
                self.parabolas.pop();
                self.from.pop();
                from = f64::NEG_INFINITY;
            }
            self.parabolas.push((centre, height));
            self.from.push(from);
        }
    }

    fn walk(&self, n: usize, spacing_mm: f64, mut put: impl FnMut(usize, f64)) {
        let mut at = 0;
        for i in 0..n {
            let x = i as f64 * spacing_mm;
            while self.from.get(at + 1).is_some_and(|from| *from <= x) {
                at += 1;
            }
            let value = match self.parabolas.get(at) {
                Some((centre, height)) => height + (x - centre).powi(2),
                None => f64::INFINITY,
            };
            put(i, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::random::Random;

    #[test]
    fn equals_looking_at_every_voxel() {
        let mut random = Random::new(7);
        let (dims, spacing) = ([7, 5, 9], [0.5, 3.0, 1.25]);
        let count: usize = dims.iter().product();
        let place = |i: usize| {
            let index = [i % 7, i / 7 % 5, i / 35];
            std::array::from_fn::<f64, 3, _>(|a| index[a] as f64 * spacing[a])
        };
        for one_in in [2, 10, 100] {
            let inside: Vec<bool> = (0..count).map(|_| random.below(one_in) == 0).collect();
            let found = squared_mm(&inside, dims, spacing);
            for (i, found) in found.into_iter().enumerate() {
                let distances = (0..count).filter(|&j| inside[j]).map(|j| {
                    let (a, b) = (place(i), place(j));
                    (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>()
                });
                let nearest = distances.fold(f64::INFINITY, f64::min);
                assert!(found == nearest || (found - nearest).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn without_any_voxel_everything_is_infinitely_far() {
        let found = squared_mm(&[false; 8], [2, 2, 2], [1.0; 3]);
        assert!(found.iter().all(|d| d.is_infinite()));
    }
}
