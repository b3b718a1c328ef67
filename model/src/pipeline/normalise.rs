//! Intensities onto one scale.

use imaging::normalise;

use super::input::Input;
use crate::ModelError;

/// z-scores inside the brain, 0 outside; what is absent stays 0, as everything constant becomes 0.
///
/// # Errors
/// Those of [`normalise::z_score`].
pub(super) fn normalise(mut input: Input) -> Result<Input, ModelError> {
    for volume in &mut input.volumes {
        normalise::z_score(volume, &input.brain)?;
    }
    Ok(input)
}
