//! Whether a GPU stores activations in f16: it has to answer nearly as the CPU does, and to be faster for it. That is
//! tried only for networks that it takes long for, since all programs have to be compiled once more.

use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::Device;

use super::self_test::{self, SHAPE, answer, failed};
use super::{DeviceError, Opened, Timing, predicted_seconds};
use crate::golden;
use crate::kernels::Activations;
use crate::network::MtsUnetConfig;
use crate::plan::Plan;

/// The largest difference from the CPU that f16 may make in the self-test's answers.
///
/// Rounding to f16 between layers costs 0.006 on these logits of order 1, as lavapipe computes it; a GPU may round as it
/// likes, which doubles it at most. A broken kernel is wrong by 0.1 and more.
pub const HALF_TOLERANCE: f32 = 2e-2;

/// The least part of the voxels that must have the CPU's class. Of this network, which has learnt nothing, 0.9993 have
/// it: its classes lie closer together than a trained one's.
const SAME_CLASS: f64 = 0.999;

/// f16 has to take so much of f32's time at most: for less it is not worth its digits.
const WORTH: f64 = 0.9;

/// A forward that takes less is over before f16 would have been tried.
const LONG_S: f64 = 0.1;

/// What the self-test's network did with its activations in f16.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HalfTest {
    /// The largest difference between its answers and the CPU's.
    pub max_difference: f32,
    /// The part of the voxels that have the CPU's class.
    pub same_class: f64,
    /// How long its segmentation took, over the window that f32 was timed with.
    pub timing: Timing,
}

impl HalfTest {
    /// What a device is to store that took `full_s` seconds with f32: f16 where that is right and faster.
    #[must_use]
    pub fn activations(&self, full_s: f64) -> Activations {
        let agrees = self.max_difference <= HALF_TOLERANCE && self.same_class >= SAME_CLASS;
        let pays = self.timing.seconds <= WORTH * full_s;
        match agrees && pays {
            true => Activations::Half,
            false => Activations::Full,
        }
    }
}

/// What was tried, and what came of it: nothing where it failed.
static TRIED: Mutex<Vec<(Device, Option<HalfTest>)>> = Mutex::new(Vec::new());

/// `opened`, which has passed its self-test, as it best reads windows by a network of `config`. `tell` hears the share
/// that is done, where there is anything to do.
///
/// # Errors
/// If the device fails in f32.
pub async fn storing_what_pays(
    opened: Opened,
    config: &MtsUnetConfig,
    window: [usize; 3],
    tell: impl FnMut(f32),
) -> Result<Opened, DeviceError> {
    if !can_store_half(&opened.device) {
        return Ok(opened);
    }
    // What does not fit in f32 may in f16.
    if let Ok(plan) = Plan::choose(config, window, opened.limits, Activations::Full) {
        let [seconds] = predicted_seconds(&opened.device, [&plan]).await?;
        if seconds < LONG_S {
            return Ok(opened);
        }
    }
    let full = super::self_test(&opened.device, false, |_| ())
        .await?
        .timing;
    let tried = half_test(&opened.device, tell).await?;
    let activations = tried.map(|test| test.activations(full.seconds));
    Ok(opened.storing(activations.unwrap_or_default()))
}

/// Runs the self-test's network on `device` with its activations in f16. Nothing where the device cannot store them, or
/// fails. Once: further calls give the same.
///
/// # Errors
/// If the device fails in f32.
pub async fn half_test(
    device: &Device,
    tell: impl FnMut(f32),
) -> Result<Option<HalfTest>, DeviceError> {
    if !can_store_half(device) {
        return Ok(None);
    }
    if let Some(test) = tried(device) {
        return Ok(test);
    }
    let timing = super::self_test(device, false, |_| ()).await?.timing;
    // What fails in f16 alone is left at f32.
    let test = first_half_test(device, timing, tell).await.ok();
    all_tried().push((device.clone(), test));
    Ok(test)
}

/// What came of it where it was tried already.
pub(super) fn tried(device: &Device) -> Option<Option<HalfTest>> {
    let all = all_tried();
    all.iter()
        .find(|(tried, _)| tried == device)
        .map(|(_, test)| *test)
}

fn all_tried() -> MutexGuard<'static, Vec<(Device, Option<HalfTest>)>> {
    TRIED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `full`: what f32 took.
async fn first_half_test(
    device: &Device,
    full: Timing,
    tell: impl FnMut(f32),
) -> Result<HalfTest, DeviceError> {
    let config = self_test::config(false);
    let cpu = Device::flex();
    let twin = golden::network(&config, &cpu).map_err(failed)?;
    let network = golden::network(&config, device).map_err(failed)?;
    let network = network.with_activations(Activations::Half);
    #[cfg(feature = "gpu")]
    self_test::compile(&network, device, tell).await?;
    #[cfg(not(feature = "gpu"))]
    drop(tell);
    let found = answer(&network, twin.heads(), device).await?;
    let expected = answer(&twin, twin.heads(), &cpu).await?;
    let timing = full.beside(&network, (SHAPE, found.seconds), device).await;
    let classes = found.logits.len() / SHAPE.iter().product::<usize>();
    Ok(HalfTest {
        max_difference: found.difference(&expected),
        same_class: same_class(&found.logits, &expected.logits, classes),
        timing: timing.map_err(failed)?,
    })
}

/// Whether shaders compute on `device`, and can read f16 there.
fn can_store_half(device: &Device) -> bool {
    #[cfg(feature = "gpu")]
    return crate::kernels::by_shader(device) && device.supports_dtype(burn::tensor::DType::F16);
    #[cfg(not(feature = "gpu"))]
    {
        let _ = device;
        false
    }
}

/// The part of the voxels whose likeliest of so many classes is the same in both logits `[class, voxel]`.
fn same_class(found: &[f32], expected: &[f32], classes: usize) -> f64 {
    let voxels = expected.len() / classes;
    let likeliest = |logits: &[f32], voxel: usize| {
        let logit = |class: &usize| logits[class * voxels + voxel];
        (0..classes).max_by(|a, b| logit(a).total_cmp(&logit(b)))
    };
    let same = (0..voxels).filter(|&v| likeliest(found, v) == likeliest(expected, v));
    same.count() as f64 / voxels as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f16_is_stored_where_it_is_right_and_faster() {
        let chosen = |max_difference, same_class, seconds| {
            let timing = Timing {
                window: [64; 3],
                seconds,
                launch_s: 0.0,
            };
            let test = HalfTest {
                max_difference,
                same_class,
                timing,
            };
            test.activations(2.0)
        };
        let little = 0.5 * HALF_TOLERANCE;
        assert_eq!(chosen(little, 0.9995, 1.2), Activations::Half);
        // Right, and hardly faster.
        for seconds in [1.9, f64::NAN] {
            assert_eq!(chosen(little, 0.9995, seconds), Activations::Full);
        }
        // Faster, and wrong.
        for (difference, same_class) in [(4.0 * little, 1.0), (f32::NAN, 1.0), (little, 0.998)] {
            let found = chosen(difference, same_class, 1.2);
            assert_eq!(found, Activations::Full, "{difference}, {same_class}");
        }
    }

    #[test]
    fn classes_are_compared_voxel_by_voxel() {
        // Two classes of three voxels; the last one's tie goes the other way.
        let expected = [1.0, 0.0, 0.5, 0.0, 1.0, 0.4];
        let found = [1.1, 0.1, 0.5, 0.0, 1.0, 0.6];
        assert_eq!(same_class(&expected, &expected, 2), 1.0);
        assert_eq!(same_class(&found, &expected, 2), 2.0 / 3.0);
    }
}
