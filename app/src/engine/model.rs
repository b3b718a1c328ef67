//! A file that the person added as a model: a bundle is checked, a foreign checkpoint made into one.

use mts_unet::bundle::{Bundle, BundleError, Source, Storage};
use mts_unet::foreign::{self, Conversion, ForeignError, KnownTumour, Words};
use mts_unet::network::config::Task;

use crate::protocol::{ModelId, ModelSummary, Told, Trial};
use crate::user_error::UserError;

/// Edge of a converted network's sliding window, in voxels. MONAI's recipe has 128, for which a tab has
/// not the memory at the published sizes.
const WINDOW: usize = 96;

/// The largest number that f16 holds.
const F16_MAX: f32 = 65504.0;

/// What a file turned out to be.
#[derive(Debug)]
pub enum Found {
    /// A bundle.
    Bundle(ModelSummary),
    /// A checkpoint, converted but not yet tried; see [`finish`].
    Checkpoint(Box<Conversion>),
    /// A checkpoint that does not say in which order the sequences go in.
    KindNeeded,
}

/// What became of a file.
#[derive(Debug)]
pub enum Opened {
    /// A bundle.
    Bundle(ModelSummary),
    /// A checkpoint, and the bundle that was made of it.
    Converted(ModelSummary, Vec<u8>),
    /// As [`Found::KindNeeded`].
    KindNeeded,
    /// A checkpoint that does not say how its network merges neighbours, and what it found under each order.
    MergingNeeded(Trial),
}

/// Opens a file. `name` is for the error's last words.
///
/// # Errors
/// If it is neither a bundle nor a checkpoint that can be converted, with the mend.
pub fn open(id: ModelId, file: impl Source, name: &str, told: &Told) -> Result<Found, UserError> {
    // By its name, so that a damaged bundle is spoken of as one.
    if name.to_lowercase().ends_with(".mts.safetensors") {
        return Ok(Found::Bundle(check(id, file, name)?));
    }
    let file = file.part(0..file.length()).into_owned();
    let words = Words {
        name: None,
        licence: Some("as stated by its owner".into()),
        window: Some(WINDOW),
    };
    match foreign::convert(&file, told, &words) {
        Ok(conversion) => Ok(Found::Checkpoint(Box::new(conversion))),
        Err(ForeignError::AlreadyBundle) => Ok(Found::Bundle(check(id, file, name)?)),
        Err(ForeignError::KindNeeded { .. } | ForeignError::OrderNeeded) => Ok(Found::KindNeeded),
        Err(error) => Err(refusal(&error, error.mend(), name)),
    }
}

/// Tries a converted checkpoint on a tumour that is known, `known` being the file with its window, and makes
/// the bundle of it. Where the order of merging is still open, the person is to choose one.
///
/// # Errors
/// If a weight is no number.
pub async fn finish(
    id: ModelId,
    mut conversion: Conversion,
    known: Option<&[u8]>,
    name: &str,
) -> Result<Opened, UserError> {
    let trial = match known.map(KnownTumour::read) {
        // A trial that fails is none, and the card says that there was none.
        Some(Ok(known)) => conversion.try_on(&known).await.unwrap_or_default(),
        _ => Trial::default(),
    };
    if conversion.merging.is_none() {
        return Ok(Opened::MergingNeeded(trial));
    }
    let settled = conversion.settle(&trial);
    settled.map_err(|error| refusal(&error, error.mend(), name))?;
    let size = conversion.manifest.network.backbone.feature_size;
    conversion.manifest.name = format!("{}, feature size {size}", conversion.kind.title());
    let storage = storage(&conversion);
    let file = conversion.write(storage);
    let file = file.map_err(|error| refusal(&error, "Choose another checkpoint.", name))?;
    let bundle = read(file, name)?;
    let summary = ModelSummary {
        trial: Some(trial),
        ..summary(id, &bundle)
    };
    Ok(Opened::Converted(summary, bundle.into_file()))
}

