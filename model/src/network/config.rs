//! The configuration of a network: everything that a bundle says about its shape.

use burn::config::Config;
use serde::{Deserialize, Serialize};

use super::sited::{BEFORE_CONTRAST, MEASURES};
pub use crate::merging::Merging;

/// The whole network.
#[derive(Config, Debug, PartialEq)]
pub struct MtsUnetConfig {
    /// The backbone.
    pub backbone: SwinUnetrConfig,
    /// What the segmentation channels mean.
    #[config(default = "Segmentation::Softmax4")]
    pub segmentation: Segmentation,
    /// How features are pooled for the heads.
    #[config(default = "TafeVariant::Pooled")]
    pub tafe: TafeVariant,
    /// How T2 and FLAIR are compared.
    #[config(default = "CmdVariant::V2")]
    pub cmd: CmdVariant,
    /// The gate at a voxel that is surely no tumour.
    #[config(default = 0.1)]
    pub min_gate: f64,
    /// What the difference of the two streams is multiplied by.
    #[config(default = 2.0)]
    pub diff_amp: f64,
    /// The heads, in the order that the output has them. Empty for a segmentation-only network.
    #[config(default = "Vec::new()")]
    pub heads: Vec<HeadConfig>,
}

/// SwinUNETR.
#[derive(Config, Debug, PartialEq)]
pub struct SwinUnetrConfig {
    /// Input channels.
    #[config(default = 4)]
    pub in_channels: usize,
    /// Output channels.
    #[config(default = 4)]
    pub out_channels: usize,
    /// Channels of the first level; a multiple of 12.
    pub feature_size: usize,
    /// Transformer blocks per stage.
    #[config(default = "[2, 2, 2, 2]")]
    pub depths: [usize; 4],
    /// Attention heads per stage.
    #[config(default = "[3, 6, 12, 24]")]
    pub num_heads: [usize; 4],
    /// Edge of the attention window, in tokens.
    #[config(default = 7)]
    pub window: usize,
    /// The order in which patch merging concatenates.
    #[config(default = "Merging::Legacy")]
    pub merging: Merging,
    /// The relative positions of a window that a small grid has clipped.
    #[config(default = "ClippedWindow::Monai")]
    pub clipped_window: ClippedWindow,
}

/// Which entries of the bias table a clipped window of n tokens uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClippedWindow {
    /// The first n rows and columns of the full window's index, as MONAI does.
    Monai,
    /// The clipped window's own geometry.
    Geometric,
}

/// What the segmentation channels mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Segmentation {
    /// Background, whole tumour; softmax.
    Softmax2,
    /// Background, necrotic core, oedema, enhancing; softmax.
    Softmax4,
    /// TC, WT, ET; a sigmoid each.
    Sigmoid3,
}

/// Tumour-Aware Feature Encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TafeVariant {
    /// The deepest state's spatial mean, as released.
    Pooled,
    /// Tumour-weighted means of four levels, as the paper's text says.
    Multiscale,
    /// Thirty measures of the predicted tumour, and a little of the former: ours, not the paper's.
    Sited,
    /// One more: how much of the tumour takes up contrast.
    SitedContrast,
}

impl TafeVariant {
    /// How many measures of the predicted tumour the heads read; none where they read states alone.
    #[must_use]
    pub fn measures(self) -> Option<usize> {
        match self {
            Self::Pooled | Self::Multiscale => None,
            Self::Sited => Some(BEFORE_CONTRAST),
            Self::SitedContrast => Some(MEASURES),
        }
    }
}

/// Cross-Modality Differential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CmdVariant {
    /// A convolution each, spatial attention only.
    V1,
    /// One shared convolution, channel and spatial attention.
    V2,
}

/// What a head answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// IDH: wild type, mutant.
    Idh,
    /// 1p/19q: intact, codeleted.
    #[serde(rename = "codeletion_1p19q")]
    Codeletion1p19q,
    /// WHO grade: 2, 3, 4.
    Grade,
}

