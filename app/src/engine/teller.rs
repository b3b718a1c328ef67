//! Tells the page how far a reading is and how long it will still take.

use mts_unet::device::{self, Opened};
use mts_unet::pipeline::{Observer, Reader};
use mts_unet::plan::Part;
use mts_unet::progress::{Progress, Stage};
use web_time::Instant;

use super::read::Stop;
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

/// Seconds for what follows the segmentation beside the heads, measured on a CPU.
const TAIL_S: f64 = 0.7;

/// What one window should take.
#[derive(Clone, Copy)]
struct Seconds {
    everything: f64,
    segmentation: f64,
    /// Windows for the heads alone, where the segmentation has several: one on the tumour each time that the
    /// brain is looked at.
    windows_of_heads: usize,
}

/// A reading's way to the page.
pub(crate) struct Teller {
    speaker: Speaker,
    fault: Option<Fault>,
    stage: (Stage, Instant),
    seconds: Option<Seconds>,
    /// Seconds that the windows should take.
    predicted_s: Option<f64>,
    /// Seconds that the heads should take after them: none where one window answers everything.
    heads_s: f64,
}

impl Teller {
    pub(crate) fn new(speaker: Speaker, fault: Option<Fault>) -> Self {
        Self {
            speaker,
            fault,
            stage: (Stage::Open, Instant::now()),
            seconds: None,
            predicted_s: None,
            heads_s: 0.0,
        }
    }

    /// Times a small network on the device, to predict what a window of `reader` takes. The brain is looked at so
    /// many times.
    pub(crate) async fn calibrate(
        &mut self,
        opened: &Opened,
        reader: &Reader,
        looks: usize,
    ) -> Result<(), Stop> {
        let plans = [
            &reader.plan(Part::Everything)?,
            &reader.plan(Part::Segmentation)?,
        ];
        let [everything, segmentation] = device::predicted_seconds(&opened.device, plans).await?;
        let has_heads = !reader.manifest().network.heads.is_empty();
        self.seconds = Some(Seconds {
            everything,
            segmentation,
            windows_of_heads: if has_heads { looks } else { 0 },
        });
        Ok(())
    }

    fn remaining_s(&self, stage: Stage, done: f64) -> Option<f64> {
        match stage {
            Stage::Segment if done > PACE_IS_KNOWN => {
                let elapsed = self.stage.1.elapsed().as_secs_f64();
                Some(elapsed * (1.0 - done) / done + self.heads_s + TAIL_S)
            }
            Stage::Segment => {
                let windows_s = self.predicted_s.map(|s| s * (1.0 - done));
                windows_s.map(|s| s + self.heads_s + TAIL_S)
            }
            Stage::Classify => Some(self.heads_s + TAIL_S),
            Stage::Measure => Some(TAIL_S),
            _ => self.seconds.map(|s| s.everything + TAIL_S),
        }
    }

    fn break_on_purpose(&self) {
        #[cfg(feature = "faults")]
        match self.fault {
            #[cfg(feature = "gpu")]
            Some(Fault::DeviceLost) => device::faults::lose(),
            Some(Fault::Memory) => {
                let gibibytes = (0..5).map(|_| Vec::<u8>::with_capacity(1 << 30));
                drop(std::hint::black_box(gibibytes.collect::<Vec<_>>()));
            }
            Some(Fault::Worker) => core::arch::wasm32::unreachable(),
            #[cfg(feature = "threads")]
            Some(Fault::Thread) => drop(rayon::broadcast(|at| assert_eq!(at.index(), 0))),
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
    fn windows(&mut self, count: usize, part: Part) {
        if let Some(seconds) = self.seconds {
            let (window_s, of_heads) = match part {
                Part::Everything => (seconds.everything, 0),
                Part::Segmentation => (seconds.segmentation, seconds.windows_of_heads),
            };
            self.predicted_s = Some(window_s * count as f64);
            self.heads_s = seconds.everything * of_heads as f64;
        }
        self.speaker.say(&Event::Plan {
            windows: count,
            predicted_s: self.predicted_s,
        });
        // What is left is known only now.
        self.stage(Stage::Segment, 0.0);
    }
}
