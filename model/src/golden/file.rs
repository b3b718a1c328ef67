//! The golden file: its JSON, and which network it is about.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ModelError;
use crate::network::config::{
    ClippedWindow, CmdVariant, HeadConfig, HeadInput, Merging, MtsUnetConfig, Segmentation,
    SwinUnetrConfig, TafeVariant, Task,
};

/// A golden file.
#[derive(Clone, Debug, Deserialize)]
pub struct GoldenFile {
    /// Added to every backbone parameter's stream.
    #[serde(default)]
    pub stream_offset: u64,
    /// The input's stream.
    pub input_stream: u64,
    /// The network.
    pub net: Net,
    /// Numbers by `merging/XxYxZ`.
    cases: BTreeMap<String, BTreeMap<String, Recorded>>,
    /// The heads' parameters; empty for a backbone alone.
    #[serde(default)]
    head_params: Vec<HeadParameter>,
}

/// The network that the numbers are of.
#[derive(Clone, Debug, Deserialize)]
pub struct Net {
    /// Input channels.
    pub in_channels: usize,
    out_channels: usize,
    #[serde(default = "softmax")]
    segmentation: String,
    feature_size: usize,
    depths: [usize; 4],
    num_heads: [usize; 4],
    #[serde(default = "seven")]
    window: usize,
    #[serde(default = "monai")]
    clipped_window: ClippedWindow,
    #[serde(default = "two")]
    classes_per_head: usize,
    #[serde(default = "pooled")]
    tafe: TafeVariant,
    #[serde(default = "v2")]
    cmd: CmdVariant,
    #[serde(default = "tenth")]
    min_gate: f64,
    #[serde(default = "two_float")]
    diff_amp: f64,
}

fn softmax() -> String {
    "softmax".into()
}
fn seven() -> usize {
    7
}
fn two() -> usize {
    2
}
fn monai() -> ClippedWindow {
    ClippedWindow::Monai
}
fn pooled() -> TafeVariant {
    TafeVariant::Pooled
}
fn v2() -> CmdVariant {
    CmdVariant::V2
}
fn tenth() -> f64 {
    0.1
}
fn two_float() -> f64 {
    2.0
}

#[derive(Clone, Debug, Deserialize)]
struct HeadParameter {
    name: String,
    shape: Vec<usize>,
    stream: u64,
}

/// One tensor's numbers, or one per level.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Recorded {
    Levels(Vec<Numbers>),
    One(Numbers),
}

/// What a file says of one tensor.
#[derive(Clone, Debug, Deserialize)]
pub struct Numbers {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Mean of all values.
    pub mean: f64,
    /// Standard deviation (population).
    pub std: f64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Values by flat index in C order.
    pub samples: BTreeMap<String, f64>,
}

/// One case of a file: a merging order and an input shape.
#[derive(Clone, Debug)]
pub struct Case {
    /// `merging/XxYxZ`, as in the file.
    pub name: String,
    /// The merging order.
    pub merging: Merging,
    /// Edges of the input.
    pub shape: [usize; 3],
    /// The numbers by tensor; a level's are named `hidden[2]`.
    pub numbers: BTreeMap<String, Numbers>,
}

impl GoldenFile {
    /// Reads a golden file.
    ///
    /// # Errors
    /// If it is not one.
    pub fn parse(json: &str) -> Result<Self, ModelError> {
        serde_json::from_str(json)
            .map_err(|e| ModelError::Config(format!("not a golden file: {e}")))
    }

    /// Its cases.
    ///
    /// # Errors
    /// If a case's name is not a merging order and a shape.
    pub fn cases(&self) -> Result<Vec<Case>, ModelError> {
        self.cases
            .iter()
            .map(|(name, recorded)| case(name, recorded))
            .collect()
    }

    /// Whether the file knows heads.
    #[must_use]
    pub fn has_heads(&self) -> bool {
        !self.head_params.is_empty()
    }

