//! Softmax over the channels of a volume on the CPU, in place and on all cores. Burn's own turns the volume round so that
//! channels lie side by side, and back.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::tensor::{Tensor, activation};
use pulp::{Simd, WithSimd};

use super::{contiguous, exp::exp, on_the_cpu, parallel, parts_of_channels, vectors};

/// Voxels that one thread takes at a time.
const PART: usize = 1 << 12;

/// The operation, on the CPU alone.
#[backend_extension(Flex)]
pub trait ChannelSoftmax: Backend {
    /// See [`channel_softmax()`].
    fn channel_softmax_in_place(logits: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// e^logit of each channel of `logits` `[batch, channel, x, y, z]` by the sum over all of them; by Burn's own operation
/// where they are not on the CPU or a gradient is asked for.
#[must_use]
pub fn channel_softmax(logits: Tensor<5>) -> Tensor<5> {
    if on_the_cpu(&logits.device()) {
        return Tensor::from_dispatch(Dispatch::channel_softmax_in_place(logits.into_dispatch()));
    }
    activation::softmax(logits, 1)
}

impl ChannelSoftmax for Flex {
    fn channel_softmax_in_place(logits: FloatTensor<Self>) -> FloatTensor<Self> {
        let mut logits = contiguous(logits);
        let shape = logits.layout().shape();
        let (channels, voxels) = (shape[1], shape[2] * shape[3] * shape[4]);
        // Copies where somebody else holds it, too.
        let storage: &mut [f32] = logits.storage_mut();
        let samples = storage.chunks_mut(channels * voxels);
        let parts = samples.flat_map(|sample| parts_of_channels(sample, voxels, PART));
        parallel::map(parts.collect(), |part| vectors::dispatch(Part(part)));
        logits
    }
}

/// Some voxels' values, by channel.
struct Part<'a>(Vec<&'a mut [f32]>);

impl WithSimd for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        let mut most = [f32::NEG_INFINITY; PART];
        for channel in &self.0 {
            for (most, &value) in most.iter_mut().zip(&**channel) {
                *most = if value > *most { value } else { *most };
            }
        }
        let mut sums = [0.0_f32; PART];
        for channel in &mut self.0 {
            for ((value, most), sum) in channel.iter_mut().zip(&most).zip(&mut sums) {
                *value = exp(*value - most);
                *sum += *value;
            }
        }
        for channel in &mut self.0 {
            for (value, sum) in channel.iter_mut().zip(&sums) {
                *value /= sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::channel_softmax;
    use burn::tensor::{Device, Tensor, TensorData, activation};

    #[test]
    fn it_is_burns() {
        let device = Device::flex();
        // More than a part, and a rest.
        let shape = [2, 3, 19, 17, 29];
        let count: usize = shape.iter().product();
        let mut values: Vec<f32> = (0..count)
            .map(|i| (i * 37 % 1009) as f32 / 50.0 - 10.0)
            .collect();
        values[5] = 300.0;
        values[count - 1] = f32::NAN;
        let x = Tensor::<5>::from_data(TensorData::new(values, shape), &device);
        let numbers = |x: Tensor<5>| x.into_data().try_to_vec::<f32>().unwrap();
        let expected = numbers(activation::softmax(x.clone(), 1));
        let found = numbers(channel_softmax(x));
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let close = (found - expected).abs() < 1e-6 || found.is_nan() && expected.is_nan();
            assert!(close, "{at}: {found} instead of {expected}");
        }
        assert!(found[count - 1].is_nan() && found[5] == 1.0);
    }
}
