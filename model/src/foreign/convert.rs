//! From a checkpoint to what a bundle is written of.

use imaging::Sequence;

use super::architecture::{check, describe, detect};
use super::{Checkpoint, ForeignError, Kind, names};
use crate::bundle::{self, BundleError, Card, Manifest, Storage, sha256};
use crate::network::MtsUnetConfig;

/// What the person says of the result; the checkpoint cannot.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// What the model is called; the kind's name without it.
    pub name: Option<String>,
    /// Licence of the weights.
    pub licence: Option<String>,
    /// Edge of the sliding window, in voxels; the kind's usual one without it.
    pub window: Option<usize>,
}

/// A converted checkpoint.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// Whose it is.
    pub kind: Kind,
    /// Everything but the weights.
    pub manifest: Manifest,
    /// MONAI's name, torch's shape, values in C order; the input channels in this project's order.
    pub tensors: Vec<(String, Vec<usize>, Vec<f32>)>,
}

impl Conversion {
    /// The bundle's bytes.
    ///
    /// # Errors
    /// If a weight is no number or too large for `storage`, or the person's words do not fit.
    pub fn write(self, storage: Storage) -> Result<Vec<u8>, BundleError> {
        bundle::write(self.manifest, self.tensors, storage)
    }
}

/// Converts the checkpoint in `file`. Without `kind`, the kind is told from the depths if only one has
/// them; it is never guessed, since another order of the sequences would go unnoticed.
///
/// # Errors
/// If the file cannot be read, holds another network, or lacks or has too many tensors.
pub fn convert(file: &[u8], kind: Option<Kind>, words: &Words) -> Result<Conversion, ForeignError> {
    let tensors = names::monai(Checkpoint::read(file)?.tensors)?;
    let network = detect(&tensors)?;
    let backbone = &network.backbone;
    let kind = kind.or_else(|| Kind::told_by(backbone.depths));
    let kind = kind.ok_or(ForeignError::KindNeeded {
        depths: backbone.depths,
    })?;
    for (side, found, expected) in [
        ("input", backbone.in_channels, kind.channels().len()),
        (
            "output",
            backbone.out_channels,
            network.segmentation.channels(),
        ),
    ] {
        if found != expected {
            return Err(ForeignError::Channels {
                side,
                found,
                expected,
                kind,
            });
        }
    }
    check(&network, &tensors)?;
    let mut converted = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        let mut values = tensor.values(&name)?;
        if takes_the_input(&name) {
            values = reordered(&values, tensor.shape()[0], kind.channels());
        }
        converted.push((name, tensor.shape().to_vec(), values));
    }
    Ok(Conversion {
        kind,
        manifest: manifest(kind, network, &sha256(file), words),
        tensors: converted,
    })
}

/// The kernels that see the sequences themselves.
fn takes_the_input(name: &str) -> bool {
    matches!(
        name,
        "swinViT.patch_embed.proj.weight"
            | "encoder1.layer.conv1.conv.weight"
            | "encoder1.layer.conv3.conv.weight"
    )
}

/// A kernel `[out, 4, …]` whose input channels are `order`, for input in this project's order.
fn reordered(kernel: &[f32], out: usize, order: [Sequence; 4]) -> Vec<f32> {
    let size = kernel.len() / (out * order.len()).max(1);
    let mut values = Vec::with_capacity(kernel.len());
    for filter in 0..out {
        for sequence in Sequence::ALL {
            // The kinds' orders have every sequence once.
            let from = order
                .iter()
                .position(|&s| s == sequence)
                .unwrap_or_default();
            let start = (filter * order.len() + from) * size;
            values.extend(&kernel[start..start + size]);
        }
    }
    values
}

fn manifest(kind: Kind, network: MtsUnetConfig, digest: &str, words: &Words) -> Manifest {
    let order = kind
        .channels()
        .map(|sequence| sequence.to_string())
        .join(", ");
    let summary = format!(
        "Converted from a checkpoint of {}: {}, the backbone alone, so it segments and has no heads. Its \
         input order ({order}) was brought into this program's; patch merging is MONAI's before 1.5; its \
         outputs are tumour core, whole tumour and enhancing tumour. SHA-256 of the checkpoint: {digest}.",
        kind.title(),
        describe(&network.backbone)
    );
    let card = Card {
        trained: true,
        summary,
        licence: words.licence.clone().unwrap_or_else(|| "unknown".into()),
        failure_modes: vec![
            "Not known here: the weights come from others, and nothing was measured after converting them.".into(),
        ],
        ..Card::default()
    };
    let name = words.name.as_deref().unwrap_or(kind.title());
    let mut manifest = Manifest::new(name, network, card);
    manifest.orientation = kind.orientation().into();
    manifest.window = [words.window.unwrap_or(kind.window()); 3];
    manifest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every order, so that a permutation taken the wrong way round cannot hide in one that is its own
    /// inverse.
    #[test]
    fn a_reordered_kernel_sees_each_sequence_as_before() {
        let all = Sequence::ALL;
        let mut orders = Vec::new();
        for places in 0..256_usize {
            let order = [0, 2, 4, 6].map(|shift| all[(places >> shift) & 3]);
            if all.iter().all(|sequence| order.contains(sequence)) {
                orders.push(order);
            }
        }
        assert_eq!(orders.len(), 24);
        let (out, size) = (3, 5);
        let kernel: Vec<f32> = (0..out * 4 * size).map(|i| (i * i % 89) as f32).collect();
        let voxel =
            |sequence: Sequence, place: usize| (sequence.channel() * 7 + place * place) as f32;
        let response = |kernel: &[f32], order: [Sequence; 4], filter: usize| -> f32 {
            let places = (0..4).flat_map(|channel| (0..size).map(move |place| (channel, place)));
            places
                .map(|(c, p)| kernel[(filter * 4 + c) * size + p] * voxel(order[c], p))
                .sum()
        };
        for order in orders {
            let ours = reordered(&kernel, out, order);
            for filter in 0..out {
                assert_eq!(
                    response(&ours, all, filter),
                    response(&kernel, order, filter),
                    "{order:?}"
                );
            }
        }
    }
}
