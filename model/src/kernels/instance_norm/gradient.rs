//! The gradients of the instance norm with its residual and rectifier.

#[cfg(feature = "gpu")]
mod gpu;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::DType;

use super::{InstanceNorm, statistics, sum, voxels};
use crate::kernels::{contiguous, parallel};

/// What a backend gives for the way back.
pub trait InstanceNormBack: InstanceNorm {
    /// The gradients of `x` and of the residual, from the input `x`, the `output` and its
    /// `gradient`. Where the output is negative the rectifier was; slopes are positive.
    fn norm_gradients(
        x: FloatTensor<Self>,
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        slope: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl InstanceNormBack for Flex {
    fn norm_gradients(
        x: FloatTensor<Self>,
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        slope: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (x, output, mut residual) = (contiguous(x), contiguous(output), contiguous(gradient));
        let shape = x.layout().shape().clone();
        let voxels = voxels(&shape);
        let mut made = FlexTensor::zeros(shape, DType::F32);
        let channels = made
            .storage_mut::<f32>()
            .chunks_mut(voxels)
            .zip(residual.storage_mut::<f32>().chunks_mut(voxels))
            .zip(x.storage::<f32>().chunks(voxels))
            .zip(output.storage::<f32>().chunks(voxels));
        parallel::map(channels.collect(), |(((made, residual), x), output)| {
            for (gradient, &output) in residual.iter_mut().zip(output) {
                *gradient *= if output < 0.0 { slope } else { 1.0 };
            }
            channel(made, residual, x);
        });
        (made, residual)
    }
}

/// dx = f·(g − mean(g) − x̂·mean(g·x̂)), with f one by the standard deviation and x̂ the normalised x.
fn channel(made: &mut [f32], gradient: &[f32], x: &[f32]) {
    let (mean, factor) = statistics(x);
    let count = x.len() as f64;
    for ((made, &value), &gradient) in made.iter_mut().zip(x).zip(gradient) {
        *made = (value - mean) * factor * gradient;
    }
    let along = (sum(made, |value| value) / count) as f32;
    let level = (sum(gradient, |value| value) / count) as f32;
    for ((made, &value), &gradient) in made.iter_mut().zip(x).zip(gradient) {
        *made = factor * (gradient - level - (value - mean) * factor * along);
    }
}

/// Input, output and slope.
type State<B> = (FloatTensor<B>, FloatTensor<B>, f32);

#[derive(Debug)]
struct Norm;

impl<B: InstanceNormBack> Backward<B, 1> for Norm {
    type State = State<B>;

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (x, output, slope) = ops.state;
        if let [Some(node)] = ops.parents {
            let (made, _) = B::norm_gradients(x, output, gradient, slope);
            gradients.register::<B>(node.id, made);
        }
    }
}

#[derive(Debug)]
struct NormOnto;

impl<B: InstanceNormBack> Backward<B, 2> for NormOnto {
    type State = State<B>;

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (x, output, slope) = ops.state;
        let (made, residual) = B::norm_gradients(x, output, gradient, slope);
        for (node, gradient) in ops.parents.into_iter().zip([residual, made]) {
            if let Some(node) = node {
                gradients.register::<B>(node.id, gradient);
            }
        }
    }
}

impl<B: InstanceNormBack, C: CheckpointStrategy> InstanceNorm for Autodiff<B, C> {
    fn instance_norm(x: FloatTensor<Self>, slope: f32) -> FloatTensor<Self> {
        let operation = Norm.prepare::<C>([x.node()]);
        let x = x.into_primitive();
        match operation.compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let output = B::instance_norm(x.clone(), slope);
                prep.finish((x, output.clone(), slope), output)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::instance_norm(x, slope)),
        }
    }

    fn instance_norm_onto(
        residual: FloatTensor<Self>,
        x: FloatTensor<Self>,
        slope: f32,
    ) -> FloatTensor<Self> {
        let operation = NormOnto.prepare::<C>([residual.node(), x.node()]);
        let (residual, x) = (residual.into_primitive(), x.into_primitive());
        match operation.compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let output = B::instance_norm_onto(residual, x.clone(), slope);
                prep.finish((x, output.clone(), slope), output)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::instance_norm_onto(residual, x, slope)),
        }
    }
}
