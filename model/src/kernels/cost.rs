//! Additions and multiplications of the kernels, from their sizes: for launchers that keep a launch short, for
//! plans and for benchmarks. In 64 bits, since a window's are more than a browser's `usize` holds.

/// Of a score beside its products: its share of the sum, the exponential and the rest of the softmax.
const SCORE: u64 = 30;

/// A convolution that makes so many `outputs`, each of so many `products`.
pub(crate) fn convolution(outputs: usize, products: usize) -> u64 {
    2 * outputs as u64 * products as u64
}

/// A transposed convolution k2 s2 that makes so many `outputs` of so many `channels`.
pub(crate) fn upsample(outputs: usize, channels: usize) -> u64 {
    2 * outputs as u64 * channels as u64
}

/// A linear layer of `rows`, `from` channels to `to`.
pub(crate) fn linear(rows: usize, from: usize, to: usize) -> u64 {
    2 * rows as u64 * from as u64 * to as u64
}

/// Both products of attention: so many `scores` of heads of so many channels, and what they weigh.
pub(crate) fn attention_products(scores: u64, head: usize) -> u64 {
    4 * head as u64 * scores
}

/// Attention, its softmax included.
pub(crate) fn attention(scores: u64, head: usize) -> u64 {
    attention_products(scores, head) + SCORE * scores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_window_is_more_than_32_bits() {
        // 48 to 48 channels, 3³, at 96³.
        let outputs = 48 * 96 * 96 * 96;
        assert_eq!(convolution(outputs, 48 * 27), 110_075_314_176);
        assert_eq!(linear(1 << 20, 1 << 10, 1 << 10), 1 << 41);
        // One query of one key: a product and a sum for each of four channels, twice.
        assert_eq!(attention_products(1, 4), 16);
        assert_eq!(attention(1, 4), 46);
    }
}
