//! Running the windows of a plan over a volume, and blending what they predict.

use std::ops::{ControlFlow, Range};

use burn::tensor::{Device, Tensor, TensorData};

use super::{SlidingWindow, WindowPlan};
use crate::ModelError;
use crate::kernels::accumulate_window;

impl SlidingWindow {
    /// Predicts a whole volume `[1, channel, x, y, z]` window by window and blends the answers:
    /// `[1, class, x, y, z]`, the volume's own edges.
    ///
    /// `brain` has one entry per voxel of the volume, z fastest. A window with no brain in it is
    /// skipped; a voxel that no window reached gets `outside`, one value per class — for logits,
    /// those of certain background. `predict` maps a window `[1, channel, window]` to
    /// `[1, class, window]`. `on_window` hears how many of how many windows are done, first 0, and
    /// can stop the run.
    ///
    /// After each window it waits until the device has finished it, so that a GPU's queue stays
    /// short and the progress told is true. On the CPU in a browser that gives no time to the
    /// event loop: there, ending the worker is what cancels.
    ///
    /// # Errors
    /// Shapes that do not fit, the errors of `predict`, a device that fails, and
    /// [`ModelError::Cancelled`].
    pub async fn run(
        &self,
        volume: Tensor<5>,
        brain: Option<&[bool]>,
        outside: &[f32],
        mut predict: impl FnMut(Tensor<5>) -> Result<Tensor<5>, ModelError>,
        mut on_window: impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Tensor<5>, ModelError> {
        let [batch, channels, x, y, z] = volume.dims();
        let dims = [x, y, z];
        if batch != 1 || brain.is_some_and(|brain| brain.len() != x * y * z) {
            let found = [&[batch, channels], &dims[..]].concat();
            let expected = "one volume and a brain mask of the same edges are needed".into();
            return Err(ModelError::InputShape { found, expected });
        }
        let device = volume.device();
        let plan = self.plan(dims);
        let windows: Vec<_> = plan
            .positions
            .iter()
            .copied()
            .filter(|&at| brain.is_none_or(|brain| self.meets(&plan, at, brain, dims)))
            .collect();
        let complete = windows.len() == plan.positions.len();
        let volume = pad(volume, &plan);

        let mut tell = |done| match on_window(done, windows.len()) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ModelError::Cancelled),
        };
        let mut one = async |at: [usize; 3]| {
            let answer = predict(volume.clone().slice(self.ranges(at, channels)))?;
            self.check(&answer, outside.len())?;
            finished(&answer).await?;
            Ok::<_, ModelError>(answer)
        };

        tell(0)?;
        let blended = if complete && windows.len() == 1 {
            let answer = one([0; 3]).await?;
            tell(1)?;
            answer
        } else {
            let importance = TensorData::new(self.blending.importance(self.window), self.window);
            let importance = Tensor::<3>::from_data(importance, &device);
            let [x, y, z] = plan.padded;
            let mut sum = Tensor::zeros([1, outside.len(), x, y, z], &device);
            let mut weight = Tensor::zeros([1, 1, x, y, z], &device);
            for (done, &at) in windows.iter().enumerate() {
                let answer = one(at).await?;
                (sum, weight) = accumulate_window(sum, weight, answer, importance.clone(), at);
                tell(done + 1)?;
            }
            mean(sum, weight, (!complete).then_some(outside), &device)
        };
        let [x, y, z] = [0, 1, 2].map(|axis| plan.inner(axis));
        Ok(match plan.padding {
            [(0, 0), (0, 0), (0, 0)] => blended,
            _ => blended.slice([0..1, 0..outside.len(), x, y, z]),
        })
    }

    fn ranges(&self, at: [usize; 3], channels: usize) -> [Range<usize>; 5] {
        let [x, y, z] = [0, 1, 2].map(|axis| at[axis]..at[axis] + self.window[axis]);
        [0..1, 0..channels, x, y, z]
    }

    fn check(&self, answer: &Tensor<5>, classes: usize) -> Result<(), ModelError> {
        let [x, y, z] = self.window;
        let expected = [1, classes, x, y, z];
        if answer.dims() == expected {
            return Ok(());
        }
        let expected = format!("a window's prediction must be {expected:?}");
        Err(ModelError::InputShape {
            found: answer.dims().to_vec(),
            expected,
        })
    }

    /// Whether the window at `at` (in the padded volume) holds any brain.
    fn meets(&self, plan: &WindowPlan, at: [usize; 3], brain: &[bool], dims: [usize; 3]) -> bool {
        let [x, y, z] = [0, 1, 2].map(|axis| {
            let before = plan.padding[axis].0;
            let end = at[axis] + self.window[axis];
            at[axis].saturating_sub(before)..end.saturating_sub(before).min(dims[axis])
        });
        x.into_iter().any(|x| {
            y.clone().any(|y| {
                let row = (x * dims[1] + y) * dims[2];
                brain[row + z.start..row + z.end].contains(&true)
            })
        })
    }
}

/// The volume with the plan's zeros around it.
fn pad(volume: Tensor<5>, plan: &WindowPlan) -> Tensor<5> {
    let [batch, channels, ..] = volume.dims();
    let [x, y, z] = plan.padded;
    if volume.dims()[2..] == plan.padded {
        return volume;
    }
    let zeros = Tensor::zeros([batch, channels, x, y, z], &volume.device());
    let [x, y, z] = [0, 1, 2].map(|axis| plan.inner(axis));
    zeros.slice_assign([0..batch, 0..channels, x, y, z], volume)
}

/// Sum by weight; where the weight is 0, `outside`.
fn mean(sum: Tensor<5>, weight: Tensor<5>, outside: Option<&[f32]>, device: &Device) -> Tensor<5> {
    let Some(outside) = outside else {
        return sum / weight;
    };
    let shape = sum.dims();
    let unreached = weight.clone().equal_elem(0.0).expand(shape);
    let outside = TensorData::new(outside.to_vec(), [1, outside.len(), 1, 1, 1]);
    let outside = Tensor::<5>::from_data(outside, device).expand(shape);
    (sum / weight).mask_where(unreached, outside)
}

/// Waits until the device has computed `answer`, by reading one number of it.
async fn finished(answer: &Tensor<5>) -> Result<(), ModelError> {
    let one = answer.clone().slice([0..1, 0..1, 0..1, 0..1, 0..1]);
    one.into_data_async()
        .await
        .map_err(|error| ModelError::Device(format!("{error:?}")))?;
    Ok(())
}