/// What a bundle's bytes say of it.
///
/// # Errors
/// If it is damaged or unfitting.
pub fn check(id: ModelId, file: impl Source, name: &str) -> Result<ModelSummary, UserError> {
    Ok(summary(id, &read(file, name)?))
}

fn read<S: Source>(file: S, name: &str) -> Result<Bundle<S>, UserError> {
    Bundle::read(file).map_err(|error| refusal(&error, mend(&error), name))
}

fn summary(id: ModelId, bundle: &Bundle<impl Source>) -> ModelSummary {
    let (identity, manifest) = (bundle.identity(), bundle.manifest());
    let backbone = &manifest.network.backbone;
    let depths = backbone.depths.map(|depth| depth.to_string()).join("-");
    let window = manifest.window.map(|edge| edge.to_string()).join(" × ");
    let predicts = manifest.network.heads.iter().map(|head| match head.task {
        Task::Idh => "IDH".to_owned(),
        Task::Codeletion1p19q => "1p/19q".to_owned(),
        Task::Grade => "WHO grade".to_owned(),
    });
    ModelSummary {
        id,
        name: identity.name,
        licence: identity.licence,
        trained: identity.trained,
        about: manifest.card.summary.clone(),
        predicts: predicts.collect(),
        network: format!(
            "feature size {}, depths {depths}, windows of {window}",
            backbone.feature_size
        ),
        bytes: bundle.bytes() as u64,
        sha256: identity.sha256,
        trial: None,
    }
}

/// Half of the bytes, where every weight can be written so.
fn storage(conversion: &Conversion) -> Storage {
    let mut values = conversion.tensors.iter().flat_map(|(_, _, values)| values);
    match values.any(|value| value.abs() > F16_MAX) {
        true => Storage::F32,
        false => Storage::F16,
    }
}

fn mend(error: &BundleError) -> &'static str {
    match error {
        BundleError::Truncated { .. }
        | BundleError::TrailingBytes { .. }
        | BundleError::ManifestAltered { .. }
        | BundleError::TensorsAltered { .. } => "Copy or download the bundle again.",
        BundleError::Version { .. } | BundleError::UnknownField(_) => {
            "It is for another version of this page. Choose a bundle that was made for this one."
        }
        _ => "Choose a bundle that `mts` wrote, or the checkpoint itself.",
    }
}

/// What the person reads when a model cannot be used.
fn refusal(error: &impl std::fmt::Display, mend: &str, name: &str) -> UserError {
    UserError::new(format!("This model cannot be used: {error}: {name}"), mend).with("model", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &[u8] = include_bytes!("../../../www/models/demo.mts.safetensors");

    #[test]
    fn a_bundle_is_known_whatever_it_is_called() {
        for name in ["demo.mts.safetensors", "weights.safetensors", "Model.pt"] {
            let found = open(ModelId(7), SHIPPED.to_vec(), name, &Told::default()).expect(name);
            let Found::Bundle(summary) = found else {
                panic!("{name}: {found:?}")
            };
            assert_eq!(summary.id, ModelId(7));
            assert_eq!(summary.bytes, SHIPPED.len() as u64);
            assert_eq!(summary.predicts, ["IDH", "1p/19q", "WHO grade"]);
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_a_mend_and_its_name_last() {
        let half = &SHIPPED[..SHIPPED.len() / 2];
        for (file, name) in [
            (half, "Doe.mts.safetensors"),
            (half, "Doe.safetensors"),
            (&b"a letter, not a model"[..], "Doe.pt"),
            (&[], "Doe.bin"),
        ] {
            let error = open(ModelId(0), file.to_vec(), name, &Told::default()).expect_err(name);
            assert!(error.happened.ends_with(name), "{}", error.happened);
            assert!(!error.mend.is_empty());
            assert!(!error.to_clipboard().contains("Doe"));
        }
    }
}
