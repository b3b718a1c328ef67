//! The one JSON document in a bundle's metadata: everything that inference must know.
//!
//! It comes from a stranger's file: unknown fields are refused, because going on without what
//! they say could give a wrong answer quietly, and every value is checked before it is used.

use std::collections::BTreeMap;

use imaging::resample::Sampling;
use imaging::{Orientation, Sequence};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::clip;
use super::{BundleError, Card};
use crate::inference::{Blending, SlidingWindow};
use crate::intake::{Intake, Normalisation};
use crate::network::MtsUnetConfig;
use crate::network::config::{HeadConfig, HeadInput, TafeVariant};
use crate::painting::Painter;

/// What [`Manifest::format`] says.
pub const FORMAT: &str = "mts-bundle";

/// The generation that this program reads and writes.
pub const VERSION: u32 = 1;

/// The least probability of the likeliest class that is an answer. What is held for hardly likelier than its contrary
/// is none, however many were right: where nine in ten are of one class, a head may always name that one and be right.
pub const LEAST_SURE: f64 = 0.6;

/// The temperature of the segmentation in [`Manifest::temperatures`]; the others are named by
/// [`Task::name`](crate::network::config::Task::name).
pub const SEGMENTATION: &str = "segmentation";

/// Everything about a model but its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// What the model is called.
    pub name: String,
    /// The network's shape.
    pub network: MtsUnetConfig,
    /// Which sequence each input channel is; each of the four once.
    pub channels: [Sequence; 4],
    /// The axes that the weights were trained on, such as `RAS`: x to the right, y to the front,
    /// z to the head.
    pub orientation: String,
    /// Edges of a voxel that it was trained on, in mm, along its own axes.
    pub spacing_mm: [f64; 3],
    /// Edges of the sliding window, in voxels; multiples of 32.
    pub window: [usize; 3],
    /// Part of a window that its neighbour covers too, 0 to 0.95.
    pub overlap: f64,
    /// How overlapping windows are averaged.
    pub blending: Blending,
    /// How intensities were normalised.
    pub normalisation: Normalisation,
    /// How scans were brought onto the coarser grid; by their values at its centres where absent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sampling: Sampling,
    /// What logits are divided by before they become probabilities, per task name and
    /// [`SEGMENTATION`]; 1 where absent.
    pub temperatures: BTreeMap<String, f64>,
    /// The probability of the likeliest class from which a head's answer is given, per task name; below
    /// it the head is *not sure*. [`LEAST_SURE`] where absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sure_from: BTreeMap<String, f64>,
    /// Pieces of tumour that are smaller than this part of the largest are left out, 0 to 1; 0, as
    /// where it is absent, keeps all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub smallest_piece: f64,
    /// What stands in for sequences that a case lacks; zeros do where there is none for what it has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub painters: Vec<Painter>,
    /// What a reader has to know.
    pub card: Card,
    /// Digest of the tensors; filled in when the bundle is written.
    pub tensors_sha256: String,
}

impl Manifest {
    /// A manifest with this project's customs: FLAIR, T1, T1ce, T2 in RAS at 1 mm, windows of 96³
    /// with half overlap, averaged plainly.
    #[must_use]
    pub fn new(name: &str, network: MtsUnetConfig, card: Card) -> Self {
        let SlidingWindow {
            window,
            overlap,
            blending,
        } = SlidingWindow::default();
        Self {
            format: FORMAT.into(),
            version: VERSION,
            name: name.into(),
            network,
            channels: Sequence::ALL,
            orientation: "RAS".into(),
            spacing_mm: [1.0; 3],
            window,
            overlap,
            blending,
            normalisation: Normalisation::ZScoreBrain,
            sampling: Sampling::Centre,
            temperatures: BTreeMap::new(),
            sure_from: BTreeMap::new(),
            smallest_piece: 0.0,
            painters: Vec::new(),
            card,
            tensors_sha256: String::new(),
        }
    }

    /// What the logits of `name` (a task's name or [`SEGMENTATION`]) are divided by.
    #[must_use]
    pub fn temperature(&self, name: &str) -> f64 {
        self.temperatures.get(name).copied().unwrap_or(1.0)
    }

    /// How scans become what the network sees; `None` where its voxels are no cubes.
    #[must_use]
    pub fn intake(&self) -> Option<Intake> {
        let [spacing_mm, ..] = self.spacing_mm;
        (self.spacing_mm == [spacing_mm; 3]).then_some(Intake {
            spacing_mm,
            sampling: self.sampling,
            normalisation: self.normalisation,
        })
    }

    /// The probability from which the head `name` (a task's name) answers: [`LEAST_SURE`] at least.
    #[must_use]
    pub fn sure_from(&self, name: &str) -> f64 {
        let from = self.sure_from.get(name).copied();
        from.unwrap_or_default().max(LEAST_SURE)
    }

    /// The axes that the weights were trained on.
    ///
    /// # Errors
    /// If they are none; a bundle that was read has some.
    pub fn orientation(&self) -> Result<Orientation, BundleError> {
        self.orientation.parse().map_err(|_| BundleError::Invalid {
            field: "orientation",
            problem: format!("{:?} names no three axes", clip(&self.orientation)),
        })
    }

    /// How a volume is covered.
    #[must_use]
    pub fn sliding_window(&self) -> SlidingWindow {
        SlidingWindow {
            window: self.window,
            overlap: self.overlap,
            blending: self.blending,
        }
    }

