//! One reading: the only place where the engine calls the pipeline.

use imaging::{LabelMap, Series};
use mts_unet::report::Report;

use super::files;
use super::speaker::Speaker;
use crate::protocol::{FailureScope, ReadRequest};
use crate::user_error::UserError;

/// What a reading gives.
pub(crate) struct Reading {
    /// The answers.
    pub(crate) report: Report,
    /// On the T1ce's grid as the person gave it.
    pub(crate) labels: LabelMap,
    /// `segmentation.nii.gz`, on the same grid.
    pub(crate) segmentation: Vec<u8>,
}

/// Why there is no answer.
pub(crate) enum Stop {
    /// The skull is on: what was found.
    Question(String),
    /// It went wrong, and what is still usable.
    Failed(UserError, FailureScope),
}

/// Reads a case; `series` in the order of [`imaging::Sequence::ALL`].
pub(crate) async fn read(
    request: &ReadRequest,
    series: [&Series; 4],
    speaker: &Speaker,
) -> Result<Reading, Stop> {
    let bundle = (files::fetch(&request.bundle_url).await)
        .map_err(|error| Stop::Failed(error, FailureScope::Case))?;
    let _ = (series, speaker, bundle);
    Err(Stop::Failed(
        UserError::new(
            "This build cannot read a case: it was made without the pipeline.",
            "Use a complete build of the page.",
        ),
        FailureScope::Case,
    ))
}
