//! How fast a GPU is, so that no dispatch keeps it busy for long.

use burn::tensor::{Device, Tensor, TensorData};
use web_time::Instant;

use super::{DeviceError, computed};
use crate::golden;
use crate::kernels::{conv3d, pace::Speed};

/// Channels in and out, as in the network of feature size 12.
const CHANNELS: usize = 12;

/// Half a thousand million operations: a sixth of a second on software.
const EDGES: [usize; 3] = [64, 32, 32];

/// Times a convolution on `device`, and has all kernels divide their work by it and do what suits it. The first of
/// two runs may have to compile.
///
/// # Errors
/// If the device fails.
pub async fn measure_speed(device: &Device) -> Result<Speed, DeviceError> {
    let [x, y, z] = EDGES;
    let input = golden::input(CHANNELS, EDGES, device);
    let weight = vec![0.01; CHANNELS * CHANNELS * 27];
    let weight = TensorData::new(weight, [CHANNELS, CHANNELS, 3, 3, 3]);
    let weight = Tensor::<5>::from_data(weight, device);
    let mut seconds = f64::INFINITY;
    for _ in 0..2 {
        let start = Instant::now();
        let output = conv3d(input.clone(), weight.clone(), 1, 1);
        let done = computed(output).await;
        done.map_err(|error| DeviceError::Failed(error.to_string()))?;
        seconds = start.elapsed().as_secs_f64().min(seconds);
    }
    let speed = Speed::of((2 * 27 * CHANNELS * CHANNELS * x * y * z) as u64, seconds);
    speed.keep();
    speed.suit();
    Ok(speed)
}
