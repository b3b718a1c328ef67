//! How right an answer is: overlap and surfaces of segmentations, discrimination and calibration of
//! probabilities, and tests between two models on the same cases.
//!
//! Plain numbers in, plain numbers out, without the network; every quick algorithm here has a slow
//! and obvious twin in the tests.

mod auc;
mod bootstrap;
mod calibration;
mod delong;
mod distance;
mod multiclass;
mod normal;
pub mod plot;
mod prediction;
mod random;
mod ranks;
mod region;
mod summary;
mod surface;
mod threshold;
mod wilcoxon;

pub use auc::auc;
pub use bootstrap::{Bootstrap, Interval};
pub use calibration::{
    Bin, brier, calibration_error, ece, ece_of_luck, equal_mass, equal_width,
    negative_log_likelihood,
};
pub use delong::{Comparison, DeLong, compare_aucs, delong};
pub use multiclass::{ClassPrediction, accuracy, macro_auc, one_against_rest};
pub use prediction::Prediction;
pub use region::{Region, RegionScore};
pub use summary::{BinarySummary, GradeSummary, MeanSummary};
pub use surface::{ABSENT_HD95_MM, hd95_mm, surface_distances_mm};
pub use threshold::Threshold;
pub use wilcoxon::{SignedRank, wilcoxon};
