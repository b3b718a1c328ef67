//! Keeps the time of each stage, tells the observer, and stops where the reading was cancelled.

use std::collections::BTreeMap;

use web_time::Instant;

use super::Observer;
use crate::ModelError;
use crate::progress::Stage;

/// The stages of a reading on their way.
pub(super) struct Stages<'a> {
    observer: &'a mut dyn Observer,
    current: Option<(Stage, Instant)>,
    /// See [`Self::within`].
    part: (f32, f32),
    seconds: BTreeMap<Stage, f64>,
}

impl<'a> Stages<'a> {
    pub(super) fn new(observer: &'a mut dyn Observer) -> Self {
        Self {
            observer,
            current: None,
            part: (0.0, 1.0),
            seconds: BTreeMap::new(),
        }
    }

    pub(super) fn enter(&mut self, stage: Stage) -> Result<(), ModelError> {
        self.leave();
        self.current = Some((stage, Instant::now()));
        self.tell(0.0)
    }

    /// What is told from here on is about a part of the current stage, which begins at `from` of 1 and is
    /// `length` long.
    pub(super) fn within(&mut self, from: f32, length: f32) {
        self.part = (from, length);
    }

    /// The current stage is `done` of 1 finished.
    pub(super) fn tell(&mut self, done: f32) -> Result<(), ModelError> {
        if let Some((stage, _)) = self.current {
            let (from, length) = self.part;
            self.observer.stage(stage, from + length * done);
        }
        if self.observer.cancelled() {
            Err(ModelError::Cancelled)
        } else {
            Ok(())
        }
    }

    pub(super) fn observer(&mut self) -> &mut dyn Observer {
        self.observer
    }

    pub(super) fn finish(mut self) -> BTreeMap<Stage, f64> {
        self.leave();
        self.seconds
    }

    fn leave(&mut self) {
        if let Some((stage, start)) = self.current.take() {
            self.observer.stage(stage, 1.0);
            *self.seconds.entry(stage).or_default() += start.elapsed().as_secs_f64();
        }
    }
}
