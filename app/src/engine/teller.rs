//! Tells the page how far a reading is and how long it will still take.

use mts_unet::device::{self, DeviceError, Opened};
use mts_unet::pipeline::Observer;
use mts_unet::plan::Plan;
use mts_unet::progress::{Progress, Stage};
use web_time::Instant;

use super::speaker::Speaker;
use crate::protocol::{Event, Fault, ProgressReport};

/// The end of each stage as a share of the whole, from a reading on a CPU.
const END: [(Stage, f64); 10] = [
    (Stage::Open, 0.0),
    (Stage::Load, 0.02),
    (Stage::SelfTest, 0.06),
    (Stage::Prepare, 0.08),
    (Stage::Check, 0.09),
    (Stage::Resample, 0.15),
    (Stage::Normalise, 0.16),
    (Stage::Segment, 0.90),
    (Stage::Classify, 0.92),
    (Stage::Measure, 1.0),
];

/// Beyond this share of the segmentation its own pace predicts better than the calibration.
const PACE_IS_KNOWN: f64 = 0.1;

/// Seconds for what follows the segmentation, measured on a CPU.
const TAIL_S: f64 = 2.0;

/// A reading's way to the page.
pub(crate) struct Teller {
    speaker: Speaker,
    fault: Option<Fault>,
    stage: (Stage, Instant),
    /// Seconds that one window should take.
    window_s: Option<f64>,
    predicted_s: Option<f64>,
}

impl Teller {
    pub(crate) fn new(speaker: Speaker, fault: Option<Fault>) -> Self {
        Self {
            speaker,
            fault,
            stage: (Stage::Open, Instant::now()),
            window_s: None,
            predicted_s: None,
        }
    }

    /// Times a small network on the device, to predict what a window of `plan` takes.
    pub(crate) async fn calibrate(
        &mut self,
        opened: &Opened,
        plan: &Plan,
    ) -> Result<(), DeviceError> {
        self.window_s = Some(device::predicted_seconds(&opened.device, plan).await?);
        Ok(())
    }

    fn remaining_s(&self, stage: Stage, done: f64) -> Option<f64> {
        match stage {
            Stage::Segment if done > PACE_IS_KNOWN => {
                let elapsed = self.stage.1.elapsed().as_secs_f64();
                Some(elapsed * (1.0 - done) / done + TAIL_S)
            }
            Stage::Segment => self.predicted_s.map(|s| s * (1.0 - done) + TAIL_S),
            Stage::Classify | Stage::Measure => Some(TAIL_S),
            _ => self.window_s.map(|s| s + TAIL_S),
        }
    }

    fn break_on_purpose(&self) {
        #[cfg(feature = "faults")]
        match self.fault {
            Some(Fault::DeviceLost) => device::faults::lose(),
            Some(Fault::Worker) => core::arch::wasm32::unreachable(),
            _ => {}
        }
        let _ = self.fault;
    }
}

impl Progress for Teller {
    fn stage(&mut self, stage: Stage, done: f32) {
        if stage != self.stage.0 {
            self.stage = (stage, Instant::now());
        }
        let done = f64::from(done);
        let place = END.iter().position(|(s, _)| *s == stage).unwrap_or(0);
        let begin = place.checked_sub(1).map_or(0.0, |before| END[before].1);
        self.speaker.say(&Event::Progress(ProgressReport {
            stage,
            fraction: begin + done * (END[place].1 - begin),
            remaining_s: self.remaining_s(stage, done),
        }));
        if stage == Stage::Segment && done > 0.1 {
            self.break_on_purpose();
        }
    }
}

impl Observer for Teller {
    fn windows(&mut self, count: usize) {
        self.predicted_s = self.window_s.map(|s| s * count as f64);
        self.speaker.say(&Event::Plan {
            windows: count,
            predicted_s: self.predicted_s,
        });
    }
}
