//! Slices that are sheared against each other, moved back: sideways within their own plane, so that what is
//! interpolated are pixels of one slice.

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
        .map(|x| Between::new(x as f64 - shift[0], width))
        .collect();
    for (y, row) in out.chunks_exact_mut(nx).enumerate() {
        let Some(between) = Between::new(y as f64 - shift[1], height) else {
            continue;
        };
        let [low, high] = [between.low, between.high].map(|y| &values[y * width..][..width]);
        for (value, x) in row.iter_mut().zip(&columns) {
            if let Some(x) = x {
                *value = between.mix(
                    x.mix(low[x.low], low[x.high]),
                    x.mix(high[x.low], high[x.high]),
                );
            }
        }
    }
    out
}

/// A place between two pixels of an axis.
#[derive(Clone, Copy)]
struct Between {
    low: usize,
    high: usize,
    weight: f32,
}

impl Between {
    /// `None` beyond the outer half of the last pixel.
    fn new(place: f64, pixels: usize) -> Option<Self> {
        let last = pixels - 1;
        if !(-0.5..=last as f64 + 0.5).contains(&place) {
            return None;
        }
        let place = place.clamp(0.0, last as f64);
        let low = place as usize;
        Some(Self {
            low,
            high: (low + 1).min(last),
            weight: (place - low as f64) as f32,
        })
    }

    fn mix(self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.weight
    }
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
