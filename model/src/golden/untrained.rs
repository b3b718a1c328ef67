//! The bundle that stands in until a trained one exists: the rule's weights in the shape that the
//! trained one will have.

use burn::tensor::Device;

use super::Rule;
use crate::ModelError;
use crate::bundle::{Card, Manifest};
use crate::network::config::{
    ClippedWindow, HeadConfig, HeadInput, Merging, MtsUnetConfig, SwinUnetrConfig, Task,
};
use crate::parameters::{self, ParameterSource};

/// Tensors by name, with torch's shapes.
type Tensors = Vec<(String, Vec<usize>, Vec<f32>)>;

/// Manifest and tensors of the untrained bundle: feature size 12, 2 mm, a window of 96³, which holds
/// a whole brain.
///
/// # Errors
/// Never, unless the configuration that it holds is broken.
pub fn untrained() -> Result<(Manifest, Tensors), ModelError> {
    let network = config();
    let mut rule = Rule {
        offset: 0,
        backbone: 0,
        heads: 0,
        file: None,
    };
    let mut tensors = Vec::new();
    for (name, shape) in parameters::list(&network.init(&Device::flex())?) {
        let values = rule.parameter(&name, &shape)?;
        tensors.push((name, shape, values));
    }
    let card = Card {
        trained: false,
        summary: "Weights that follow a rule. The path from scans to answers works with them; the answers mean \
                  nothing."
            .into(),
        licence: "MIT OR Apache-2.0".into(),
        failure_modes: vec!["Every answer: nothing has been learnt.".into()],
        ..Card::default()
    };
    let mut manifest = Manifest::new("untrained", network, card);
    manifest.spacing_mm = [2.0; 3];
    Ok((manifest, tensors))
}

fn config() -> MtsUnetConfig {
    let backbone = SwinUnetrConfig::new(12)
        .with_merging(Merging::V2)
        .with_clipped_window(ClippedWindow::Geometric);
    let head = |task, input, classes| HeadConfig {
        task,
        input,
        classes,
    };
    MtsUnetConfig::new(backbone).with_heads(vec![
        head(Task::Idh, HeadInput::Dsf, 2),
        head(Task::Codeletion1p19q, HeadInput::Dsf, 2),
        head(Task::Grade, HeadInput::Tafe, 3),
    ])
}
