//! The heads, learnt after the backbone: one forward a case gives what they see, and from that they
//! are trained in seconds, five times over for figures that no case has answered for itself. All that
//! is chosen on the way is chosen inside the training cases of each fold.

mod apart;
mod calibrate;
mod cases;
mod choose;
mod fit;
mod judge;
mod logistic;
mod reading;
mod recalibrate;
mod scale;
mod states;

pub use apart::{Apart, tell_apart};
pub use calibrate::{Calibration, probabilities, sure_from};
pub use cases::{Labelled, Seen, outlined, see, window};
pub use choose::Choice;
pub use fit::{Fitted, answer, fit};
pub use judge::{Ablated, Against, Figures, Findings, HeldOut, ablate, held_out, judge};
pub use reading::Source;
pub use recalibrate::{LEAST, Recalibrated, recalibrate};

use crate::network::MtsUnetConfig;
use crate::network::config::{HeadConfig, HeadInput, TafeVariant, Task};

/// What is answered, and of how many classes.
pub const TASKS: [(Task, usize); 3] =
    [(Task::Idh, 2), (Task::Codeletion1p19q, 2), (Task::Grade, 3)];

/// This backbone with sited heads. None of them compares T2 and FLAIR: nearly all labelled cases lack
/// T2, so that CMD would learn from which hospital a case is.
#[must_use]
pub fn with_heads(network: &MtsUnetConfig) -> MtsUnetConfig {
    let heads = TASKS.map(|(task, classes)| HeadConfig {
        task,
        input: HeadInput::Tafe,
        classes,
    });
    let network = network.clone().with_tafe(TafeVariant::SitedContrast);
    network.with_heads(heads.to_vec())
}
