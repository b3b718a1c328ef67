//! The heads: per task, logits from TAFE, from CMD, and DSF's fusion of the two.

use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::{Device, Tensor};

use super::cmd::{self, Cmd, CmdOutput};
use super::config::{HeadConfig, HeadInput, MtsUnetConfig, Task};
use super::mlp::Mlp;
use super::tafe::{Pooled, Tafe};

/// TAFE, CMD and every task's perceptrons.
#[derive(Module, Debug)]
pub struct Heads {
    tafe: Option<Tafe>,
    /// Only where a head reads it.
    cmd: Option<Cmd>,
    tasks: Vec<Head>,
}

#[derive(Module, Debug)]
struct Head {
    tafe: Mlp,
    fused: Option<Fused>,
    #[module(skip)]
    config: HeadConfig,
}

#[derive(Module, Debug)]
struct Fused {
    cmd: Mlp,
    /// CMD's logits where T2 or FLAIR is absent: with nothing to compare it has one thing to say.
    absent: Param<Tensor<1>>,
    dsf: Mlp,
}

/// One task's answer.
#[derive(Clone, Debug)]
pub struct HeadOutput {
    /// Which task.
    pub task: Task,
    /// TAFE's logits `[batch, classes]`.
    pub tafe: Tensor<2>,
    /// CMD's logits, where the head reads it.
    pub cmd: Option<Tensor<2>>,
    /// The answer's logits: DSF's, or TAFE's.
    pub logits: Tensor<2>,
}

impl Heads {
    /// The heads of this network.
    pub fn new(config: &MtsUnetConfig, device: &Device) -> Self {
        Self {
            tafe: (!config.heads.is_empty())
                .then(|| Tafe::new(&config.backbone, config.tafe, device)),
            cmd: config
                .compares()
                .then(|| Cmd::new(config.cmd, config.diff_amp, device)),
            tasks: config
                .heads
                .iter()
                .map(|head| Head::new(*head, config, device))
                .collect(),
        }
    }

    /// Whether there is nothing to answer.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.tasks.is_empty()
    }

    /// What the heads see of the input, its hidden states h1 to h4, the gate and the segmentation's logits;
    /// none where there are no heads.
    pub fn pool(
        &self,
        x: &Tensor<5>,
        hidden: &[Tensor<5>],
        gate: &Tensor<5>,
        logits: &Tensor<5>,
    ) -> Option<Pooled> {
        let tafe = self.tafe.as_ref()?;
        Some(tafe.pool(x, hidden, gate, logits))
    }

    /// CMD's findings of the input, seen through the gate; none where no head reads them.
    pub fn compare(&self, x: &Tensor<5>, gate: impl FnOnce() -> Tensor<5>) -> Option<CmdOutput> {
        self.cmd.as_ref().map(|cmd| cmd.forward(x, &gate()))
    }

    /// TAFE's features and the answers; `cmd` are CMD's features.
    pub fn forward(
        &self,
        pooled: Option<&Pooled>,
        cmd: Option<&Tensor<2>>,
    ) -> (Option<Tensor<2>>, Vec<HeadOutput>) {
        let (Some(module), Some(pooled)) = (&self.tafe, pooled) else {
            return (None, Vec::new());
        };
        let tafe = module.forward(pooled);
        let heads = self.tasks.iter().map(|head| head.forward(&tafe, cmd));
        let heads = heads.collect();
        (Some(tafe), heads)
    }
}

impl Head {
    fn new(config: HeadConfig, network: &MtsUnetConfig, device: &Device) -> Self {
        let features = Tafe::features(&network.backbone, network.tafe);
        let classes = config.classes;
        Self {
            // A hundred patients bear a weighted sum of sited features, not a perceptron's 26,000 weights.
            tafe: match network.tafe.measures() {
                Some(_) => Mlp::linear(features, classes, device),
                None => Mlp::head(features, classes, device),
            },
            fused: (config.input == HeadInput::Dsf).then(|| Fused {
                cmd: Mlp::head(cmd::FEATURES, classes, device),
                absent: Initializer::Zeros.init([classes], device),
                dsf: Mlp::fusion(classes, device),
            }),
            config,
        }
    }

    fn forward(&self, tafe: &Tensor<2>, cmd: Option<&Tensor<2>>) -> HeadOutput {
        let tafe = self.tafe.forward(tafe.clone());
        let Some(fused) = &self.fused else {
            return HeadOutput {
                task: self.config.task,
                logits: tafe.clone(),
                tafe,
                cmd: None,
            };
        };
        let cmd = match cmd {
            Some(features) => fused.cmd.forward(features.clone()),
            None => fused
                .absent
                .val()
                .unsqueeze::<2>()
                .repeat_dim(0, tafe.dims()[0]),
        };
        let logits = fused
            .dsf
            .forward(Tensor::cat(vec![tafe.clone(), cmd.clone()], 1));
        HeadOutput {
            task: self.config.task,
            tafe,
            cmd: Some(cmd),
            logits,
        }
    }
}