/// Which logits a head's answer is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadInput {
    /// TAFE alone.
    Tafe,
    /// TAFE and CMD, fused by DSF.
    Dsf,
}

/// One head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadConfig {
    /// What it answers.
    pub task: Task,
    /// What it looks at.
    pub input: HeadInput,
    /// Number of classes.
    pub classes: usize,
}

impl Task {
    /// The name that tensors and metadata carry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Idh => "idh",
            Self::Codeletion1p19q => "codeletion_1p19q",
            Self::Grade => "grade",
        }
    }
}

impl Segmentation {
    /// Output channels that it needs.
    #[must_use]
    pub fn channels(self) -> usize {
        match self {
            Self::Softmax2 => 2,
            Self::Sigmoid3 => 3,
            Self::Softmax4 => 4,
        }
    }
}

impl SwinUnetrConfig {
    /// Channels of hidden state `level` (0 is the patch embedding's).
    #[must_use]
    pub fn channels(&self, level: usize) -> usize {
        self.feature_size << level
    }

    /// What is wrong with these numbers, if anything: they may come from a stranger's file.
    ///
    /// # Errors
    /// In plain words, the field and the value.
    pub fn check(&self) -> Result<(), String> {
        let Self {
            feature_size,
            window,
            num_heads,
            depths,
            in_channels,
            ..
        } = self;
        if *feature_size == 0 || !feature_size.is_multiple_of(12) || *feature_size > 192 {
            return Err(format!(
                "feature_size is {feature_size}; a multiple of 12 up to 192 is needed"
            ));
        }
        if !(2..=16).contains(window) {
            return Err(format!("window is {window}; 2 to 16 are possible"));
        }
        if !(1..=16).contains(in_channels) {
            return Err(format!(
                "in_channels is {in_channels}; 1 to 16 are possible"
            ));
        }
        for (stage, (&heads, &depth)) in num_heads.iter().zip(depths).enumerate() {
            if heads == 0 || !self.channels(stage).is_multiple_of(heads) {
                return Err(format!(
                    "num_heads[{stage}] is {heads}, which does not divide {} channels",
                    self.channels(stage)
                ));
            }
            if !(1..=64).contains(&depth) {
                return Err(format!("depths[{stage}] is {depth}; 1 to 64 are possible"));
            }
        }
        Ok(())
    }
}

impl MtsUnetConfig {
    /// Whether some head compares T2 and FLAIR, by CMD.
    #[must_use]
    pub fn compares(&self) -> bool {
        self.heads.iter().any(|head| head.input == HeadInput::Dsf)
    }

    /// What is wrong with these numbers, if anything.
    ///
    /// # Errors
    /// In plain words, the field and the value.
    pub fn check(&self) -> Result<(), String> {
        self.backbone.check()?;
        let (found, needed) = (self.backbone.out_channels, self.segmentation.channels());
        if found != needed {
            return Err(format!(
                "out_channels is {found}, but this segmentation has {needed}"
            ));
        }
        if !(0.0..=1.0).contains(&self.min_gate) || !self.diff_amp.is_finite() {
            return Err("min_gate must be 0 to 1 and diff_amp finite".into());
        }
        if self.tafe.measures().is_some() && self.segmentation != Segmentation::Softmax4 {
            return Err(format!(
                "tafe is sited, which needs softmax4; the segmentation is {:?}",
                self.segmentation
            ));
        }
        if !self.heads.is_empty() && self.backbone.in_channels != 4 {
            return Err(format!(
                "the heads need 4 input channels, not {}",
                self.backbone.in_channels
            ));
        }
        for (i, head) in self.heads.iter().enumerate() {
            if !(2..=16).contains(&head.classes) {
                return Err(format!(
                    "head {} has {} classes; 2 to 16 are possible",
                    head.task.name(),
                    head.classes
                ));
            }
            if self.heads[..i].iter().any(|other| other.task == head.task) {
                return Err(format!("head {} stands twice", head.task.name()));
            }
        }
        Ok(())
    }
}
