//! `mts average`: one bundle of several that went on from the same weights.

use std::collections::BTreeMap;
use std::path::PathBuf;

use mts_unet::bundle::{Card, Dice, Manifest};
use mts_unet::report::Measured;
use mts_unet::training::Weights;

use crate::{Failure, save, scan};

/// Average the weights of bundles that were trained on from one another or from the same start. What the
/// bundle says of itself is the first one's, without what was measured: `mts heads` and `mts card` follow. Heads
/// that are not of one kind in all of them stay the first one's, and so does what was measured of those.
///
/// Between a network and what further training made of it the loss is often lower than at either end
/// (Wortsman et al., 2022); between networks of different origin it is not.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The bundles, two or more
    #[arg(required = true, num_args = 2.., value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,
    /// How much each counts, in their order; alike where left out
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    parts: Vec<f32>,
    /// The bundle to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let shares = shares(&arguments.parts, arguments.bundles.len())?;
    let first = scan::bundle(&arguments.bundles[0])?;
    let mut others = Vec::new();
    for (path, &share) in arguments.bundles.iter().zip(&shares).skip(1) {
        let bundle = scan::bundle(path)?;
        if !reads_alike(bundle.manifest(), first.manifest()) {
            return Err(Failure {
                what: format!(
                    "another network, grid or normalisation than the first bundle's: {}",
                    path.display()
                ),
                mend: "Give bundles that were trained on from the same weights.".into(),
                code: 1,
            });
        }
        others.push((bundle, share));
    }
    let network = &first.manifest().network;
    let heads_alike = others
        .iter()
        .all(|(bundle, _)| bundle.manifest().network == *network);
    let is_averaged = |name: &str| heads_alike || !name.starts_with("heads.");
    let mut mean = first.weights()?;
    for (name, (_, values)) in &mut mean {
        let share = if is_averaged(name) { shares[0] } else { 1.0 };
        values.iter_mut().for_each(|value| *value *= share);
    }
    for (bundle, share) in others {
        let mut weights = bundle.weights()?;
        weights.retain(|name, _| is_averaged(name));
        add(&mut mean, &weights, share);
    }
    let mut manifest = first.manifest().clone();
    manifest.card = Card {
        dice: Dice::default(),
        dice_by_cohort: BTreeMap::new(),
        auc: if heads_alike {
            Measured::default()
        } else {
            manifest.card.auc
        },
        ..manifest.card
    };
    save::bundle(manifest, mean, &arguments.out)?;
    println!("{}", arguments.out.display());
    Ok(())
}

/// What each of so many bundles counts, one in all.
fn shares(parts: &[f32], count: usize) -> Result<Vec<f32>, Failure> {
    let parts = if parts.is_empty() {
        vec![1.0; count]
    } else {
        parts.to_vec()
    };
    let all: f32 = parts.iter().sum();
    if parts.len() != count
        || !parts.iter().all(|part| *part >= 0.0 && part.is_finite())
        || all <= 0.0
    {
        return Err(Failure {
            what: format!("--parts {parts:?} for {count} bundles"),
            mend: "Give one part a bundle, none below 0, such as --parts 0.7,0.3.".into(),
            code: 2,
        });
    }
    Ok(parts.into_iter().map(|part| part / all).collect())
}

/// Whether two bundles' segmentations mean the same: of the same network, for the same input.
fn reads_alike(a: &Manifest, b: &Manifest) -> bool {
    let network = |m: &Manifest| (m.network.backbone.clone(), m.network.segmentation);
    let grid = |m: &Manifest| (m.intake(), m.channels, m.orientation.clone());
    network(a) == network(b) && grid(a) == grid(b) && a.spacing_mm == b.spacing_mm
}

/// Adds `share` of each of `weights` to the sum of the same name, where there is one.
fn add(sum: &mut Weights, weights: &Weights, share: f32) {
    for (name, (_, sum)) in sum {
        let values = weights.get(name).into_iter().flat_map(|(_, values)| values);
        for (sum, value) in sum.iter_mut().zip(values) {
            *sum += share * value;
        }
    }
}

#[cfg(test)]
mod tests {
    use mts_unet::network::MtsUnetConfig;
    use mts_unet::network::config::{Merging, SwinUnetrConfig, TafeVariant};

    use super::*;

    #[test]
    fn parts_become_shares_of_one_and_odd_ones_are_refused() {
        assert_eq!(shares(&[], 2).ok().unwrap(), [0.5, 0.5]);
        assert_eq!(shares(&[3.0, 1.0], 2).ok().unwrap(), [0.75, 0.25]);
        for parts in [
            &[1.0, 1.0, 1.0][..],
            &[-1.0, 2.0],
            &[0.0, 0.0],
            &[f32::NAN, 1.0],
            &[f32::INFINITY, 1.0],
        ] {
            assert!(shares(parts, 2).is_err(), "{parts:?}");
        }
    }

    #[test]
    fn another_grid_or_order_of_sequences_reads_otherwise() {
        let backbone = SwinUnetrConfig::new(12).with_merging(Merging::V2);
        let one = Manifest::new("one", MtsUnetConfig::new(backbone), Card::default());
        assert!(reads_alike(&one, &one.clone()));
        let mut coarse = one.clone();
        coarse.spacing_mm = [2.0; 3];
        let mut turned = one.clone();
        turned.channels.swap(0, 3);
        assert!(!reads_alike(&one, &coarse) && !reads_alike(&one, &turned));
        // Heads are no part of it.
        let mut headless = one.clone();
        headless.network.tafe = TafeVariant::Sited;
        assert!(reads_alike(&one, &headless));
    }

    #[test]
    fn a_share_is_added_to_the_tensor_of_the_same_name() {
        let weights = |a: [f32; 2], b: [f32; 1]| {
            Weights::from([
                ("a".into(), (vec![2], a.to_vec())),
                ("b".into(), (vec![1], b.to_vec())),
            ])
        };
        let mut sum = weights([1.0, 2.0], [3.0]);
        add(&mut sum, &weights([10.0, 20.0], [40.0]), 0.5);
        assert_eq!(sum, weights([6.0, 12.0], [23.0]));
        let mut more = weights([1.0, 1.0], [1.0]);
        more.remove("a");
        add(&mut sum, &more, 2.0);
        assert_eq!(sum, weights([6.0, 12.0], [25.0]));
    }
}
