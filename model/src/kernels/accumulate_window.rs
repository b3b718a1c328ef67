//! Adding a window's weighted prediction to the running sum, in place.
//!
//! Out of Burn's own operations it would be a product, two slices, two sums and two assignments,
//! most of them writing a whole volume; here it touches the window's voxels once.
//!
//! Shader: `shaders/compute/accumulate_window.wgsl`.

#[cfg(feature = "gpu")]
pub(super) mod gpu;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::tensor::{DType, Tensor};

use super::contiguous;

/// The operation, on each backend's own tensors.
#[backend_extension(Cube: cfg(feature = "gpu"), Flex)]
pub trait AccumulateWindow: Backend {
    /// See [`accumulate_window()`].
    fn accumulate_window(
        sum: FloatTensor<Self>,
        weight_sum: FloatTensor<Self>,
        prediction: FloatTensor<Self>,
        importance: FloatTensor<Self>,
        start: [usize; 3],
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// Adds `prediction` × `importance` to `sum`, and `importance` to `weight_sum`, where the window
/// lies; gives both back.
///
/// `sum` is `[1, channel, X, Y, Z]`, `weight_sum` `[1, 1, X, Y, Z]`, `prediction`
/// `[1, channel, x, y, z]`, `importance` `[x, y, z]`; the window's first voxel is `start`.
/// Nothing is copied where nobody else holds `sum` and `weight_sum`.
///
/// # Panics
/// If the shapes do not fit together, the window leaves the volume, or a tensor is not f32.
#[must_use]
pub fn accumulate_window(
    sum: Tensor<5>,
    weight_sum: Tensor<5>,
    prediction: Tensor<5>,
    importance: Tensor<3>,
    start: [usize; 3],
) -> (Tensor<5>, Tensor<5>) {
    let [_, channels, volume @ ..] = sum.dims();
    let window = importance.dims();
    assert_eq!(weight_sum.dims(), [&[1, 1], &volume[..]].concat()[..]);
    assert_eq!(
        prediction.dims(),
        [&[1, channels], &window[..]].concat()[..]
    );
    assert!(
        (0..3).all(|axis| start[axis] + window[axis] <= volume[axis]),
        "the window leaves the volume"
    );
    // Shader indices are u32.
    assert!(
        sum.shape().num_elements() < 1 << 31,
        "the volume is too large for one buffer"
    );
    assert!(
        [sum.dtype(), prediction.dtype(), importance.dtype()]
            .iter()
            .all(|&dtype| dtype == DType::F32)
    );
    let (sum, weight_sum) = Dispatch::accumulate_window(
        sum.into_dispatch(),
        weight_sum.into_dispatch(),
        prediction.into_dispatch(),
        importance.into_dispatch(),
        start,
    );
    (
        Tensor::from_dispatch(sum),
        Tensor::from_dispatch(weight_sum),
    )
}

/// The same on plain slices, z fastest: the shader's oracle.
pub fn twin(
    (sum, weight_sum, volume): (&mut [f32], &mut [f32], [usize; 3]),
    (prediction, importance, window): (&[f32], &[f32], [usize; 3]),
    start: [usize; 3],
) {
    let channels = sum.len() / weight_sum.len();
    for x in 0..window[0] {
        for y in 0..window[1] {
            let to = ((start[0] + x) * volume[1] + start[1] + y) * volume[2] + start[2];
            let from = (x * window[1] + y) * window[2];
            for z in 0..window[2] {
                weight_sum[to + z] += importance[from + z];
                for c in 0..channels {
                    sum[c * weight_sum.len() + to + z] +=
                        importance[from + z] * prediction[c * importance.len() + from + z];
                }
            }
        }
    }
}

impl AccumulateWindow for Flex {
    fn accumulate_window(
        sum: FloatTensor<Self>,
        weight_sum: FloatTensor<Self>,
        prediction: FloatTensor<Self>,
        importance: FloatTensor<Self>,
        start: [usize; 3],
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let edges = |shape: &[usize]| [0, 1, 2].map(|axis| shape[shape.len() - 3 + axis]);
        let (volume, window) = (
            edges(sum.layout().shape()),
            edges(importance.layout().shape()),
        );
        let (mut sum, mut weight_sum) = (contiguous(sum), contiguous(weight_sum));
        let (prediction, importance) = (contiguous(prediction), contiguous(importance));
        // `storage_mut` copies what somebody else holds, too, and nothing otherwise.
        twin(
            (sum.storage_mut(), weight_sum.storage_mut(), volume),
            (prediction.storage(), importance.storage(), window),
            start,
        );
        (sum, weight_sum)
    }
}
