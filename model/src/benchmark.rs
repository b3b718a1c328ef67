//! How long a device takes for the network and for the kernels that most of its time goes to: the page's
//! benchmark. How they stand beside Burn's own is `cargo xtask bench`'s to say.
//!
//! A probe's time is that of the computation alone: its inputs lie on the device, and one number of the
//! result is read back, which no device can answer before it is done. The first run, which compiles
//! shaders, is told apart.

use burn::tensor::{Device, Tensor, TensorData};
use web_time::Instant;

use crate::ModelError;
use crate::device::computed;
use crate::golden;
use crate::kernels::{self, Place, Windows, cost};
use crate::network::MtsUnetConfig;
use crate::network::config::SwinUnetrConfig;

/// Runs beyond the first, at most; the median counts.
const RUNS: usize = 5;

/// Where so many seconds have gone into the runs, no further one is begun.
const ENOUGH_S: f64 = 3.0;

/// Something to be timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// The product of two square matrices of this edge: what the device can do at best.
    MatrixProduct(usize),
    /// A 3³ convolution: channels in and out, edge of the volume.
    Convolution(usize, usize),
    /// Instance norm and rectifier: channels, edge of the volume.
    InstanceNorm(usize, usize),
    /// Window attention: windows of 7³ tokens, heads of four channels.
    WindowAttention(usize, usize),
    /// The network of this feature size on one window of this edge, segmentation alone.
    Forward(usize, usize),
}

/// Tokens of an attention window.
const TOKENS: usize = 343;

/// Channels of an attention head.
const HEAD: usize = 4;

impl Probe {
    /// What the page measures, quick ones first.
    pub const ALL: [Self; 6] = [
        Self::MatrixProduct(1024),
        Self::Convolution(12, 64),
        Self::Convolution(48, 32),
        Self::InstanceNorm(12, 64),
        Self::WindowAttention(64, 3),
        Self::Forward(12, 64),
    ];

    /// What a person reads.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::MatrixProduct(edge) => format!("Matrix product, {edge} × {edge}"),
            Self::Convolution(channels, edge) => {
                format!("Convolution 3³, {channels} channels, {edge}³")
            }
            Self::InstanceNorm(channels, edge) => {
                format!("Instance norm, {channels} channels, {edge}³")
            }
            Self::WindowAttention(windows, heads) => {
                format!("Window attention, {windows} windows, {heads} heads")
            }
            Self::Forward(feature_size, edge) => {
                format!("Whole network, feature size {feature_size}, {edge}³")
            }
        }
    }

    /// Floating-point operations, a multiplication and an addition counted apart; none where they are few
    /// for the bytes that move, or not counted.
    #[must_use]
    pub fn flop(self) -> Option<f64> {
        match self {
            Self::MatrixProduct(edge) => Some(cost::linear(edge, edge, edge) as f64),
            Self::Convolution(channels, edge) => {
                let outputs = channels * edge.pow(3);
                Some(cost::convolution(outputs, 27 * channels) as f64)
            }
            Self::WindowAttention(windows, heads) => {
                let scores = (windows * heads * TOKENS * TOKENS) as u64;
                Some(cost::attention_products(scores, HEAD) as f64)
            }
            Self::InstanceNorm(..) | Self::Forward(..) => None,
        }
    }

    /// Bytes that have to move where moving them is the work: each number once in and once out.
    #[must_use]
    pub fn bytes(self) -> Option<f64> {
        match self {
            Self::InstanceNorm(channels, edge) => {
                Some(2.0 * 4.0 * (channels * edge * edge * edge) as f64)
            }
            _ => None,
        }
    }
}

/// A probe's times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// The first run, shader compilation included.
    pub first_s: f64,
    /// The median of those after it.
    pub seconds: f64,
}

/// Times a probe on `device`.
///
/// # Errors
/// If the device fails.
pub async fn time(probe: Probe, device: &Device) -> Result<Timing, ModelError> {
    let run = prepare(probe, device)?;
    let first_s = seconds(&run).await?;
    let mut all = Vec::new();
    while all.len() < RUNS && all.iter().sum::<f64>() < ENOUGH_S {
        all.push(seconds(&run).await?);
    }
    all.sort_by(f64::total_cmp);
    Ok(Timing {
        first_s,
        seconds: all[all.len() / 2],
    })
}

