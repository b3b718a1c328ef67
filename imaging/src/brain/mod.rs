//! Where the brain is: [`mask`] finds it in scans that are already stripped of the skull, [`skull`] says
//! whether they are, and [`strip`] finds it where they are not, with [`StripQuality`] to doubt the
//! answer. [`find`] does what is needed of these.

mod find;
mod mask;
mod runs;
mod skull;
mod strip;
mod threshold;

pub use find::find;
pub(crate) use mask::fill_holes;
pub use mask::{drop_small, keep_largest, mask};
pub use skull::{SkullVerdict, skull};
pub(crate) use strip::average_reaches_mm;
pub use strip::{StripFault, StripQuality, strip};
pub use threshold::percentile_99;
