//! A small network on a device, against the CPU's answer to the same.
//!
//! Drivers miscompile shaders; a wrong segmentation looks like any other. So no device is trusted
//! before it has shown that it can compute.

use std::sync::{Mutex, PoisonError};

use burn::tensor::{Device, Tensor};
use web_time::Instant;

use super::{DeviceError, Timing, computed};
use crate::ModelError;
use crate::golden;
use crate::network::config::{
    HeadConfig, HeadInput, MtsUnetConfig, SwinUnetrConfig, TafeVariant, Task,
};
use crate::network::{Heads, Mismatch, MtsUnet};

/// The largest difference from the CPU that a device may have.
///
/// Two devices add in different orders, which costs about 1e-5 on these logits of order 1; a
/// broken kernel is wrong by 0.1 and more. 1e-3 lies well between, and is what the parity tests
/// allow a GPU.
pub const TOLERANCE: f32 = 1e-3;

/// Not a cube, so that exchanged axes show.
pub(super) const SHAPE: [usize; 3] = [64, 32, 32];

/// A self-test that was passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfTest {
    /// The largest difference between the device's numbers and the CPU's.
    pub max_difference: f32,
    /// How long the device took for it.
    pub timing: Timing,
}

/// Devices that have passed, without or with CMD: they stay passed as long as the process lasts.
static PASSED: Mutex<Vec<(Device, bool, SelfTest)>> = Mutex::new(Vec::new());

/// Runs a network of feature size 12 on `device` and compares segmentation and heads with the CPU's. A GPU's speed
/// is measured, too. With CMD, the one part of the heads that is computed on the device, if some head `compares` T2
/// and FLAIR. Once: further calls give the same. `tell` hears the share that is done.
///
/// # Errors
/// If the device fails, or its answer is more than [`TOLERANCE`] away.
pub async fn self_test(
    device: &Device,
    compares: bool,
    tell: impl FnMut(f32),
) -> Result<SelfTest, DeviceError> {
    let passed = || PASSED.lock().unwrap_or_else(PoisonError::into_inner);
    let before = passed()
        .iter()
        .find(|(tested, with, _)| tested == device && (*with || !compares))
        .map(|(.., passed)| *passed);
    if let Some(passed) = before {
        return Ok(passed);
    }
    let found = first_self_test(device, compares, tell).await?;
    passed().push((device.clone(), compares, found));
    Ok(found)
}

async fn first_self_test(
    device: &Device,
    compares: bool,
    mut tell: impl FnMut(f32),
) -> Result<SelfTest, DeviceError> {
    /// Compiling takes most of the time where there is anything to compile.
    const COMPILED: f32 = 0.8;
    let cpu = Device::flex();
    let on_cpu = *device == cpu;
    let twin = golden::network(&config(compares), &cpu).map_err(failed)?;
    let network = if on_cpu {
        twin.clone()
    } else {
        golden::network(&config(compares), device).map_err(failed)?
    };
    #[cfg(feature = "gpu")]
    if crate::kernels::by_shader(device) {
        // First, since what suits the device is what has to be tested.
        super::measure_speed(device).await?;
        compile(&network, device, |done| tell(COMPILED * done)).await?;
    }
    tell(COMPILED);
    let found = answer(&network, twin.heads(), device).await?;
    #[cfg(all(feature = "faults", feature = "gpu", target_arch = "wasm32"))]
    let found = Answer {
        logits: super::faults::falsified(found.logits),
        ..found
    };
    let expected = if on_cpu {
        found.clone()
    } else {
        answer(&twin, twin.heads(), &cpu).await?
    };
    let difference = found.difference(&expected);
    // Written so that a NaN is a difference.
    let agrees = difference <= TOLERANCE;
    if !agrees {
        return Err(DeviceError::Disagrees { difference });
    }
    let timing = Timing::of(&network, SHAPE, found.seconds, device).await;
    Ok(SelfTest {
        max_difference: difference,
        timing: timing.map_err(failed)?,
    })
}