    /// Reads and checks the document.
    pub(super) fn parse(json: &str) -> Result<Self, BundleError> {
        let unreadable = |error: serde_json::Error| BundleError::Manifest(clip(&error.to_string()));
        let document: Value = serde_json::from_str(json).map_err(unreadable)?;
        // Before all else: another version's fields may mean something else.
        if document["format"] != FORMAT {
            return Err(BundleError::Invalid {
                field: "format",
                problem: format!(
                    "{} instead of {FORMAT:?}",
                    clip(&document["format"].to_string())
                ),
            });
        }
        if document["version"] != VERSION {
            let found = clip(&document["version"].to_string());
            return Err(BundleError::Version {
                found,
                supported: VERSION,
            });
        }
        let manifest = Self::deserialize(&document).map_err(unreadable)?;
        let understood = serde_json::to_value(&manifest).map_err(unreadable)?;
        if let Some(path) = first_unknown(&document, &understood) {
            return Err(BundleError::UnknownField(clip(&path)));
        }
        manifest.check()?;
        Ok(manifest)
    }

    /// Refuses values that cannot be worked with.
    pub(super) fn check(&self) -> Result<(), BundleError> {
        let invalid = |field, problem| Err(BundleError::Invalid { field, problem });
        if self.name.is_empty() || self.name.chars().count() > 100 {
            return invalid(
                "name",
                format!("{:?}; 1 to 100 characters are possible", clip(&self.name)),
            );
        }
        if let Err(problem) = self.network.check() {
            return invalid("network", problem);
        }
        let channels = self.network.backbone.in_channels;
        if channels != self.channels.len() {
            return invalid(
                "network",
                format!("in_channels is {channels}, but 4 sequences go in"),
            );
        }
        if let Some(missing) = Sequence::ALL
            .iter()
            .find(|sequence| !self.channels.contains(sequence))
        {
            return invalid("channels", format!("{missing} is missing"));
        }
        let compares = |head: &HeadConfig| head.input == HeadInput::Dsf;
        if self.channels != Sequence::ALL && self.network.heads.iter().any(compares) {
            let problem = "heads that compare T2 and FLAIR need the order flair, t1, t1ce, t2";
            return invalid("channels", problem.into());
        }
        if self.channels != Sequence::ALL && self.network.tafe == TafeVariant::SitedContrast {
            let problem = "sited_contrast needs the order flair, t1, t1ce, t2";
            return invalid("channels", problem.into());
        }
        let orientation = self.orientation()?;
        if self.network.tafe.measures().is_some() && orientation != Orientation::RAS {
            let problem = "sited features need the axes RAS";
            return invalid("orientation", problem.into());
        }
        if let Some(mm) = self
            .spacing_mm
            .iter()
            .find(|mm| !(0.1..=10.0).contains(*mm))
        {
            return invalid("spacing_mm", format!("{mm} mm; 0.1 to 10 are possible"));
        }
        if let Some(edge) = self
            .window
            .iter()
            .find(|edge| *edge % 32 != 0 || !(32..=256).contains(*edge))
        {
            return invalid(
                "window",
                format!("{edge} voxels; a multiple of 32 up to 256 is needed"),
            );
        }
        if self.window == [32; 3] {
            // Instance norm has nothing to compare where a single voxel is left.
            return invalid(
                "window",
                "32 x 32 x 32 leaves one voxel at the deepest level".into(),
            );
        }
        if !(0.0..=0.95).contains(&self.overlap) {
            return invalid(
                "overlap",
                format!("{}; 0 to 0.95 are possible", self.overlap),
            );
        }
        if !(0.0..=1.0).contains(&self.smallest_piece) {
            return invalid(
                "smallest_piece",
                format!("{}; 0 to 1 is possible", self.smallest_piece),
            );
        }
        for painter in &self.painters {
            if let Err(problem) = painter.check() {
                return invalid("painters", problem);
            }
        }
        let is_head = |name: &str| self.network.heads.iter().any(|h| h.task.name() == name);
        let known = |name: &str| name == SEGMENTATION || is_head(name);
        for (name, from) in &self.sure_from {
            if !is_head(name) || !(0.0..=1.0).contains(from) {
                let problem = format!("{:?}: {from}; a head's name and 0 to 1", clip(name));
                return invalid("sure_from", problem);
            }
        }
        for (name, &temperature) in &self.temperatures {
            if !known(name) {
                return invalid(
                    "temperatures",
                    format!("{:?} is no head of this network", clip(name)),
                );
            }
            if !(0.01..=100.0).contains(&temperature) {
                return invalid(
                    "temperatures",
                    format!("{name}: {temperature}; 0.01 to 100 are possible"),
                );
            }
        }
        self.card
            .check()
            .or_else(|problem| invalid("card", problem))
    }
}

/// Whether a number is what it is where it is absent.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// Path of the first field of `document` that reading it left out.
///
/// Works on any nesting, so that no struct can forget to refuse what it does not know.
fn first_unknown(document: &Value, understood: &Value) -> Option<String> {
    let below = |key: &str, value: &Value, known: &Value| {
        first_unknown(value, known).map(|path| match path.as_str() {
            "" => key.to_owned(),
            _ => format!("{key}.{path}"),
        })
    };
    match (document, understood) {
        (Value::Object(document), Value::Object(understood)) => document
            .iter()
            .filter(|(_, value)| !value.is_null())
            .find_map(|(key, value)| {
                below(key, value, understood.get(key).unwrap_or(&Value::Null))
            }),
        (Value::Array(document), Value::Array(understood)) => document
            .iter()
            .zip(understood)
            .enumerate()
            .find_map(|(index, (value, known))| below(&index.to_string(), value, known)),
        (_, Value::Null) => Some(String::new()),
        _ => None,
    }
}