    /// The network's configuration for `case`; its one head stands for any task.
    ///
    /// # Errors
    /// If the segmentation has another number of channels than this crate knows.
    pub fn config(&self, case: &Case) -> Result<MtsUnetConfig, ModelError> {
        let net = &self.net;
        let segmentation = match (net.segmentation.as_str(), net.out_channels) {
            ("softmax", 2) => Segmentation::Softmax2,
            ("softmax", 4) => Segmentation::Softmax4,
            ("sigmoid", 3) => Segmentation::Sigmoid3,
            (kind, channels) => {
                return Err(ModelError::Config(format!(
                    "no segmentation is {kind} with {channels} channels"
                )));
            }
        };
        let backbone = SwinUnetrConfig::new(net.feature_size)
            .with_in_channels(net.in_channels)
            .with_out_channels(net.out_channels)
            .with_depths(net.depths)
            .with_num_heads(net.num_heads)
            .with_window(net.window)
            .with_merging(case.merging)
            .with_clipped_window(net.clipped_window);
        let head = HeadConfig {
            task: Task::Idh,
            input: HeadInput::Dsf,
            classes: net.classes_per_head,
        };
        Ok(MtsUnetConfig::new(backbone)
            .with_segmentation(segmentation)
            .with_tafe(net.tafe)
            .with_cmd(net.cmd)
            .with_min_gate(net.min_gate)
            .with_diff_amp(net.diff_amp)
            .with_heads(if self.has_heads() {
                vec![head]
            } else {
                Vec::new()
            }))
    }

    /// The stream of the head parameter that this crate calls `name`.
    pub(super) fn head_stream(&self, name: &str, shape: &[usize]) -> Result<u64, ModelError> {
        let missing = || ModelError::MissingTensor {
            name: name.into(),
            expected: shape.to_vec(),
        };
        let theirs = head_name(name, self.net.cmd).ok_or_else(missing)?;
        let parameter = self
            .head_params
            .iter()
            .find(|p| p.name == theirs)
            .ok_or_else(missing)?;
        // A 1×1×1 kernel may be written without its spatial axes.
        let trim = |s: &[usize]| s.iter().copied().filter(|&n| n != 1).collect::<Vec<_>>();
        if trim(&parameter.shape) != trim(shape) {
            return Err(ModelError::TensorShape {
                name: name.into(),
                found: parameter.shape.clone(),
                expected: shape.to_vec(),
            });
        }
        Ok(parameter.stream)
    }
}

/// The golden files' name of a head parameter.
fn head_name(name: &str, cmd: CmdVariant) -> Option<String> {
    let (path, leaf) = name.strip_prefix("heads.")?.rsplit_once('.')?;
    let leaf = if leaf == "bias" { "b" } else { "w" };
    let path = path
        .strip_suffix(".conv")
        .filter(|p| *p != "cmd")
        .unwrap_or(path);
    if let Some(level) = path.strip_prefix("tafe.norms.") {
        return Some(format!(
            "tafe.norm{}.{leaf}",
            level.parse::<usize>().ok()? + 1
        ));
    }
    if let Some(task) = path.strip_prefix("tasks.0.") {
        let (module, layer) = task.split_once(".layers.")?;
        return Some(match module {
            "tafe" => format!("tafe.head.{layer}.{leaf}"),
            "fused.cmd" => format!("cmd.head.{layer}.{leaf}"),
            _ => format!("dsf.{layer}.{leaf}"),
        });
    }
    let theirs = match (path, cmd) {
        ("cmd.conv", CmdVariant::V1) => "cmd.conv_t2",
        ("cmd.conv", CmdVariant::V2) => "cmd.conv1",
        ("cmd.conv_flair", _) => "cmd.conv_flair",
        ("cmd.channel.squeeze", _) => "cmd.mlp0",
        ("cmd.channel.excite", _) => "cmd.mlp2",
        ("cmd.spatial", _) => "cmd.spatial",
        _ => return None,
    };
    Some(format!("{theirs}.{leaf}"))
}

fn case(name: &str, recorded: &BTreeMap<String, Recorded>) -> Result<Case, ModelError> {
    let unknown = || ModelError::Config(format!("{name} is no merging order and shape"));
    let (merging, shape) = name.split_once('/').ok_or_else(unknown)?;
    let merging = match merging {
        "legacy" => Merging::Legacy,
        "fixed" => Merging::Fixed,
        "v2" => Merging::V2,
        _ => return Err(unknown()),
    };
    let edges: Vec<usize> = shape.split('x').map_while(|n| n.parse().ok()).collect();
    let shape = edges.try_into().map_err(|_| unknown())?;
    let mut numbers = BTreeMap::new();
    for (tensor, recorded) in recorded {
        match recorded {
            Recorded::One(one) => drop(numbers.insert(tensor.clone(), one.clone())),
            Recorded::Levels(levels) => {
                numbers.extend(
                    levels
                        .iter()
                        .enumerate()
                        .map(|(i, n)| (format!("{tensor}[{i}]"), n.clone())),
                );
            }
        }
    }
    Ok(Case {
        name: name.into(),
        merging,
        shape,
        numbers,
    })
}
