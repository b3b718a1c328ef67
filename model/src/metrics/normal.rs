//! The normal distribution, as far as tests and intervals need it.

use std::f64::consts::SQRT_2;

/// A 95 % interval reaches this many standard errors to each side.
pub(super) const Z_95: f64 = 1.959_963_984_540_054;

/// Probability of a standard normal value at least as far from 0 as `z`, on either side.
pub(super) fn two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_tails() {
        assert!((two_sided(Z_95) - 0.05).abs() < 1e-15);
        assert!((two_sided(-1.0) - 0.317_310_507_862_914).abs() < 1e-14);
        assert_eq!(two_sided(0.0), 1.0);
    }
}
