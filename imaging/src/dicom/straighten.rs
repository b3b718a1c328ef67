//! Slices that are sheared against each other, moved back: sideways within their own plane, so that what is
//! interpolated are pixels of one slice.

use crate::resample::Between;

/// A slice of `size` pixels on `[nx, ny]` pixels, moved by `shift` pixels along x and y; 0 where it has none.
pub(super) fn shifted(
    values: &[f32],
    size: [usize; 2],
    shift: [f64; 2],
    [nx, ny]: [usize; 2],
) -> Vec<f32> {
    let [width, height] = size;
    let mut out = vec![0.0; nx * ny];
    let columns: Vec<_> = (0..nx)
        .map(|x| between(x as f64 - shift[0], width))
        .collect();
    for (y, row) in out.chunks_exact_mut(nx).enumerate() {
        let Some(y) = between(y as f64 - shift[1], height) else {
            continue;
        };
        let [low, high] = [y.low, y.high].map(|y| &values[y * width..][..width]);
        for (value, x) in row.iter_mut().zip(&columns) {
            if let Some(x) = x {
                *value = y.mix(
                    x.mix(low[x.low], low[x.high]),
                    x.mix(high[x.low], high[x.high]),
                );
            }
        }
    }
    out
}

/// Between which pixels of an axis a place lies; `None` beyond the outer half of the last.
fn between(place: f64, pixels: usize) -> Option<Between> {
    let inside = (-0.5..=pixels as f64 - 0.5).contains(&place);
    inside.then(|| Between::new(place, pixels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_that_is_moved_is_the_ramp_elsewhere() {
        let size = [5, 4];
        let ramp: Vec<f32> = (0..20)
            .map(|i| (i % 5) as f32 + 10.0 * (i / 5) as f32)
            .collect();
        let out = shifted(&ramp, size, [1.25, 0.5], [7, 5]);
        for y in 1..4 {
            for x in 2..5 {
                let expected = (x as f32 - 1.25) + 10.0 * (y as f32 - 0.5);
                assert!((out[x + 7 * y] - expected).abs() < 1e-5, "{x} {y}");
            }
        }
        assert_eq!(out[0], 0.0);
        assert_eq!(out[6], 0.0);
    }

    #[test]
    fn whole_pixels_stay_what_they_were() {
        let values = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(
            shifted(&values, [2, 2], [1.0, 0.0], [3, 2]),
            [0.0, 1.0, 2.0, 0.0, 3.0, 4.0]
        );
    }
}
