//! How fast to learn when.

/// Rises in a straight line over `warm_up` steps to `highest`, then falls as a cosine to a hundredth
/// of it at `steps`.
pub(super) fn learning_rate(step: usize, steps: usize, warm_up: usize, highest: f64) -> f64 {
    if step < warm_up {
        return highest * (step + 1) as f64 / warm_up as f64;
    }
    let part = (step - warm_up) as f64 / steps.saturating_sub(warm_up).max(1) as f64;
    let cosine = 0.5 + 0.5 * (std::f64::consts::PI * part.min(1.0)).cos();
    highest * (0.01 + 0.99 * cosine)
}

#[cfg(test)]
mod tests {
    use super::learning_rate;

    #[test]
    fn it_rises_then_falls() {
        let rate = |step| learning_rate(step, 100, 10, 1.0);
        assert!((rate(0) - 0.1).abs() < 1e-12 && (rate(9) - 1.0).abs() < 1e-12);
        assert!((rate(10) - 1.0).abs() < 1e-12 && (rate(100) - 0.01).abs() < 1e-12);
        assert!((10..100).all(|step| rate(step + 1) < rate(step)));
    }
}
