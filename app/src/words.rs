//! Numbers as a person reads them.

/// `about 40 s left`, `about 3 min left`; rounded, since nobody needs the tenths of a guess.
#[must_use]
pub fn remaining(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    if seconds < 1.5 {
        "almost there".to_owned()
    } else if seconds < 20.0 {
        format!("about {seconds:.0} s left")
    } else if seconds < 95.0 {
        format!("about {:.0} s left", (seconds / 5.0).round() * 5.0)
    } else {
        format!("about {:.0} min left", (seconds / 60.0).round())
    }
}

/// `17.3 mL`; two digits below one.
#[must_use]
pub fn millilitres(ml: f64) -> String {
    if ml == 0.0 {
        "0 mL".to_owned()
    } else if ml < 1.0 {
        format!("{ml:.2} mL")
    } else {
        format!("{ml:.1} mL")
    }
}

/// `8.2 MB`, `125 MB`.
#[must_use]
pub fn megabytes(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 10.0 {
        format!("{megabytes:.1} MB")
    } else {
        format!("{megabytes:.0} MB")
    }
}

/// `± 4 % between the scans and their mirror image`.
#[must_use]
pub fn apart(spread: f32) -> String {
    format!(
        "± {:.0} % between the scans and their mirror image",
        100.0 * spread
    )
}

/// `83 %`. A probability that is not 0 or 1 is never shown as if it were.
#[must_use]
pub fn percent(probability: f32) -> String {
    let percent = probability * 100.0;
    if percent > 0.0 && percent < 1.0 {
        "under 1 %".to_owned()
    } else if percent < 100.0 && percent > 99.0 {
        "over 99 %".to_owned()
    } else {
        format!("{percent:.0} %")
    }
}

/// `240 × 240 × 155, 1 × 1 × 1 mm, LPS`.
#[must_use]
pub fn geometry(dims: [usize; 3], spacing_mm: [f64; 3], orientation: &str) -> String {
    let [x, y, z] = dims;
    let [a, b, c] = spacing_mm.map(short);
    format!("{x} × {y} × {z}, {a} × {b} × {c} mm, {orientation}")
}

/// At most two decimals, and none that are zero.
fn short(mm: f64) -> String {
    let text = format!("{mm:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_rounded_to_what_is_known() {
        assert_eq!(remaining(-3.0), "almost there");
        assert_eq!(remaining(7.6), "about 8 s left");
        assert_eq!(remaining(43.0), "about 45 s left");
        assert_eq!(remaining(130.0), "about 2 min left");
    }

    #[test]
    fn no_probability_is_shown_as_certain_unless_it_is() {
        assert_eq!(percent(0.004), "under 1 %");
        assert_eq!(percent(0.9961), "over 99 %");
        assert_eq!(percent(0.834), "83 %");
        assert_eq!(percent(1.0), "100 %");
    }

    #[test]
    fn spacing_loses_only_empty_decimals() {
        let text = geometry([256, 256, 20], [0.9375, 0.9375, 5.5], "LPS");
        assert_eq!(text, "256 × 256 × 20, 0.94 × 0.94 × 5.5 mm, LPS");
        assert_eq!(short(10.0), "10");
    }

    #[test]
    fn sizes_keep_a_decimal_where_it_tells() {
        assert_eq!(megabytes(8_188_352), "8.2 MB");
        assert_eq!(megabytes(124_600_000), "125 MB");
    }

    #[test]
    fn small_volumes_keep_their_digits() {
        assert_eq!(millilitres(0.034), "0.03 mL");
        assert_eq!(millilitres(17.26), "17.3 mL");
        assert_eq!(millilitres(0.0), "0 mL");
    }
}
