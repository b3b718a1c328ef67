//! Gaussian blur along all three axes.

use crate::parallel;

/// `data` (x fastest) blurred by `sigma` voxels; beyond the border its outermost values go on.
pub(crate) fn blur(data: &[f32], dims: [usize; 3], sigma: f32) -> Vec<f32> {
    let kernel = kernel(sigma);
    let [nx, ny, nz] = dims;
    let plane = nx * ny;
    // x and y within each plane …
    let mut planes: Vec<f32> = vec![0.0; data.len()];
    let work: Vec<_> = planes.chunks_mut(plane).zip(data.chunks(plane)).collect();
    parallel::map(work, |(to, from)| {
        let mut rows = vec![0.0; plane];
        let reach = kernel.len() - 1;
        let mut padded = vec![0.0; nx + 2 * reach];
        for (to, from) in rows.chunks_mut(nx).zip(from.chunks(nx)) {
            padded[..reach].fill(from[0]);
            padded[reach..reach + nx].copy_from_slice(from);
            padded[reach + nx..].fill(from[nx - 1]);
            for (x, to) in to.iter_mut().enumerate() {
                *to = kernel[0] * padded[x + reach];
            }
            for (k, weight) in kernel.iter().enumerate().skip(1) {
                for (x, to) in to.iter_mut().enumerate() {
                    *to += weight * (padded[x + reach - k] + padded[x + reach + k]);
                }
            }
        }
        mix(&rows, to, nx, ny, &kernel);
    });
    // … then z.
    let mut out = vec![0.0; data.len()];
    let work: Vec<_> = out.chunks_mut(plane).enumerate().collect();
    parallel::map(work, |(z, to)| {
        add_lines(&planes, to, plane, nz, z, &kernel);
    });
    out
}

/// Blurs along lines that are `width` apart, `count` of them.
fn mix(from: &[f32], to: &mut [f32], width: usize, count: usize, kernel: &[f32]) {
    for (line, to) in to.chunks_mut(width).enumerate() {
        add_lines(from, to, width, count, line, kernel);
    }
}

/// The weighted sum of the lines around `line`.
fn add_lines(
    from: &[f32],
    to: &mut [f32],
    width: usize,
    count: usize,
    line: usize,
    kernel: &[f32],
) {
    to.fill(0.0);
    for (k, weight) in kernel.iter().enumerate() {
        let low = line.saturating_sub(k);
        let high = (line + k).min(count - 1);
        let (a, b) = (
            &from[low * width..][..width],
            &from[high * width..][..width],
        );
        let weight = if k == 0 { weight / 2.0 } else { *weight };
        for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
            *to += weight * (a + b);
        }
    }
}

/// The weights of the middle and of one side, which sum to 1 with the other side.
fn kernel(sigma: f32) -> Vec<f32> {
    let reach = (2.5 * sigma).ceil().max(1.0) as usize;
    let raw: Vec<f32> = (0..=reach)
        .map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp())
        .collect();
    let sum = 2.0 * raw.iter().sum::<f32>() - raw[0];
    raw.iter().map(|w| w / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::blur;

    #[test]
    fn a_point_becomes_a_bell_of_the_same_sum() {
        let dims = [21, 23, 25];
        let at = |x: usize, y: usize, z: usize| x + 21 * (y + 23 * z);
        let mut data = vec![0.0; 21 * 23 * 25];
        data[at(9, 11, 13)] = 1.0;
        let out = blur(&data, dims, 1.5);
        assert!((out.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        let middle = out[at(9, 11, 13)];
        for (place, away) in [((11, 11, 13), 4.0), ((9, 12, 13), 1.0), ((8, 11, 15), 5.0)] {
            let expected = (-0.5 * away / 2.25_f32).exp();
            let found = out[at(place.0, place.1, place.2)] / middle;
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }
}
