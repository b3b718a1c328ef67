//! The labelled cases, and what the network leaves of each for the heads.

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use mts_unet::ModelError;
use mts_unet::bundle::{Bundle, Manifest};
use mts_unet::cohort::{self, CaseRow};
use mts_unet::intake::Intake;
use mts_unet::network::{MtsUnet, MtsUnetConfig};
use mts_unet::parameters;
use mts_unet::training::Example;
use mts_unet::training::heads::{Labelled, Seen, outlined, see as seen, window};

use crate::train::cases::{case, phantoms};
use crate::{Failure, file_failure};

/// Where T2 stands in an example.
const T2: usize = 3;

/// A labelled row of the manifest, and its fold.
pub(super) struct Dealt {
    pub(super) row: CaseRow,
    pub(super) fold: usize,
}

/// Rows with any label. Folds are of all rows, as training and evaluation deal them.
pub(super) fn deal(rows: Vec<CaseRow>, folds: usize) -> Vec<Dealt> {
    let folds = cohort::folds(&rows, folds);
    let dealt = rows.into_iter().zip(folds);
    dealt
        .map(|(row, fold)| Dealt { row, fold })
        .filter(|dealt| Labelled::labels(&dealt.row).iter().any(Option::is_some))
        .collect()
}

/// A network that looks at cases.
pub(super) struct Onlooker {
    network: MtsUnet,
    sha256: String,
}

impl Onlooker {
    /// The bundle's backbone below untrained heads.
    pub(super) fn new(backbone: &Bundle, config: &MtsUnetConfig) -> Result<Self, Failure> {
        Ok(Self {
            network: network(backbone, config)?,
            sha256: backbone.manifest().tensors_sha256.clone(),
        })
    }
}

fn network(backbone: &Bundle, config: &MtsUnetConfig) -> Result<MtsUnet, Failure> {
    let weights = backbone.weights()?;
    let mut source = |name: &str, shape: &[usize]| match weights.get(name) {
        _ if name.starts_with("heads.") => Ok(vec![0.0; shape.iter().product()]),
        Some((_, values)) => Ok(values.clone()),
        None => Err(ModelError::MissingTensor {
            name: name.into(),
            expected: shape.to_vec(),
        }),
    };
    Ok(parameters::fill(
        config.init(&Device::flex())?,
        &mut source,
    )?)
}

/// Every row's case as the heads see it; rows whose case cannot be prepared are said and left out. Of
/// several onlookers each looks at the fold in whose place it stands; windows and grid are `bundle`'s.
pub(super) fn see(
    onlookers: &[Onlooker],
    bundle: &Bundle,
    dealt: Vec<Dealt>,
    cache: &Path,
) -> Result<(Vec<Dealt>, Vec<Labelled>), Failure> {
    fs::create_dir_all(cache).map_err(|error| file_failure("create", &error, cache))?;
    let manifest = bundle.manifest();
    let intake = intake(manifest)?;
    let (mut kept, mut labelled) = (Vec::new(), Vec::new());
    let count = dealt.len();
    for (place, dealt) in dealt.into_iter().enumerate() {
        let row = &dealt.row;
        let Some(example) = case(row, intake, cache)? else {
            continue;
        };
        let onlooker = match onlookers {
            [one] => one,
            several => &several[dealt.fold],
        };
        let look = Look {
            onlooker,
            manifest,
            cache,
        };
        let place = format!("{:>4}/{count}", place + 1);
        labelled.push(Labelled {
            patient: row.patient.clone(),
            labels: Labelled::labels(row),
            ..look.at(&row.case, &example, &place)?
        });
        kept.push(dealt);
    }
    Ok((kept, labelled))
}

/// So many synthetic patients as the heads see them: none that a recipe trains a segmentation on, which
/// would know them.
pub(super) fn synthetic(
    onlooker: &Onlooker,
    bundle: &Bundle,
    count: usize,
    cache: &Path,
) -> Result<Vec<Labelled>, Failure> {
    let manifest = bundle.manifest();
    let look = Look {
        onlooker,
        manifest,
        cache,
    };
    const FIRST_SEED: u64 = 1 << 32;
    let seeds = FIRST_SEED..FIRST_SEED + count as u64;
    let examples = phantoms(seeds, intake(manifest)?, cache)?;
    let examples = examples.iter().enumerate();
    examples
        .map(|(place, example)| {
            let place = format!("{:>4}/{count}", place + 1);
            look.at(&example.name, example, &place)
        })
        .collect()
}

/// How scans become what the bundle's network sees.
fn intake(manifest: &Manifest) -> Result<Intake, Failure> {
    manifest.intake().ok_or_else(|| Failure {
        what: format!("voxels of {:?} mm are no cubes", manifest.spacing_mm),
        mend: "Give a bundle that `mts train` made.".into(),
        code: 1,
    })
}

/// A network that looks at cases, and where what it sees is kept.
struct Look<'a> {
    onlooker: &'a Onlooker,
    manifest: &'a Manifest,
    cache: &'a Path,
}

impl Look<'_> {
    /// A case without labels, named for its patient.
    fn at(&self, name: &str, example: &Example, place: &str) -> Result<Labelled, Failure> {
        let manifest = self.manifest;
        let [x, y, z] = manifest.window;
        let sha256 = &self.onlooker.sha256;
        let file = format!("{name}-seen-{sha256:.12}-{x}x{y}x{z}.json");
        let path = self.cache.join(file);
        let seen = match read(&path) {
            Some(seen) => seen,
            None => {
                let seen = forward(&self.onlooker.network, manifest, example)?;
                let json = serde_json::to_string(&seen).unwrap_or_default();
                fs::write(&path, json).map_err(|error| file_failure("write", &error, &path))?;
                println!("{place}  {name}");
                seen
            }
        };
        let order = manifest.channels.map(|sequence| sequence as usize);
        let window = window(example, manifest.window, order, &Device::flex());
        Ok(Labelled {
            patient: name.to_owned(),
            labels: [None; 3],
            seen,
            outline: Some(outlined(example, &window)?),
            has: order.map(|channel| example.channels[channel].is_some()),
        })
    }
}

/// The case with all its sequences, and once more without its T2 where it has one: most labelled cases
/// have none, and nothing that T2 alone brings may tell a head which hospital a case is from.
fn forward(
    network: &MtsUnet,
    manifest: &Manifest,
    example: &Example,
) -> Result<Vec<Seen>, Failure> {
    let order = manifest.channels.map(|sequence| sequence as usize);
    let of = |example: &Example| {
        let window = window(example, manifest.window, order, &Device::flex());
        seen(network, window)
    };
    let mut all = vec![of(example)?];
    if example.channels[T2].is_some() {
        let mut without = example.clone();
        without.channels[T2] = None;
        all.push(of(&without)?);
    }
    Ok(all)
}

/// What an earlier run has kept, if it is of this network.
fn read(path: &Path) -> Option<Vec<Seen>> {
    let text = fs::read_to_string(path).ok()?;
    let all: Vec<Seen> = serde_json::from_str(&text).ok()?;
    let measures = mts_unet::network::sited::MEASURES;
    let fits = |seen: &Seen| {
        seen.measures.len() == measures && !seen.levels.is_empty() && !seen.unweighted.is_empty()
    };
    (!all.is_empty() && all.iter().all(fits)).then_some(all)
}
