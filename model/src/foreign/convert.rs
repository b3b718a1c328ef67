//! From a checkpoint to what a bundle is written of.

use imaging::Sequence;

use super::architecture::{check, describe, detect};
use super::{Checkpoint, ForeignError, Kind, Merging, Order, Told, Trial, names};
use crate::bundle::{self, Card, Manifest, Storage, sha256};
use crate::network::MtsUnetConfig;

/// What the person says of the result.
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
    /// How its neighbours are merged, where that is known.
    pub merging: Option<Merging>,
    /// Everything but the weights.
    pub manifest: Manifest,
    /// MONAI's name, torch's shape, values in C order; the input channels in this project's order. In
    /// order of name.
    pub tensors: Vec<(String, Vec<usize>, Vec<f32>)>,
}

impl Conversion {
    /// The orders of merging that it may have.
    pub fn mergings(&self) -> impl Iterator<Item = Merging> {
        let known = self.merging;
        let is_possible = move |merging: &Merging| known.is_none_or(|known| known == *merging);
        Merging::ALL.into_iter().filter(is_possible)
    }

    /// Takes the order of merging that is known, or else the one that `trial` decides for, and writes what
    /// came of it into the card.
    ///
    /// # Errors
    /// If it is not known, and the trial does not decide.
    pub fn settle(&mut self, trial: &Trial) -> Result<(), ForeignError> {
        let merging = self.merging.or_else(|| trial.decides());
        let Some(merging) = merging else {
            return Err(ForeignError::MergingNeeded(trial.clone()));
        };
        self.merging = Some(merging);
        self.manifest.network.backbone.merging = merging;
        let card = &mut self.manifest.card;
        let words = trial.words();
        card.summary = format!(
            "{} Patch merging is {merging} ({}). {words}",
            card.summary,
            merging.title()
        );
        if !trial.tried.is_empty() && !trial.found() {
            card.failure_modes
                .push("It found nothing of a tumour that is known.".into());
        }
        Ok(())
    }

    /// The bundle's bytes.
    ///
    /// # Errors
    /// If it is not known how neighbours are merged, see [`Self::settle`]; if a weight is no number or too
    /// large for `storage`, or the person's words do not fit.
    pub fn write(self, storage: Storage) -> Result<Vec<u8>, ForeignError> {
        match self.merging {
            Some(_) => Ok(bundle::write(self.manifest, self.tensors, storage)?),
            None => Err(ForeignError::MergingNeeded(Trial::default())),
        }
    }
}

/// Converts the checkpoint in `file`. Where nobody told its kind, that is told from the depths if only one
/// has them; it is never guessed, since another order of the sequences would go unnoticed.
///
/// # Errors
/// If the file cannot be read, holds another network, lacks or has too many tensors; or if something is
/// still to be told, or was told that the kind settles otherwise.
pub fn convert(file: &[u8], told: &Told, words: &Words) -> Result<Conversion, ForeignError> {
    let tensors = names::monai(Checkpoint::read(file)?.tensors)?;
    let mut network = detect(&tensors)?;
    let depths = network.backbone.depths;
    let kind = told.kind.or_else(|| Kind::told_by(depths));
    let kind = kind.ok_or(ForeignError::KindNeeded { depths })?;
    let order = order(kind, told.channels)?;
    let merging = merging(kind, told.merging)?;
    if let Some(merging) = merging {
        network.backbone.merging = merging;
    }
    let backbone = &network.backbone;
    for (side, found, expected) in [
        ("input", backbone.in_channels, order.len()),
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
            values = reordered(&values, tensor.shape()[0], order);
        }
        converted.push((name, tensor.shape().to_vec(), values));
    }
    Ok(Conversion {
        kind,
        merging,
        manifest: manifest(kind, order, network, &sha256(file), words),
        tensors: converted,
    })
}

/// In which order the sequences go in: as the kind has it, or as was told.
fn order(kind: Kind, told: Option<Order>) -> Result<[Sequence; 4], ForeignError> {
    match (kind.channels(), told.map(<[Sequence; 4]>::from)) {
        (Some(settled), Some(told)) if settled != told => Err(ForeignError::Settled {
            kind,
            settled: format!("the order {}", list(settled)),
            told: list(told),
        }),
        (Some(order), _) | (None, Some(order)) => Ok(order),
        (None, None) => Err(ForeignError::OrderNeeded),
    }
}

/// How neighbours are merged: as the kind has it, or as was told, or unknown.
fn merging(kind: Kind, told: Option<Merging>) -> Result<Option<Merging>, ForeignError> {
    match (kind.merging(), told) {
        (Some(settled), Some(told)) if settled != told => Err(ForeignError::Settled {
            kind,
            settled: format!("the merging {settled}"),
            told: told.to_string(),
        }),
        (settled, told) => Ok(settled.or(told)),
    }
}

fn list(order: [Sequence; 4]) -> String {
    order.map(|sequence| sequence.to_string()).join(", ")
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

fn manifest(
    kind: Kind,
    order: [Sequence; 4],
    network: MtsUnetConfig,
    digest: &str,
    words: &Words,
) -> Manifest {
    let order = list(order);
    let summary = format!(
        "Converted from a checkpoint of {}: {}, the backbone alone, so it segments and has no heads. Its \
         input order ({order}) was brought into this program's; its outputs are tumour core, whole tumour and enhancing tumour. SHA-256 of the checkpoint: {digest}.",
        kind.title(),
        describe(&network.backbone)
    );
    let card = Card {
        trained: true,
        summary,
        licence: words.licence.clone().unwrap_or_else(|| "unknown".into()),
        failure_modes: vec![
            "Not known here: the weights come from others, and after converting them no more was measured than one \
             window.".into(),
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
