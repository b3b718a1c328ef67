//! A network's answers against a golden file's.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};

use super::{Case, GoldenFile, Numbers};
use crate::ModelError;
use crate::network::{Finest, HeadOutput, MtsUnet, Output};

/// How far one tensor is from its numbers.
#[derive(Clone, Debug)]
pub struct Deviation {
    /// The tensor's name in the file.
    pub tensor: String,
    /// Largest absolute difference over the samples and the mean, deviation, minimum and maximum;
    /// infinite where the shape differs or the tensor is missing.
    pub largest: f64,
    /// How many samples were compared.
    pub samples: usize,
}

/// Runs `case` on `device`, the finest level as `finest` says, and compares every tensor that the file knows.
///
/// # Errors
/// If the network cannot be built or run.
pub async fn check_case(
    file: &GoldenFile,
    case: &Case,
    finest: Finest,
    device: &Device,
) -> Result<Vec<Deviation>, ModelError> {
    let network = file.network(case, finest, device)?;
    let input = file.input(case, device);
    let mut tensors = Tensors::default();
    if case.numbers.contains_key("hidden_raw[0]") {
        let raw = network.backbone().encoder().forward_raw(input.clone());
        tensors.levels("hidden_raw", raw).await?;
    }
    tensors.output(&network, input).await?;
    Ok(case
        .numbers
        .iter()
        .map(|(name, numbers)| tensors.deviation(name, numbers))
        .collect())
}

#[derive(Default)]
struct Tensors(BTreeMap<String, (Vec<usize>, Vec<f32>)>);

impl Tensors {
    async fn put<const D: usize>(
        &mut self,
        name: &str,
        tensor: Tensor<D>,
    ) -> Result<(), ModelError> {
        let shape = tensor.dims().to_vec();
        let data = tensor
            .into_data_async()
            .await
            .map_err(|e| ModelError::Device(e.to_string()))?;
        let values = data
            .try_to_vec::<f32>()
            .map_err(|e| ModelError::Device(format!("{e:?}")))?;
        self.0.insert(name.into(), (shape, values));
        Ok(())
    }

    async fn levels(&mut self, name: &str, states: Vec<Tensor<5>>) -> Result<(), ModelError> {
        for (i, state) in states.into_iter().enumerate() {
            self.put(&format!("{name}[{i}]"), state).await?;
        }
        Ok(())
    }

    async fn output(&mut self, network: &MtsUnet, input: Tensor<5>) -> Result<(), ModelError> {
        let Output {
            hidden,
            logits,
            gate,
            tafe,
            cmd,
            heads,
            pooled: _,
        } = network.forward(input)?;
        self.levels("hidden", hidden).await?;
        self.put("logits", logits).await?;
        self.put("gate", gate).await?;
        if let Some(tafe) = tafe {
            self.put("tafe_feat", tafe).await?;
        }
        if let Some(cmd) = cmd {
            self.put("cmd_feat", cmd.features).await?;
            self.put("spatial_att", cmd.spatial).await?;
            if let Some(channel) = cmd.channel {
                self.put("channel_att", channel).await?;
            }
        }
        if let Some(HeadOutput {
            tafe, cmd, logits, ..
        }) = heads.into_iter().next()
        {
            self.put("tafe_logits", tafe).await?;
            self.put("dsf_logits", logits).await?;
            if let Some(cmd) = cmd {
                self.put("cmd_logits", cmd).await?;
            }
        }
        Ok(())
    }

    fn deviation(&self, name: &str, numbers: &Numbers) -> Deviation {
        let largest = match self.0.get(name) {
            Some((shape, values)) if *shape == numbers.shape => largest(values, numbers),
            _ => f64::INFINITY,
        };
        Deviation {
            tensor: name.into(),
            largest,
            samples: numbers.samples.len(),
        }
    }
}

fn largest(values: &[f32], numbers: &Numbers) -> f64 {
    let n = values.len() as f64;
    let wide = || values.iter().map(|&v| f64::from(v));
    let mean = wide().sum::<f64>() / n;
    let std = (wide().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    let (min, max) = wide().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| {
        (lo.min(v), hi.max(v))
    });
    let statistics = [
        mean - numbers.mean,
        std - numbers.std,
        min - numbers.min,
        max - numbers.max,
    ];
    let samples = numbers.samples.iter().map(|(index, expected)| {
        let found = index.parse().ok().and_then(|i: usize| values.get(i));
        found.map_or(f64::INFINITY, |&found| f64::from(found) - expected)
    });
    // A NaN must not hide behind a maximum.
    statistics
        .into_iter()
        .chain(samples)
        .fold(0.0, |worst, difference| {
            if difference.is_nan() {
                f64::INFINITY
            } else {
                f64::max(worst, difference.abs())
            }
        })
}
