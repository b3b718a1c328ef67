//! Which device a reading runs on.

use super::{DeviceChoice, DeviceError, Opened, open_cpu, open_gpu, self_test};
use crate::adapter::why_passed_over;

/// Opens what was asked for and puts a GPU to the test, with CMD if some head `compares` by it; `tell` hears how much
/// of that is done. Beside the device stands why it is not a GPU, where one was looked for.
///
/// *Auto* takes the CPU where there is no GPU, where software stands in for one (the CPU path is
/// many times faster), and where the GPU fails the self-test.
///
/// # Errors
/// Only where a GPU was insisted on.
pub async fn choose(
    choice: DeviceChoice,
    compares: bool,
    tell: impl FnMut(f32),
) -> Result<(Opened, Option<String>), DeviceError> {
    match choice {
        DeviceChoice::Cpu => Ok((open_cpu(), None)),
        DeviceChoice::Gpu => tested(compares, tell).await.map(|opened| (opened, None)),
        DeviceChoice::Auto => {
            let reason = match open_gpu().await {
                Ok(opened) => match why_passed_over(&opened.words) {
                    Some(reason) => reason,
                    None => match tested(compares, tell).await {
                        Ok(opened) => return Ok((opened, None)),
                        Err(error) => error.to_string(),
                    },
                },
                Err(error) => error.to_string(),
            };
            Ok((open_cpu(), Some(reason)))
        }
    }
}

/// What a report notes where a GPU was looked for and the CPU read instead.
#[must_use]
pub fn cpu_note(why: &str) -> String {
    format!("Read on the CPU: {why}.")
}

async fn tested(compares: bool, tell: impl FnMut(f32)) -> Result<Opened, DeviceError> {
    let opened = open_gpu().await?;
    self_test(&opened.device, compares, tell).await?;
    Ok(opened)
}
