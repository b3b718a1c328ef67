//! Where a kernel is tried, and how what it reads and leaves is stored there.

use burn::tensor::{DType, Device, Tensor, TensorData};
use half::f16;
use mts_unet::kernels::Activations;

/// By so much of itself a number may change when it is rounded to f16.
pub(crate) const ROUNDING: f32 = 1.0 / 2048.0;

/// A device and what it is given.
pub(crate) struct On {
    pub(crate) device: Device,
    pub(crate) activations: Activations,
}

impl On {
    /// The CPU, which takes f32 alone.
    pub(crate) fn cpu() -> Self {
        Self {
            device: Device::flex(),
            activations: Activations::Full,
        }
    }

    /// The machine's GPU with f32 and, where it can, with f16; nothing where there is none. What is missing is said.
    pub(crate) fn gpu() -> Vec<Self> {
        let Some(device) = crate::gpu() else {
            return Vec::new();
        };
        let mut all = vec![Activations::Full];
        match device.supports_dtype(DType::F16) {
            true => all.push(Activations::Half),
            false => println!("skipped, no f16"),
        }
        let on = |activations| Self {
            device: device.clone(),
            activations,
        };
        all.into_iter().map(on).collect()
    }

    /// The nearest numbers that can be stored.
    pub(crate) fn rounded(&self, values: Vec<f32>) -> Vec<f32> {
        let round = |value: f32| f16::from_f32(value).to_f32();
        match self.activations {
            Activations::Full => values,
            Activations::Half => values.into_iter().map(round).collect(),
        }
    }

    /// What a kernel is given, of numbers that can be stored.
    pub(crate) fn stored<const D: usize>(&self, values: &[f32], shape: [usize; D]) -> Tensor<D> {
        self.parameter(values, shape).cast(self.activations.dtype())
    }

    /// A weight, which is f32 whatever is stored.
    pub(crate) fn parameter<const D: usize>(&self, values: &[f32], shape: [usize; D]) -> Tensor<D> {
        Tensor::from_data(TensorData::new(values.to_vec(), shape), &self.device)
    }
}
