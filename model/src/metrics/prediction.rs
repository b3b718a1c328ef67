//! What a head said of a case, and what is true.

/// One case's probability for a yes-or-no question, beside the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Whether the answer is yes.
    pub truth: bool,
    /// The probability given to yes, 0 to 1.
    pub probability: f64,
}
