//! Where the brain is in scans that are already stripped of the skull, and whether they are.

mod mask;
mod runs;
mod skull;
mod strip;
mod threshold;

pub use mask::{keep_largest, mask};
pub use skull::{SkullVerdict, skull};
pub use strip::strip;
pub use threshold::percentile_99;
