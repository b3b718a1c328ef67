//! A convolution that an instance norm follows: where shaders compute, the first of the norm's passes over the
//! volume is done by the time the convolution is.

#[cfg(feature = "gpu")]
use burn::tensor::Shape;
use burn::tensor::Tensor;

#[cfg(feature = "gpu")]
use super::{Taps, checked, fits, gpu::ConvolveMoments, output_shape, tile::moment_parts};
use super::{conv3d, conv3d_onto};

/// What a convolution gives to the instance norm.
#[derive(Clone, Debug)]
pub struct Convolved {
    /// `[batch, channel, x, y, z]`.
    pub volume: Tensor<5>,
    /// `[batch × channel, part, 4]`: how many of the channel's voxels a part has, their mean, the sum of their
    /// squared deviations from it, 0. Absent where the norm has to look for itself.
    pub moments: Option<Tensor<3>>,
}

impl From<Tensor<5>> for Convolved {
    /// A volume whose moments nobody has taken.
    fn from(volume: Tensor<5>) -> Self {
        Self {
            volume,
            moments: None,
        }
    }
}

/// [`conv3d`] for [`instance_norm_of`](crate::kernels::instance_norm_of).
///
/// # Panics
/// As [`conv3d`].
#[must_use]
pub fn conv3d_to_norm(
    x: Tensor<5>,
    weight: Tensor<5>,
    stride: usize,
    dilation: usize,
) -> Convolved {
    #[cfg(feature = "gpu")]
    if let Some((taps, _)) = leaves_moments(&x, &weight, stride, dilation) {
        return of(burn::backend::Dispatch::convolve_moments(
            x.into_dispatch(),
            weight.into_dispatch(),
            taps,
        ));
    }
    conv3d(x, weight, stride, dilation).into()
}

/// [`conv3d_onto`] for the norm; the moments are the sum's.
///
/// # Panics
/// As [`conv3d_onto`].
#[must_use]
pub fn conv3d_onto_to_norm(
    sum: Tensor<5>,
    x: Tensor<5>,
    weight: Tensor<5>,
    stride: usize,
    dilation: usize,
) -> Convolved {
    #[cfg(feature = "gpu")]
    if let Some((taps, output)) = leaves_moments(&x, &weight, stride, dilation) {
        assert_eq!(sum.shape(), output);
        assert!(fits(&sum));
        return of(burn::backend::Dispatch::convolve_moments_onto(
            sum.into_dispatch(),
            x.into_dispatch(),
            weight.into_dispatch(),
            taps,
        ));
    }
    conv3d_onto(sum, x, weight, stride, dilation).into()
}

#[cfg(feature = "gpu")]
fn of(
    (volume, moments): (burn::backend::DispatchTensor, burn::backend::DispatchTensor),
) -> Convolved {
    Convolved {
        volume: Tensor::from_dispatch(volume),
        moments: Some(Tensor::from_dispatch(moments)),
    }
}

/// Taps and output's shape of a convolution by shaders that leaves its moments; see [`moment_parts`].
#[cfg(feature = "gpu")]
fn leaves_moments(
    x: &Tensor<5>,
    weight: &Tensor<5>,
    stride: usize,
    dilation: usize,
) -> Option<(Taps, Shape)> {
    if !crate::kernels::by_shader(&x.device()) {
        return None;
    }
    let taps = checked(x, weight, stride, dilation);
    let output = output_shape(&x.shape(), &weight.shape(), taps);
    moment_parts(output[1], [output[2], output[3], output[4]], taps)?;
    Some((taps, output))
}

/// The moments of each channel of `x` `[channel, voxel]`, a channel in one part: `[count, mean, sum of squared
/// deviations from it, 0]`. The oracle of what the shader leaves, its parts joined.
#[must_use]
pub fn moments_twin(x: &[f32], voxels: usize) -> Vec<[f64; 4]> {
    let channels = x.chunks(voxels).map(|channel| {
        let values = channel.iter().map(|&value| f64::from(value));
        let mean = values.clone().sum::<f64>() / voxels as f64;
        let deviations = values.map(|value| (value - mean).powi(2)).sum();
        [voxels as f64, mean, deviations, 0.0]
    });
    channels.collect()
}
