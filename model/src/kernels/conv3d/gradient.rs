//! The gradients of the convolution.

#[cfg(feature = "gpu")]
pub(in crate::kernels) mod gpu;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::ops::{FloatTensorOps, ModuleOps};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Shape, TensorData};

use super::{Convolve, Taps, by_rows, cpu, pointwise, rows_onto};
use crate::kernels::contiguous;

/// What a backend gives for the way back.
pub trait ConvolveBack: Convolve {
    /// The gradient of `x`, from the output's.
    fn input_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        taps: Taps,
    ) -> FloatTensor<Self>;

    /// The gradient of `weight`, from the output's.
    fn weight_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        taps: Taps,
    ) -> FloatTensor<Self>;
}

fn options(taps: Taps) -> ConvOptions<3> {
    ConvOptions::new([taps.stride; 3], [taps.padding(); 3], [taps.dilation; 3], 1)
}

impl ConvolveBack for Flex {
    fn input_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        taps: Taps,
    ) -> FloatTensor<Self> {
        if is_pointwise(taps) {
            let (out, channels) = (weight.layout().shape()[0], weight.layout().shape()[1]);
            let weight = Self::float_reshape(weight, Shape::new([out, channels]));
            let weight = Self::float_swap_dims(weight, 0, 1);
            let weight = Self::float_reshape(weight, Shape::new([channels, out, 1, 1, 1]));
            return pointwise(gradient, weight);
        }
        if by_rows(&x, taps) {
            let weight = contiguous(weight);
            let (out, channels) = (weight.layout().shape()[0], weight.layout().shape()[1]);
            let mirrored = TensorData::new(
                cpu::mirrored(weight.storage(), out),
                [channels, out, taps.edge, taps.edge, taps.edge],
            );
            let zeros = FlexTensor::zeros(x.layout().shape().clone(), DType::F32);
            return rows_onto(zeros, gradient, FlexTensor::from_data(mirrored));
        }
        Self::conv3d_x_backward(x, weight, gradient, options(taps))
    }

    fn weight_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        taps: Taps,
    ) -> FloatTensor<Self> {
        let shape = weight.layout().shape().clone();
        if is_pointwise(taps) {
            let flat = |tensor: FlexTensor| {
                let [batch, channels, dx, dy, dz] =
                    [0, 1, 2, 3, 4].map(|axis| tensor.layout().shape()[axis]);
                Self::float_reshape(tensor, Shape::new([batch, channels, dx * dy * dz]))
            };
            let x = Self::float_swap_dims(flat(x), 1, 2);
            let samples = Self::float_matmul(flat(gradient), x);
            return Self::float_reshape(Self::float_sum_dim(samples, 0), shape);
        }
        if by_rows(&x, taps) {
            let (x, gradient) = (contiguous(x), contiguous(gradient));
            let dims = [0, 1, 2, 3, 4].map(|axis| x.layout().shape()[axis]);
            let values = cpu::weight_gradient((x.storage(), dims), (gradient.storage(), shape[0]));
            return FlexTensor::from_data(TensorData::new(values, shape));
        }
        Self::conv3d_weight_backward(x, weight, gradient, options(taps))
    }
}

fn is_pointwise(taps: Taps) -> bool {
    taps.edge == 1 && taps.stride == 1
}

/// What the way back needs of the way there.
type State<B> = (FloatTensor<B>, FloatTensor<B>, Taps);

#[derive(Debug)]
struct Convolution;

impl<B: ConvolveBack> Backward<B, 2> for Convolution {
    type State = State<B>;

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let [x, weight] = ops.parents;
        back::<B>(
            ops.state,
            gradient,
            [x.map(|n| n.id), weight.map(|n| n.id)],
            gradients,
        );
    }
}

#[derive(Debug)]
struct ConvolutionOnto;

impl<B: ConvolveBack> Backward<B, 3> for ConvolutionOnto {
    type State = State<B>;

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let [sum, x, weight] = ops.parents;
        if let Some(sum) = sum {
            gradients.register::<B>(sum.id, gradient.clone());
        }
        back::<B>(
            ops.state,
            gradient,
            [x.map(|n| n.id), weight.map(|n| n.id)],
            gradients,
        );
    }
}

fn back<B: ConvolveBack>(
    (x, weight, taps): State<B>,
    gradient: FloatTensor<B>,
    [to_x, to_weight]: [Option<burn::backend::autodiff::NodeId>; 2],
    gradients: &mut Gradients,
) {
    if let Some(id) = to_weight {
        let made = B::weight_gradient(x.clone(), weight.clone(), gradient.clone(), taps);
        gradients.register::<B>(id, made);
    }
    if let Some(id) = to_x {
        gradients.register::<B>(id, B::input_gradient(x, weight, gradient, taps));
    }
}

impl<B: ConvolveBack, C: CheckpointStrategy> Convolve for Autodiff<B, C> {
    fn convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>, taps: Taps) -> FloatTensor<Self> {
        let operation = Convolution.prepare::<C>([x.node(), weight.node()]);
        let (x, weight) = (x.into_primitive(), weight.into_primitive());
        match operation.compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let output = B::convolve(x.clone(), weight.clone(), taps);
                prep.finish((x, weight, taps), output)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::convolve(x, weight, taps)),
        }
    }

    fn convolve_onto(
        sum: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        taps: Taps,
    ) -> FloatTensor<Self> {
        let operation = ConvolutionOnto.prepare::<C>([sum.node(), x.node(), weight.node()]);
        let sum = sum.into_primitive();
        let (x, weight) = (x.into_primitive(), weight.into_primitive());
        match operation.compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let output = B::convolve_onto(sum, x.clone(), weight.clone(), taps);
                prep.finish((x, weight, taps), output)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::convolve_onto(sum, x, weight, taps)),
        }
    }
}