type Run = Box<dyn Fn() -> Result<Tensor<1>, ModelError>>;

async fn seconds(run: &Run) -> Result<f64, ModelError> {
    let start = Instant::now();
    computed(run()?).await?;
    Ok(start.elapsed().as_secs_f64())
}

/// Puts the probe's inputs on the device.
fn prepare(probe: Probe, device: &Device) -> Result<Run, ModelError> {
    Ok(match probe {
        Probe::MatrixProduct(edge) => {
            let [a, b] = [0, 1].map(|stream| numbers([edge, edge], stream, device));
            Box::new(move || Ok(flat(a.clone().matmul(b.clone()))))
        }
        Probe::Convolution(channels, edge) => {
            let x = numbers([1, channels, edge, edge, edge], 0, device);
            let weight = numbers([channels, channels, 3, 3, 3], 1, device);
            Box::new(move || Ok(flat(kernels::conv3d(x.clone(), weight.clone(), 1, 1))))
        }
        Probe::InstanceNorm(channels, edge) => {
            let x = numbers([1, channels, edge, edge, edge], 0, device);
            Box::new(move || Ok(flat(kernels::instance_norm(x.clone(), 0.01))))
        }
        Probe::WindowAttention(count, heads) => {
            let tokens = count * TOKENS;
            let qkv = numbers([1, tokens, 3 * heads * HEAD], 0, device);
            let table = numbers([2 * TOKENS - 1, heads], 1, device);
            let places: Vec<Place> = (0..tokens)
                .map(|token| Place { token, region: 0 })
                .collect();
            let codes: Vec<u32> = (0..TOKENS as u32).collect();
            let windows = Windows::new(&places, &codes, TOKENS - 1, tokens, device);
            Box::new(move || {
                Ok(flat(kernels::window_attention(
                    qkv.clone(),
                    table.clone(),
                    &windows,
                )))
            })
        }
        Probe::Forward(feature_size, edge) => {
            let config = MtsUnetConfig::new(SwinUnetrConfig::new(feature_size));
            let network = golden::network(&config, device)?;
            let input = golden::input(4, [edge; 3], device);
            Box::new(move || Ok(flat(network.segment(input.clone())?)))
        }
    })
}

/// Numbers between -1 and 1, the same on every device.
fn numbers<const D: usize>(shape: [usize; D], stream: u64, device: &Device) -> Tensor<D> {
    let count = shape.iter().product::<usize>() as u64;
    let values: Vec<f32> = (0..count)
        .map(|i| golden::uniform(stream, i) as f32)
        .collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// A result as one row.
fn flat<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    let count = x.shape().num_elements();
    x.reshape([count])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_probe_runs_at_a_small_size() {
        let device = Device::flex();
        for probe in [
            Probe::MatrixProduct(32),
            Probe::Convolution(4, 8),
            Probe::InstanceNorm(4, 8),
            Probe::WindowAttention(1, 1),
            Probe::Forward(12, 64),
        ] {
            let timing = pollster::block_on(time(probe, &device)).expect("the CPU does not fail");
            assert!(timing.first_s > 0.0 && timing.seconds > 0.0, "{probe:?}");
            assert!(!probe.words().is_empty());
        }
    }

    #[test]
    fn operations_and_bytes_are_those_of_the_plain_loops() {
        // 27 taps of 12 channels into 12, each a multiplication and an addition.
        let loops = 2.0 * 27.0 * 12.0 * 12.0 * 262_144.0;
        assert_eq!(Probe::Convolution(12, 64).flop(), Some(loops));
        assert_eq!(Probe::MatrixProduct(10).flop(), Some(2000.0));
        assert_eq!(Probe::InstanceNorm(12, 64).bytes(), Some(25_165_824.0));
        let scores = 343.0 * 343.0;
        assert_eq!(Probe::WindowAttention(1, 1).flop(), Some(16.0 * scores));
    }
}
