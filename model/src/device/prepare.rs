//! Compiling what a network runs on a GPU before it runs.
//!
//! CubeCL compiles a program when it is first launched: in the middle of the first window, with nothing told.
//! Under its dry run a launch compiles and does no more, and the memory that it would need is only noted down. So
//! a forward under it, over a window of the bundle's own shape, compiles exactly the variants that the reading will
//! run, those of Burn's own operations too.

use burn::cubecl::dry_run::DryRun;
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};

use super::computed;
use crate::ModelError;
use crate::kernels::{accumulate_window, programs_compiled};
use crate::network::MtsUnet;

/// Compiles what `network` runs over one `window` on `device`: how many programs of ours that were. `tell` hears
/// the share that is done after every step, and stops the rest by an error.
///
/// Nothing else may use the GPU meanwhile.
///
/// # Errors
/// If the window does not suit the network, if the device fails, and the errors of `tell`.
pub async fn prepare(
    network: &MtsUnet,
    window: [usize; 3],
    device: &Device,
    mut tell: impl FnMut(f32) -> Result<(), ModelError>,
) -> Result<usize, ModelError> {
    /// Ten of the backbone, one of the heads.
    const STEPS: f32 = 11.0;
    let before = programs_compiled();
    network.visit(&mut Draw);
    let [x, y, z] = window;
    let input = Tensor::<5>::zeros([1, 4, x, y, z], device);
    let mut pass = network.backbone().pass(input.clone())?;
    let mut done = 0.0;
    loop {
        let step = {
            let _nothing_runs = DryRun::new();
            pass.step()
        };
        if step.is_none() {
            break;
        }
        compiled(device).await?;
        done += 1.0;
        tell(done / STEPS)?;
    }
    {
        let _nothing_runs = DryRun::new();
        let (_, logits) = pass.finish();
        drop(network.compare(&input, &logits));
        // What blends windows, where there are several.
        let weight = Tensor::zeros([1, 1, x, y, z], device);
        let importance = Tensor::zeros(window, device);
        let sum = logits.clone();
        drop(accumulate_window(sum, weight, logits, importance, [0; 3]));
    }
    compiled(device).await?;
    tell(1.0)?;
    Ok(programs_compiled() - before)
}

/// Draws parameters that nobody has set yet. Drawn in the dry run they would be whatever their memory held before,
/// for good.
struct Draw;

impl ModuleVisitor for Draw {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        drop(param.val());
    }
}

/// Waits until the device has taken what it was given: a browser compiles behind the page's back, and answers in
/// order.
async fn compiled(device: &Device) -> Result<(), ModelError> {
    computed(Tensor::<1>::from_floats([0.0], device)).await
}
