//! Quantiles of a few thousand values.

/// The value that the part `q` (0 to 1) of the values does not exceed (nearest rank); 0 of none.
/// Reorders them.
pub(crate) fn quantile(values: &mut [f32], q: f64) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let rank = ((values.len() - 1) as f64 * q).round() as usize;
    *values.select_nth_unstable_by(rank, f32::total_cmp).1
}
