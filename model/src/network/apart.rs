//! The heads apart from their backbone: it computes on the device, they on the CPU.
//!
//! What the heads do is a hundred small steps over one window: for a GPU each of them is a program more to compile, and
//! hardly any work. The logits that they look at have to come to the CPU anyway. CMD alone, which begins with a large
//! convolution, stays where the backbone is.

use burn::tensor::{Device, Tensor};

use super::{HeadOutput, Heads, Mismatch, MtsUnet, Pass, gate};
use crate::ModelError;

/// What a forward with its heads apart gives, on the CPU.
#[derive(Clone, Debug)]
pub struct Answers {
    /// Segmentation logits `[batch, channel, x, y, z]`.
    pub logits: Tensor<5>,
    /// The answers, in the configuration's order.
    pub heads: Vec<HeadOutput>,
}

impl MtsUnet {
    /// As [`Self::finish_with`], by `heads` on the CPU, which are this network's own.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn finish_apart(
        &self,
        x: Tensor<5>,
        pass: Pass<'_>,
        mismatch: Mismatch,
        heads: &Heads,
    ) -> Result<Answers, ModelError> {
        let (hidden, logits) = pass.finish();
        let cmd = match mismatch {
            Mismatch::Seen => self.compare(&x, &logits),
            Mismatch::Unseen => None,
        };
        let logits = to_cpu(logits).await?;
        if heads.are_none() {
            let heads = Vec::new();
            return Ok(Answers { logits, heads });
        }
        let mut states = Vec::with_capacity(hidden.len());
        for state in hidden.into_iter().skip(1) {
            states.push(to_cpu(state).await?);
        }
        let features = match cmd {
            Some(cmd) => Some(to_cpu(cmd.features).await?),
            None => None,
        };
        let x = to_cpu(x).await?;
        let gate = gate::gate(logits.clone(), self.segmentation, self.min_gate);
        let pooled = heads.pool(&x, &states, &gate, &logits);
        let (_, heads) = heads.forward(pooled.as_ref(), features.as_ref());
        Ok(Answers { logits, heads })
    }
}

/// A tensor on the CPU, whatever it was on; a browser's GPU answers in its own time.
///
/// # Errors
/// If the device fails.
pub async fn to_cpu<const D: usize>(tensor: Tensor<D>) -> Result<Tensor<D>, ModelError> {
    let cpu = Device::flex();
    if tensor.device() == cpu {
        return Ok(tensor);
    }
    let data = tensor.into_data_async().await;
    let data = data.map_err(|e| ModelError::Device(format!("{e:?}")))?;
    Ok(Tensor::from_data(data, &cpu))
}
