//! What is wrong with scans, noticed before a network sees them: a small file a check.
//!
//! Each check gives verdicts ([`Verdict`]): *fine*, *note* or *doubtful*, with what was measured and
//! from where on it matters. None refuses; what becomes of a doubtful case is its reader's to decide.

mod verdict;

pub use verdict::{Check, Level, Verdict};
