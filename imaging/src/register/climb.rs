//! Uphill to the nearest top (Broyden, Fletcher, Goldfarb and Shanno's rule for the bend).

use super::motion::MOST;

/// A place, and the height and slope there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Height {
    pub(crate) value: f64,
    pub(crate) slope: [f64; MOST],
}

/// How a climb goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Of the first step, in the numbers' unit; no step is longer than four of these.
    pub(crate) first: f64,
    /// A shorter step than this is the last.
    pub(crate) last: f64,
    /// Most looks.
    pub(crate) looks: usize,
}

/// From `start` over the first `count` numbers; the place of the top and its height.
pub(crate) fn climb(
    start: [f64; MOST],
    count: usize,
    pace: Pace,
    look: &mut dyn FnMut(&[f64; MOST]) -> Height,
) -> ([f64; MOST], Height) {
    let mut at = start;
    let mut here = look(&at);
    let mut looks = 1;
    let steepness = length(&here.slope, count);
    if steepness <= 0.0 {
        return (at, here);
    }
    let mut bend = scaled_unit(pace.first / steepness);
    let mut is_first = true;
    while looks < pace.looks {
        let mut step = times(&bend, &here.slope, count);
        let mut uphill = dot(&step, &here.slope, count);
        if uphill <= 0.0 {
            bend = scaled_unit(pace.first / length(&here.slope, count).max(f64::MIN_POSITIVE));
            step = times(&bend, &here.slope, count);
            uphill = dot(&step, &here.slope, count);
        }
        let long = length(&step, count);
        let cut = (4.0 * pace.first / long).min(1.0);
        if long * cut <= pace.last || !long.is_finite() {
            break;
        }
        let mut part = cut;
        let found = loop {
            let there: [f64; MOST] = std::array::from_fn(|i| at[i] + part * step[i]);
            let height = look(&there);
            looks += 1;
            if height.value >= here.value + 1e-4 * part * uphill {
                break Some((there, height));
            }
            // The top of the parabola through here, its slope and there.
            let drop = height.value - here.value - part * uphill;
            let top = (-0.5 * part * part * uphill / drop).clamp(0.1 * part, 0.5 * part);
            part = if top.is_finite() { top } else { 0.5 * part };
            if looks >= pace.looks || part * long < pace.last {
                break None;
            }
        };
        let Some((there, height)) = found else {
            break;
        };
        let moved: [f64; MOST] = std::array::from_fn(|i| there[i] - at[i]);
        let fell: [f64; MOST] = std::array::from_fn(|i| here.slope[i] - height.slope[i]);
        update(&mut bend, &moved, &fell, count, is_first);
        is_first = false;
        (at, here) = (there, height);
        if length(&moved, count) < pace.last {
            break;
        }
    }
    (at, here)
}

type Bend = [[f64; MOST]; MOST];

/// The inverse of how the slope falls along the way.
fn update(bend: &mut Bend, moved: &[f64; MOST], fell: &[f64; MOST], count: usize, is_first: bool) {
    let along = dot(moved, fell, count);
    let square = dot(fell, fell, count);
    if along <= 1e-12 * length(moved, count) * square.sqrt() {
        return;
    }
    if is_first {
        *bend = scaled_unit(along / square);
    }
    let bent = times(bend, fell, count);
    let factor = (1.0 + dot(fell, &bent, count) / along) / along;
    for r in 0..count {
        for c in 0..count {
            bend[r][c] +=
                factor * moved[r] * moved[c] - (bent[r] * moved[c] + moved[r] * bent[c]) / along;
        }
    }
}

fn scaled_unit(by: f64) -> Bend {
    std::array::from_fn(|r| std::array::from_fn(|c| if r == c { by } else { 0.0 }))
}

fn times(bend: &Bend, v: &[f64; MOST], count: usize) -> [f64; MOST] {
    let mut out = [0.0; MOST];
    for (out, row) in out.iter_mut().zip(bend).take(count) {
        *out = dot(row, v, count);
    }
    out
}

fn dot(a: &[f64; MOST], b: &[f64; MOST], count: usize) -> f64 {
    (0..count).map(|i| a[i] * b[i]).sum()
}

fn length(v: &[f64; MOST], count: usize) -> f64 {
    dot(v, v, count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_of_a_skew_hill_is_found() {
        // Falls by a quartic form of skew combinations of the numbers.
        let top = [3.0, -2.0, 5.0, 0.5, -4.0, 1.0];
        let mut looks = 0;
        let mut look = |at: &[f64; MOST]| {
            looks += 1;
            let mut height = Height {
                value: 0.0,
                slope: [0.0; MOST],
            };
            for k in 0..6 {
                let weight =
                    |i: usize| ((k * 5 + i * 3) as f64).sin() + f64::from(u8::from(i == k));
                let along: f64 = (0..6).map(|i| weight(i) * (at[i] - top[i])).sum();
                height.value -= along.powi(2) + 0.01 * along.powi(4);
                for i in 0..6 {
                    height.slope[i] -= (2.0 * along + 0.04 * along.powi(3)) * weight(i);
                }
            }
            height
        };
        let pace = Pace {
            first: 1.0,
            last: 1e-6,
            looks: 200,
        };
        let (at, _) = climb([0.0; MOST], 6, pace, &mut look);
        assert!((0..6).all(|i| (at[i] - top[i]).abs() < 1e-3), "{at:?}");
        assert!(looks < 100, "{looks}");
    }
}
