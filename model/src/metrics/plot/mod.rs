//! Curves as standalone SVG text: readable in any browser, without a script or a font of its own.

mod calibration;
mod frame;
mod roc;

pub use calibration::calibration;
pub use roc::roc;
