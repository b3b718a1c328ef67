//! The brain of any scans, with the skull on or off.

use super::{SkullVerdict, mask, skull, strip};
use crate::{ImagingError, Mask, Volume};

/// The brain, and what was seen of the skull before it was taken off.
///
/// # Errors
/// Those of [`mask`] and [`strip`].
pub fn find(volumes: &[&Volume]) -> Result<(Mask, SkullVerdict), ImagingError> {
    let found = mask(volumes)?;
    let verdict = skull(&found);
    Ok(if verdict.is_on() {
        (strip(volumes)?, verdict)
    } else {
        (found, verdict)
    })
}
