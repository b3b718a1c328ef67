//! Between a volume, x fastest in patient space, and a tensor, z fastest as MONAI has it. The only
//! place where that permutation happens.

use burn::tensor::{Device, Tensor, TensorData};
use imaging::{Grid, Volume};

use crate::ModelError;

/// Volumes on one grid as the channels of a tensor `[1, channel, x, y, z]`.
#[must_use]
pub fn to_tensor(volumes: &[Volume], device: &Device) -> Tensor<5> {
    let dims = volumes.first().map_or([0; 3], |volume| volume.grid.dims);
    let mut values = Vec::with_capacity(volumes.len() * dims.iter().product::<usize>());
    for volume in volumes {
        push_z_fastest(&volume.data, dims, &mut values);
    }
    Tensor::from_data(
        TensorData::new(values, [1, volumes.len(), dims[0], dims[1], dims[2]]),
        device,
    )
}

/// A mask's voxels in a tensor's order.
pub(crate) fn z_fastest<T: Copy>(data: &[T], dims: [usize; 3]) -> Vec<T> {
    let mut values = Vec::with_capacity(data.len());
    push_z_fastest(data, dims, &mut values);
    values
}

fn push_z_fastest<T: Copy>(data: &[T], [nx, ny, nz]: [usize; 3], values: &mut Vec<T>) {
    for x in 0..nx {
        for y in 0..ny {
            values.extend((0..nz).map(|z| data[x + nx * (y + ny * z)]));
        }
    }
}

/// The channels of a tensor `[1, channel, x, y, z]` as volumes on `grid`.
///
/// # Errors
/// If the device fails or the tensor has other edges than the grid.
pub async fn from_tensor(tensor: Tensor<5>, grid: &Grid) -> Result<Vec<Volume>, ModelError> {
    let dims = tensor.dims();
    let [nx, ny, nz] = grid.dims;
    if dims[2..] != grid.dims {
        let expected = format!("the grid has {nx} × {ny} × {nz} voxels");
        return Err(ModelError::InputShape {
            found: dims.to_vec(),
            expected,
        });
    }
    let data = tensor
        .into_data_async()
        .await
        .map_err(|e| ModelError::Device(format!("{e:?}")))?;
    let values = data
        .as_slice::<f32>()
        .map_err(|e| ModelError::Device(format!("{e:?}")))?;
    let channels = values.chunks_exact((nx * ny * nz).max(1)).map(|channel| {
        let mut volume = Volume::filled(*grid, 0.0);
        for (z, plane) in volume.data.chunks_exact_mut(nx * ny).enumerate() {
            for (place, value) in plane.iter_mut().enumerate() {
                let (x, y) = (place % nx, place / nx);
                *value = channel[(x * ny + y) * nz + z];
            }
        }
        volume
    });
    Ok(channels.collect())
}
