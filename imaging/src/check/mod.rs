//! What is wrong with scans, noticed before a network sees them: a small file a check.
//!
//! Each check gives verdicts ([`Verdict`]): *fine*, *note* or *doubtful*, with what was measured and
//! from where on it matters. None refuses; what becomes of a doubtful case is its reader's to decide.
//!
//! [`Coarse`] looks at every voxel of a scan, once; [`Head`] is what it shows by itself; [`case()`] asks of all scans
//! together.

mod case;
mod coarse;
mod common;
mod content;
mod contrast;
mod geometry;
mod head;
mod likeness;
mod overlap;
mod registration;
mod related;
mod same;
mod sequence;
mod size;
mod skull;
mod typical;
mod upright;
mod usual;
mod verdict;
mod weights;

pub use case::{SURE_NAMING, case, looks, naming};
pub use coarse::Coarse;
pub use contrast::{ALONE, BETWEEN, Contrasts};
pub use head::Head;
pub use typical::{Looks, SHAPE};
pub use verdict::{Check, Level, Verdict};
