//! Networks whose weights follow a rule instead of a file, and MONAI's numbers for them.
//!
//! A golden file holds the answers that MONAI computed from such weights: hidden states, logits and
//! heads, as statistics and samples. The same rule makes the untrained bundle and the self-test's
//! network.

mod compare;
mod file;
mod untrained;

use burn::tensor::{Device, Tensor, TensorData};

use crate::ModelError;
use crate::network::{Finest, MtsUnet, MtsUnetConfig};
use crate::parameters::{self, ParameterSource};

pub use compare::{Deviation, check_case};
pub use file::{Case, GoldenFile, Numbers};
pub use untrained::untrained;

/// The input's stream where no file says otherwise.
const INPUT_STREAM: u64 = 100_000;
/// The first stream of the heads' parameters where no file says otherwise.
const HEAD_STREAM: u64 = 200_000;

/// u(stream, i): a uniform value in −1..1.
#[must_use]
pub fn uniform(stream: u64, index: u64) -> f64 {
    let mut z = (stream << 32)
        .wrapping_add(index)
        .wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    2.0 * ((z >> 11) as f64 * 2.0_f64.powi(-53)) - 1.0
}

/// How the rule scales a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Weight,
    Bias,
    NormWeight,
    BiasTable,
}

impl Kind {
    fn of(name: &str, shape: &[usize]) -> Self {
        match shape.len() {
            1 if name.contains("norm") && name.ends_with("weight") => Self::NormWeight,
            1 => Self::Bias,
            _ if name.ends_with("relative_position_bias_table") => Self::BiasTable,
            _ => Self::Weight,
        }
    }

    fn values(self, stream: u64, shape: &[usize]) -> Vec<f32> {
        let fan: usize = shape.iter().skip(1).product();
        let value = |u: f64| match self {
            Self::Weight => (3.0 / fan as f64).sqrt() * u,
            Self::Bias => 0.1 * u,
            Self::NormWeight => 1.0 + 0.1 * u,
            Self::BiasTable => 0.5 * u,
        };
        (0..shape.iter().product::<usize>() as u64)
            .map(|i| value(uniform(stream, i)) as f32)
            .collect()
    }
}

/// The rule as a source of parameters, asked in state-dict order.
struct Rule<'a> {
    offset: u64,
    backbone: u64,
    heads: u64,
    /// The head parameters' streams by name, where a file fixes them.
    file: Option<&'a GoldenFile>,
}

impl ParameterSource for Rule<'_> {
    fn parameter(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let kind = Kind::of(name, shape);
        if !name.starts_with("heads.") {
            self.backbone += 1;
            return Ok(kind.values(self.offset + self.backbone, shape));
        }
        if name.ends_with(".absent") {
            return Ok(vec![0.0; shape.iter().product()]);
        }
        let stream = match self.file {
            Some(file) => file.head_stream(name, shape)?,
            None => {
                self.heads += 1;
                HEAD_STREAM + self.heads - 1
            }
        };
        Ok(kind.values(stream, shape))
    }
}

/// A network of this configuration with the rule's weights.
///
/// # Errors
/// If the configuration makes no network.
pub fn network(config: &MtsUnetConfig, device: &Device) -> Result<MtsUnet, ModelError> {
    parameters::fill(
        config.init(device)?,
        &mut Rule {
            offset: 0,
            backbone: 0,
            heads: 0,
            file: None,
        },
    )
}

/// The rule's input `[1, channels, x, y, z]`.
#[must_use]
pub fn input(channels: usize, shape: [usize; 3], device: &Device) -> Tensor<5> {
    input_of(INPUT_STREAM, channels, shape, device)
}

fn input_of(stream: u64, channels: usize, shape: [usize; 3], device: &Device) -> Tensor<5> {
    let len = channels * shape.iter().product::<usize>();
    let values: Vec<f32> = (0..len as u64).map(|i| uniform(stream, i) as f32).collect();
    Tensor::from_data(
        TensorData::new(values, [1, channels, shape[0], shape[1], shape[2]]),
        device,
    )
}

impl GoldenFile {
    /// The network of this file with the merging order of `case`, its finest level computed so.
    ///
    /// # Errors
    /// If the configuration makes no network, or the file does not know one of its parameters.
    pub fn network(
        &self,
        case: &Case,
        finest: Finest,
        device: &Device,
    ) -> Result<MtsUnet, ModelError> {
        let mut rule = Rule {
            offset: self.stream_offset,
            backbone: 0,
            heads: 0,
            file: Some(self),
        };
        let network = parameters::fill(self.config(case)?.init(device)?, &mut rule)?;
        Ok(network.with_finest(finest))
    }

    /// The input of `case`.
    #[must_use]
    pub fn input(&self, case: &Case, device: &Device) -> Tensor<5> {
        input_of(self.input_stream, self.net.in_channels, case.shape, device)
    }
}
