//! Why a checkpoint cannot become a bundle: what was found, and the mend.

use super::{Kind, Trial};
pub(super) use crate::bundle::clip;

use crate::bundle::BundleError;

/// Everything that converting a checkpoint refuses.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ForeignError {
    /// The file is of another kind.
    #[error(
        "the file is neither safetensors nor a checkpoint that PyTorch 1.6 or later wrote: {0}"
    )]
    Unrecognised(String),
    /// `torch.save` before PyTorch 1.6, or with its old format asked for.
    #[error("the checkpoint is in PyTorch's format from before version 1.6, which is not read")]
    Legacy,
    /// Nothing is to be done.
    #[error("the file is a bundle already")]
    AlreadyBundle,
    /// The file ends too early.
    #[error("the checkpoint is truncated: {0}")]
    Truncated(String),
    /// A part of what `torch.distributed.checkpoint` saved; what shows it.
    #[error(
        "the file is one of several that make a distributed checkpoint (.distcp), or a tensor by itself: it \
         holds {0}"
    )]
    Shard(&'static str),
    /// The file's parts do not hang together.
    #[error("the checkpoint is damaged: {0}")]
    Damaged(String),
    /// Something is stored in a way that PyTorch does not use.
    #[error("the checkpoint's part {name} is {how}, which is not read")]
    Packed {
        /// Which part of the archive.
        name: String,
        /// Compressed or encrypted.
        how: &'static str,
    },
    /// The pickle asks for a class or function beyond tensors and plain values.
    #[error(
        "the checkpoint asks for {0}; only tensors and plain values are read, and nothing in a file is ever run"
    )]
    Forbidden(String),
    /// The pickle cannot be followed.
    #[error("the checkpoint's pickle cannot be read: {problem}, at byte {at}")]
    Pickle {
        /// What is wrong.
        problem: String,
        /// Where in the pickle.
        at: usize,
    },
    /// No dictionary of tensors, or several.
    #[error("the checkpoint has no state_dict that can be told from the rest; found {0}")]
    NoStateDict(String),
    /// A tensor is not what it says, or not what is needed.
    #[error("the checkpoint's tensor {name}: {problem}")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// The network is another one.
    #[error("the checkpoint is not a Swin UNETR: {0}")]
    NotSwinUnetr(String),
    /// The file holds more than one encoder.
    #[error("the checkpoint holds several Swin networks, {0}")]
    Several(String),
    /// Two tensors would have one name.
    #[error("the checkpoint has the tensor {0} twice, with and without a prefix")]
    Twice(String),
    /// Self-supervised pretraining leaves no decoder.
    #[error(
        "the checkpoint holds an encoder alone ({tensors} tensors), as self-supervised pretraining leaves it: \
         it was not taught to segment"
    )]
    EncoderOnly {
        /// How many tensors the encoder has.
        tensors: usize,
    },
    /// Too many or too few channels for the kind.
    #[error(
        "the checkpoint has {found} {side} channels; weights of the kind {kind} have {expected}"
    )]
    Channels {
        /// Input or output.
        side: &'static str,
        /// Channels found.
        found: usize,
        /// Channels of the kind.
        expected: usize,
        /// The kind.
        kind: Kind,
    },
    /// The sizes read from the tensors make no network.
    #[error("the checkpoint's shapes make no network that is known: {0}")]
    Network(String),
    /// Names or shapes differ from the network's.
    #[error("the checkpoint does not fit {network}: {problems}")]
    Keys {
        /// The network that its shapes announce.
        network: String,
        /// How many are missing, unknown or of another shape, and the first few.
        problems: String,
    },
    /// Names and shapes do not say in which order the sequences go in.
    #[error(
        "nothing in the checkpoint says in which order the sequences go in (depths {depths:?} are not one \
         kind's alone)"
    )]
    KindNeeded {
        /// Transformer blocks per stage.
        depths: [usize; 4],
    },
    /// A network of one's own, without the order of its sequences.
    #[error("nothing in the checkpoint says in which order its network takes the sequences")]
    OrderNeeded,
    /// Something was said that the kind settles otherwise.
    #[error("weights of the kind {kind} have {settled}, not {told}")]
    Settled {
        /// The kind.
        kind: Kind,
        /// What it settles.
        settled: String,
        /// What was said.
        told: String,
    },
    /// How neighbours are merged was not said, and the trial does not tell.
    #[error("nothing in the checkpoint says how its network merges neighbours. {}", .0.words())]
    MergingNeeded(Trial),
    /// What was converted makes no bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

