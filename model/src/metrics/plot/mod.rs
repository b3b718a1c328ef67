//! Curves as standalone SVG text: readable in any browser, without a script or a font of its own.

mod calibration;
mod curve;
mod frame;
mod roc;

pub use calibration::calibration;
pub use curve::{learning_curve, pretraining_curve};
pub use roc::roc;
