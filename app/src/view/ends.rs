//! Which values of a picture are shown black and white, whatever its background is and however bright single
//! voxels are.

/// Values beyond so many times what all but a fiftieth reach are not what a picture is about: one voxel of 10⁶,
/// or a few.
const FAR: f32 = 4.0;

/// Darker than the background by less than this part of the range is the ringing of a resampling.
const RINGING: f32 = 0.2;

/// A picture's value where nothing is: what more than half of its outermost voxels hold, else 0. `value` is asked
/// for places in a picture with x fastest on `dims`; its first and last rows and slices are looked at.
#[must_use]
pub fn background([nx, ny, nz]: [usize; 3], value: impl Fn(usize) -> f32) -> f32 {
    let slices = [0, nz.saturating_sub(1)]
        .into_iter()
        .flat_map(|z| (0..ny).map(move |y| (y, z)));
    let rows = (0..nz).flat_map(|z| [(0, z), (ny.saturating_sub(1), z)]);
    // A slice alone has no first and last slice to tell: its own middle would count.
    let outer = slices.filter(|_| nz > 2).chain(rows);
    let places = outer.flat_map(|(y, z)| (0..nx).map(move |x| x + nx * (y + ny * z)));
    let places = places.filter(|_| nx * ny * nz > 0);
    // Boyer and Moore's vote: whoever has more than half is left over.
    let (mut candidate, mut lead) = (0.0, 0usize);
    for found in places.clone().map(&value) {
        if lead == 0 {
            candidate = found;
        }
        match found == candidate {
            true => lead += 1,
            false => lead -= 1,
        }
    }
    let (mut all, mut held) = (0usize, 0usize);
    for found in places.map(&value) {
        all += 1;
        held += usize::from(found == candidate);
    }
    if 2 * held > all { candidate } else { 0.0 }
}

/// The ends of what a picture shows beside its background.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ends {
    /// The 1st percentile; the background, where what is darker is only ringing.
    pub low: f32,
    /// The 99.5th percentile, but not where a few voxels are far brighter than all others.
    pub bright: f32,
    /// What they were measured against.
    pub background: f32,
}

impl Ends {
    /// Of these values, those of the background left out; `None` where no two differ.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f32>, background: f32) -> Option<Self> {
        let mut inside: Vec<f32> = values
            .filter(|v| *v != background && v.is_finite())
            .collect();
        let last = inside.len().checked_sub(1)?;
        let mut at = |share: f64| {
            let place = (last as f64 * share) as usize;
            *inside.select_nth_unstable_by(place, f32::total_cmp).1
        };
        let (low, most, bright) = (at(0.01), at(0.98), at(0.995));
        let from = low.min(background);
        let far = from + FAR * (most - from);
        let bright = if most > from { bright.min(far) } else { bright };
        let ringing = low < background && background - low < RINGING * (bright - background);
        let low = if ringing { background } else { low };
        (bright > low.min(background)).then_some(Self {
            low,
            bright,
            background,
        })
    }

    /// What is shown black where the background is to be black too.
    #[must_use]
    pub fn black(self) -> f32 {
        self.low.min(self.background)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundredth_of_hot_voxels_darkens_nothing() {
        let mut values: Vec<f32> = (0..10_000).map(|i| (i % 1000) as f32 + 1.0).collect();
        let plain = Ends::of(values.iter().copied(), 0.0).expect("ends");
        assert!(
            (plain.bright - 995.0).abs() < 6.0 && (plain.low - 10.0).abs() < 2.0,
            "{plain:?}"
        );
        values.iter_mut().step_by(100).for_each(|v| *v = 1e7);
        let hot = Ends::of(values.into_iter(), 0.0).expect("ends");
        assert!(
            hot.bright <= 4.0 * plain.bright && hot.bright >= plain.bright,
            "{hot:?}"
        );
    }

    #[test]
    fn a_background_that_is_not_0_is_black() {
        let inside = (0..1000).map(|i| -0.4 + 0.003 * i as f32);
        let values: Vec<f32> = inside.chain(std::iter::repeat_n(-0.5, 9000)).collect();
        let ends = Ends::of(values.into_iter(), -0.5).expect("ends");
        assert_eq!(ends.black(), -0.5);
        assert!(
            (ends.low + 0.37).abs() < 0.01 && ends.bright > 2.4,
            "{ends:?}"
        );
    }

    #[test]
    fn ringing_below_the_background_is_not_shown_but_a_half_below_is() {
        let scan = |least: f32| (0..1000).map(move |i| least + (1000.0 - least) * i as f32 / 999.0);
        assert_eq!(Ends::of(scan(-50.0), 0.0).expect("ends").black(), 0.0);
        let scored = Ends::of(scan(-900.0), 0.0).expect("ends");
        assert!(scored.black() < -800.0, "{scored:?}");
    }

    #[test]
    fn the_background_is_what_most_of_the_edge_holds() {
        let dims = [6, 5, 4];
        let edge = |at: usize| {
            let (y, z) = (at / 6 % 5, at / 30);
            y == 0 || y == 4 || z == 0 || z == 3
        };
        let picture = |at: usize| if edge(at) { 7.0 } else { at as f32 };
        assert_eq!(background(dims, picture), 7.0);
        // Noise has none.
        assert_eq!(background(dims, |at| at as f32 + 1.0), 0.0);
        assert_eq!(background([0, 5, 5], |_| 3.0), 0.0);
    }

    #[test]
    fn what_shows_nothing_has_no_ends() {
        assert_eq!(Ends::of([0.0; 9].into_iter(), 0.0), None);
        assert_eq!(Ends::of(std::iter::empty(), 0.0), None);
        // A constant brain on nothing is white on black.
        assert_eq!(
            Ends::of([5.0; 9].into_iter(), 0.0).map(|e| (e.black(), e.bright)),
            Some((0.0, 5.0))
        );
    }
}