impl ForeignError {
    pub(super) fn tensor(name: &str, problem: impl Into<String>) -> Self {
        Self::Tensor {
            name: clip(name),
            problem: problem.into(),
        }
    }

    /// What the person can do about it, in plain words.
    #[must_use]
    pub fn mend(&self) -> &'static str {
        match self {
            Self::Unrecognised(_) => {
                "Choose the checkpoint itself: a .safetensors file, or a .pt, .pth or .pt.tar file that torch.save \
                 wrote."
            }
            Self::Legacy => {
                "In Python, if you trust the file: torch.save(torch.load(OLD, map_location='cpu'), NEW), with \
                 PyTorch 1.6 or later; then convert NEW."
            }
            Self::AlreadyBundle => "Use it as it is.",
            Self::Truncated(_) | Self::Damaged(_) => "Download or copy the checkpoint again.",
            Self::Shard(_) => {
                "Join the shards: in Python, from torch.distributed.checkpoint.format_utils import \
                 dcp_to_torch_save; dcp_to_torch_save(FOLDER, NEW), where FOLDER has all of them and .metadata; \
                 then convert NEW."
            }
            Self::Packed { .. } => "Save it again with torch.save, and convert what that writes.",
            Self::Forbidden(_) | Self::Pickle { .. } => {
                "If you trust the file, save its tensors alone: in Python, \
                 torch.save({'state_dict': model.state_dict()}, NEW); then convert NEW."
            }
            Self::NoStateDict(_) | Self::Several(_) => {
                "Save one network's tensors alone: in Python, torch.save({'state_dict': model.state_dict()}, NEW); \
                 then convert NEW."
            }
            Self::Tensor { .. } | Self::Twice(_) => {
                "Save the network's state_dict again, every parameter on its own and in a floating-point type."
            }
            Self::NotSwinUnetr(_) | Self::Network(_) | Self::Keys { .. } => {
                "Choose a checkpoint of MONAI's SwinUNETR, whole and without changes to the network."
            }
            Self::EncoderOnly { .. } => {
                "Choose the checkpoint that was fine-tuned for segmentation (on BraTS, for example)."
            }
            Self::Channels { .. } => {
                "Choose a checkpoint that takes FLAIR, T1ce, T1 and T2 and answers with TC, WT and ET, or another \
                 --kind."
            }
            Self::KindNeeded { .. } => {
                "Say where the weights come from: --kind monai-brats21, --kind brainsegfounder, or --kind own with \
                 the order of its sequences, such as --channels flair,t1,t1ce,t2."
            }
            Self::OrderNeeded => {
                "Say it, such as --channels flair,t1,t1ce,t2: the order of the images in the training's list of \
                 cases."
            }
            Self::Settled { .. } => {
                "Leave it out; if the network was trained anew, it is of the kind own, with --channels and --merging."
            }
            Self::MergingNeeded(_) => {
                "Say it: --merging legacy if it was trained with MONAI before 1.5, fixed with 1.5 or later, v2 if it \
                 was made with downsample=\"mergingv2\"."
            }
            Self::Bundle(_) => {
                "Choose another checkpoint; if a number is too large for f16, add --f32."
            }
        }
    }
}

/// The first few of `names`, and how many more there are.
pub(super) fn first_few<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const FEW: usize = 4;
    let names: Vec<&str> = names.collect();
    let mut few: Vec<String> = names.iter().take(FEW).map(|name| clip(name)).collect();
    if names.len() > FEW {
        few.push(format!("{} more", names.len() - FEW));
    }
    few.join(", ")
}
