//! A mask's values as the whole numbers that they stand for.

use super::{Kind, TruthError};
use crate::image::label_tolerance;
use crate::{ImagingError, LabelMap, Volume};

/// More numbers than this are a scan, not labels.
const MOST_LABELS: usize = 16;

/// The numbers of a mask as stored, before a scheme gives them a meaning. 0.999 and 2.012 are 1 and 2, as
/// [`Volume::to_labels`] has it.
///
/// # Errors
/// [`TruthError::NotLabels`] where a value is near no whole number from 0 to 255.
pub fn numbers(mask: &Volume) -> Result<LabelMap, TruthError> {
    mask.to_labels().map_err(|error| match error {
        ImagingError::NotALabel { value, voxel } => {
            let kind = kind(&mask.data);
            TruthError::NotLabels { kind, value, voxel }
        }
        error => error.into(),
    })
}

/// What values are that are no labels.
fn kind(values: &[f32]) -> Kind {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if low < -label_tolerance(0.0) {
        Kind::Negative
    } else if high > 255.0 + label_tolerance(255.0) {
        Kind::Large
    } else if high <= 1.0 + label_tolerance(1.0) {
        Kind::Probabilities
    } else {
        Kind::Between
    }
}

/// The numbers above 0 that occur, sorted.
pub(super) fn found(map: &LabelMap) -> Result<Vec<u8>, TruthError> {
    let mut there = [false; 256];
    for number in &map.data {
        there[usize::from(*number)] = true;
    }
    let numbers = (1..=u8::MAX).filter(|number| there[usize::from(*number)]);
    let numbers: Vec<u8> = numbers.collect();
    if numbers.len() > MOST_LABELS {
        return Err(TruthError::ManyValues {
            count: numbers.len(),
        });
    }
    Ok(numbers)
}