/// Compiles what `network` runs.
#[cfg(feature = "gpu")]
pub(super) async fn compile(
    network: &MtsUnet,
    device: &Device,
    mut tell: impl FnMut(f32),
) -> Result<(), DeviceError> {
    let tell = |done| {
        tell(done);
        Ok(())
    };
    let prepared = super::prepare(network, SHAPE, device, tell).await;
    prepared.map_err(failed)?;
    Ok(())
}

/// What the small network says.
#[derive(Clone)]
pub(super) struct Answer {
    /// `[class, voxel]`.
    pub(super) logits: Vec<f32>,
    /// All heads' logits.
    pub(super) heads: Vec<f32>,
    /// Wall seconds of the segmentation.
    pub(super) seconds: f64,
}

impl Answer {
    /// The largest difference of their numbers, see [`max_difference`].
    pub(super) fn difference(&self, other: &Self) -> f32 {
        let all = |answer: &Self| [&answer.logits[..], &answer.heads[..]].concat();
        max_difference(&all(self), &all(other))
    }
}

/// Runs `network` and, on the CPU, its `heads`.
///
/// # Errors
/// If the device fails.
pub(super) async fn answer(
    network: &MtsUnet,
    heads: &Heads,
    device: &Device,
) -> Result<Answer, DeviceError> {
    let x = golden::input(4, SHAPE, device);
    let start = Instant::now();
    let mut pass = network.backbone().pass(x.clone()).map_err(failed)?;
    let mut latest = x.clone();
    while let Some((_, made)) = pass.step() {
        latest = made;
    }
    computed(latest).await.map_err(failed)?;
    let seconds = start.elapsed().as_secs_f64();
    let answers = network.finish_apart(x, pass, Mismatch::Seen, heads).await;
    let answers = answers.map_err(failed)?;
    let mut of_heads = Vec::new();
    for head in answers.heads {
        of_heads.extend(read(head.logits).await?);
    }
    Ok(Answer {
        logits: read(answers.logits).await?,
        heads: of_heads,
        seconds,
    })
}

pub(super) fn failed(error: ModelError) -> DeviceError {
    DeviceError::Failed(error.to_string())
}

pub(super) fn config(compares: bool) -> MtsUnetConfig {
    let head = |task, classes| HeadConfig {
        task,
        input: if compares {
            HeadInput::Dsf
        } else {
            HeadInput::Tafe
        },
        classes,
    };
    let heads = vec![head(Task::Idh, 2), head(Task::Grade, 3)];
    // Multi-scale: it looks at all hidden states.
    MtsUnetConfig::new(SwinUnetrConfig::new(12))
        .with_tafe(TafeVariant::Multiscale)
        .with_heads(heads)
}

async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, DeviceError> {
    let data = tensor
        .into_data_async()
        .await
        .map_err(|error| DeviceError::Failed(format!("{error:?}")))?;
    data.try_to_vec::<f32>()
        .map_err(|error| DeviceError::Failed(format!("{error:?}")))
}

/// Not a number as soon as one of the numbers is none, or some are missing.
fn max_difference(found: &[f32], expected: &[f32]) -> f32 {
    if found.len() != expected.len() {
        return f32::NAN;
    }
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    // `f32::max` would drop what is not a number.
    differences.fold(0.0, |most, difference| {
        match difference.is_nan() || most.is_nan() {
            true => f32::NAN,
            false => most.max(difference),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_none_is_a_difference() {
        assert!(max_difference(&[0.0, f32::NAN, 0.0], &[0.0; 3]).is_nan());
        assert!(max_difference(&[0.0; 2], &[0.0; 3]).is_nan());
        assert_eq!(max_difference(&[1.0, -2.0, 0.5], &[1.0, 1.0, 0.0]), 3.0);
    }
}
