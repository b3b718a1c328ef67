//! A small network on a device, against the CPU's answer to the same.
//!
//! Drivers miscompile shaders; a wrong segmentation looks like any other. So no device is trusted
//! before it has shown that it can compute.

use burn::tensor::{Device, Tensor};
use web_time::Instant;

use super::DeviceError;
use crate::golden;
use crate::network::Finest;
use crate::network::config::{HeadConfig, HeadInput, MtsUnetConfig, SwinUnetrConfig, Task};
use crate::plan::{Machine, Part, Plan};

/// The largest difference from the CPU that a device may have.
///
/// Two devices add in different orders, which costs about 1e-5 on these logits of order 1; a
/// broken kernel is wrong by 0.1 and more. 1e-3 lies well between, and is what the parity tests
/// allow a GPU.
pub const TOLERANCE: f32 = 1e-3;

/// Not a cube, so that exchanged axes show.
const SHAPE: [usize; 3] = [64, 32, 32];

/// A self-test that was passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfTest {
    /// The largest difference between the device's numbers and the CPU's.
    pub max_difference: f32,
    /// Wall seconds on the device, shader compilation included.
    pub seconds: f64,
}

/// Runs a network of feature size 12 with all heads on `device` and on the CPU, and compares
/// segmentation and heads. A GPU's speed is measured, too.
///
/// # Errors
/// If the device fails, or its answer is more than [`TOLERANCE`] away.
pub async fn self_test(device: &Device) -> Result<SelfTest, DeviceError> {
    // First, since what suits the device is what has to be tested.
    #[cfg(feature = "gpu")]
    if crate::kernels::by_shader(device) {
        super::measure_speed(device).await?;
    }
    let start = Instant::now();
    let found = answer(device).await?;
    let seconds = start.elapsed().as_secs_f64();
    #[cfg(all(feature = "faults", feature = "gpu", target_arch = "wasm32"))]
    let found = super::faults::falsified(found);
    let expected = answer(&Device::flex()).await?;
    let difference = max_difference(&found, &expected);
    if difference <= TOLERANCE {
        Ok(SelfTest {
            max_difference: difference,
            seconds,
        })
    } else {
        Err(DeviceError::Disagrees { difference })
    }
}

/// Wall seconds that one forward of each of `plans` should take on `device`: as many times what a small network
/// takes, shaders compiled, as the plan has more arithmetic and bytes to move than that one's.
///
/// # Errors
/// If the device fails.
pub async fn predicted_seconds<const N: usize>(
    device: &Device,
    plans: [&Plan; N],
) -> Result<[f64; N], DeviceError> {
    /// Of no machine more than that a number of f32 takes it as long to move as so many operations on it.
    const MACHINE: Machine = Machine::INTEGRATED;
    let failed = |error: crate::ModelError| DeviceError::Failed(error.to_string());
    let network = golden::network(&config(), device).map_err(failed)?;
    let input = golden::input(4, SHAPE, device);
    let start = Instant::now();
    let logits = network.segment(input).map_err(failed)?;
    read(logits).await?;
    let seconds = start.elapsed().as_secs_f64();
    let small = Plan::new(&config(), SHAPE, 1, Finest::Whole, Part::Segmentation);
    let small = small.map_err(failed)?;
    Ok(plans.map(|plan| seconds * plan.seconds(&MACHINE) / small.seconds(&MACHINE)))
}

/// All logits of the small network.
async fn answer(device: &Device) -> Result<Vec<f32>, DeviceError> {
    let failed = |error: crate::ModelError| DeviceError::Failed(error.to_string());
    let network = golden::network(&config(), device).map_err(failed)?;
    let output = network
        .forward(golden::input(4, SHAPE, device))
        .map_err(failed)?;
    let mut numbers = read(output.logits).await?;
    for head in output.heads {
        numbers.extend(read(head.logits).await?);
    }
    Ok(numbers)
}

fn config() -> MtsUnetConfig {
    let head = |task, input, classes| HeadConfig {
        task,
        input,
        classes,
    };
    MtsUnetConfig::new(SwinUnetrConfig::new(12)).with_heads(vec![
        head(Task::Idh, HeadInput::Dsf, 2),
        head(Task::Codeletion1p19q, HeadInput::Dsf, 2),
        head(Task::Grade, HeadInput::Tafe, 3),
    ])
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
