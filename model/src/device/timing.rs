//! How long a network will take on a device, by what the small one of the self-test took.

use burn::tensor::Device;
#[cfg(feature = "gpu")]
use burn::tensor::Tensor;
use web_time::Instant;

use super::{DeviceError, computed};
use crate::ModelError;
use crate::golden;
use crate::network::{Activations, Finest, MtsUnet, MtsUnetConfig};
use crate::plan::{Machine, Part, Plan};

/// Of no machine more than that a number of f32 takes it as long to move as so many operations on it.
const MACHINE: Machine = Machine::INTEGRATED;

/// A GPU that took longer for its first run is not asked to run again: what comes first is not much of it.
const SLOW_S: f64 = 1.0;

/// A GPU that is done sooner has spent the time on being told what to do, and is given more.
#[cfg(feature = "gpu")]
const FAST_S: f64 = 0.05;

/// What it is given then.
#[cfg(feature = "gpu")]
const MORE: [usize; 3] = [96; 3];

/// What a device took for a small network's segmentation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Edges of the window, in voxels.
    pub window: [usize; 3],
    /// Wall seconds.
    pub seconds: f64,
    /// Of these, each launch's for being launched: nothing on the CPU.
    pub launch_s: f64,
}

impl Timing {
    /// Times the segmentation of `network`, whose first run on `device`, all of it compiled before, took `first_s`. A
    /// browser takes up to twice as long for the first run, since it has not yet optimised what launches the kernels,
    /// or on the CPU the kernels.
    pub(super) async fn of(
        network: &MtsUnet,
        window: [usize; 3],
        first_s: f64,
        device: &Device,
    ) -> Result<Self, ModelError> {
        #[cfg(feature = "gpu")]
        if crate::kernels::by_shader(device) {
            return Self::of_gpu(network, window, first_s, device).await;
        }
        let _ = first_s;
        Ok(Self {
            window,
            seconds: seconds(network, window, device).await?,
            launch_s: 0.0,
        })
    }

    /// The same of `network`, which stores its activations otherwise; its first run over a `window` took `first_s`.
    pub(super) async fn beside(
        self,
        network: &MtsUnet,
        (window, first_s): ([usize; 3], f64),
        device: &Device,
    ) -> Result<Self, ModelError> {
        let mut seconds = first_s;
        if self.window != window || first_s < SLOW_S {
            // As where it was timed itself, the second run counts.
            for _ in 0..2 {
                seconds = self::seconds(network, self.window, device).await?;
            }
        }
        Ok(Self { seconds, ..self })
    }

    #[cfg(feature = "gpu")]
    async fn of_gpu(
        network: &MtsUnet,
        window: [usize; 3],
        first_s: f64,
        device: &Device,
    ) -> Result<Self, ModelError> {
        let mut timing = Self {
            window,
            seconds: first_s,
            launch_s: launch_s(device).await?,
        };
        if timing.seconds < SLOW_S {
            timing.seconds = seconds(network, window, device).await?;
        }
        if timing.seconds < FAST_S {
            // The first run may have to make room.
            seconds(network, MORE, device).await?;
            timing.window = MORE;
            timing.seconds = seconds(network, MORE, device).await?;
        }
        Ok(timing)
    }

    /// Wall seconds that a forward by `plan` should take, if the small network that was timed is `timed`.
    fn predicts(&self, plan: &Plan, timed: &Plan) -> f64 {
        let launching = |plan: &Plan| self.launch_s * plan.launches.len() as f64;
        let computing = (self.seconds - launching(timed)).max(0.0);
        launching(plan) + computing * plan.seconds(&MACHINE) / timed.seconds(&MACHINE)
    }
}

/// Wall seconds that one forward of each of `plans` should take on `device`: so many times what the self-test's
/// network took as the plan has more arithmetic and bytes to move, and each launch's own. What the CPU does for the
/// heads is not in it: it does not go with the device's speed.
///
/// # Errors
/// As [`super::self_test`].
pub async fn predicted_seconds<const N: usize>(
    device: &Device,
    plans: [&Plan; N],
) -> Result<[f64; N], DeviceError> {
    let timing = super::self_test(device, false, |_| ()).await?.timing;
    let config = super::self_test::config(false);
    let timed = |activations| {
        let plan = plan(&config, timing.window, activations);
        plan.map_err(super::self_test::failed)
    };
    let full = timed(Activations::Full)?;
    let half = match super::half::tried(device).flatten() {
        Some(test) => Some((test.timing, timed(Activations::Half)?)),
        None => None,
    };
    Ok(plans.map(|plan| match (plan.activations, &half) {
        (Activations::Half, Some((timing, half))) => timing.predicts(plan, half),
        _ => timing.predicts(plan, &full),
    }))
}

fn plan(
    config: &MtsUnetConfig,
    window: [usize; 3],
    activations: Activations,
) -> Result<Plan, ModelError> {
    let whole = Finest::Whole;
    Plan::new(config, window, 1, whole, activations, Part::Segmentation)
}

async fn seconds(
    network: &MtsUnet,
    window: [usize; 3],
    device: &Device,
) -> Result<f64, ModelError> {
    let x = golden::input(4, window, device);
    let start = Instant::now();
    computed(network.segment(x)?).await?;
    Ok(start.elapsed().as_secs_f64())
}

/// Seconds for launching a kernel that has next to nothing to compute.
#[cfg(feature = "gpu")]
async fn launch_s(device: &Device) -> Result<f64, ModelError> {
    const NORMS: usize = 8;
    /// Of an instance norm.
    const LAUNCHES: usize = 3;
    let mut x: Tensor<5> = golden::input(12, [8; 3], device);
    computed(crate::kernels::instance_norm(x.clone(), 0.01)).await?;
    let start = Instant::now();
    for _ in 0..NORMS {
        x = crate::kernels::instance_norm(x, 0.01);
    }
    computed(x).await?;
    Ok(start.elapsed().as_secs_f64() / (NORMS * LAUNCHES) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::config::SwinUnetrConfig;

    #[test]
    fn launches_cost_the_same_in_every_network_and_computing_does_not() {
        let config = MtsUnetConfig::new(SwinUnetrConfig::new(12));
        let plan = |edge| plan(&config, [edge; 3], Activations::Full).unwrap();
        let (small, large) = (plan(64), plan(96));
        let launches = small.launches.len();
        assert_eq!(launches, large.launches.len());
        let timing = |seconds, launch_s| Timing {
            window: [64; 3],
            seconds,
            launch_s,
        };
        let more = large.seconds(&MACHINE) / small.seconds(&MACHINE);
        assert!((2.0..4.0).contains(&more));
        assert_eq!(timing(2.0, 0.0).predicts(&large, &small), 2.0 * more);
        let a_second = 1.0 / launches as f64;
        let found = timing(2.0, a_second).predicts(&large, &small);
        assert!((found - (1.0 + more)).abs() < 1e-9, "{found}");
        // One that did nothing but launch.
        assert_eq!(timing(0.5, a_second).predicts(&large, &small), 1.0);
    }
}
