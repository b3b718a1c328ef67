//! What the page does with the engine's news.

use std::sync::Arc;

use gloo_timers::future::TimeoutFuture;
use imaging::Sequence;
use js_sys::{ArrayBuffer, Uint8Array, Uint16Array};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_time::Instant;

use super::link::News;
use super::models::ModelState;
use super::session::{Loaded, Outcome, Phase, Session};
use crate::pairs;
use crate::protocol::{Event, FailureScope, Finished, SeriesId, SeriesSummary};
use crate::user_error::UserError;
use crate::view::Shown;

impl Session {
    pub(crate) fn hear(&self, news: News) {
        let is_dead = match &news {
            News::Said(event, _) => matches!(
                event,
                Event::Failed {
                    scope: FailureScope::Engine | FailureScope::Memory,
                    ..
                }
            ),
            News::Died(_) => true,
        };
        if is_dead && self.give_up_threads() {
            return;
        }
        match news {
            News::Said(event, parts) => self.heed(event, &parts),
            News::Died(words) => self.engine_died(&words),
        }
    }

    fn heed(&self, event: Event, parts: &[JsValue]) {
        match event {
            // The link takes these.
            Event::Ready { .. } | Event::Sharing { .. } => {}
            Event::Series(summary) => self.series_came(summary, parts),
            Event::Refused { id, error } => self.refused(id, error),
            Event::Listed(studies) => self.listed(studies),
            Event::Unpacked { paths, tally } => self.unpacked(paths, parts, tally),
            Event::NotUnpacked { error } => {
                self.waits_for_one_less();
                self.notices.set(vec![error]);
            }
            Event::Exported { name } => self.exported(&name, parts),
            Event::NotExported { error } => self.not_exported(error),
            Event::Loaded { by_picture } => {
                let misfits = self.misfits.get_value();
                let mut all: Vec<_> = self.series.with_untracked(|series| {
                    let of = |s: &Loaded| (s.summary.id, s.summary.aside);
                    series.iter().map(of).collect()
                });
                all.retain(|(id, _)| !misfits.contains(id));
                if self.pending.get_untracked() == 0 {
                    self.name_by_picture(&by_picture);
                    self.assignment.update(|a| a.fill_last(&all));
                    self.compare_joined();
                }
            }
            Event::Compared { misfits } => self.leave_out(&misfits),
            Event::Model(summary) => self.model_came(summary, parts),
            Event::KindNeeded { id } => self
                .models
                .update(id, |model| model.state = ModelState::KindNeeded),
            Event::MergingNeeded { id, trial } => self.models.merging_needed(id, trial),
            Event::ModelRefused { id, error } => self.model_refused(id, error),
            Event::ModelKept { id, error } => self.model_kept(id, error),
            Event::Device(report) if self.benchmark.running.get_untracked() => {
                self.benchmark.device_came(&report);
            }
            Event::Timed(timed) => self.benchmark.timed(&timed),
            Event::BenchmarkDone { memory, error } => self.benchmark.ended(memory, error),
            Event::Failed { error, .. } if self.benchmark_broke_it(&error) => {}
            Event::Device(report) => self.device.set(Some(report)),
            Event::Plan { windows, .. } => self.windows.set(Some(windows)),
            Event::Progress(report) => self.progress.set(Some((report, Instant::now()))),
            Event::Done(finished) => spawn_local(take_over(*self, *finished, parts.to_vec())),
            Event::Failed { error, .. } if self.model_broke_it(&error.diagnostics.join("; ")) => {}
            Event::Failed {
                error,
                scope: scope @ FailureScope::Memory,
            } if self.phase.get_untracked() != Phase::Reading => self.stop_loading(error, scope),
            Event::Failed { error, scope } => self.fail(error, scope),
        }
    }

    fn series_came(&self, summary: SeriesSummary, parts: &[JsValue]) {
        let id = summary.id;
        let names = self.kept.with_value(|kept| {
            let own = kept.iter().find(|k| k.item.id == id);
            own.map(|k| k.item.names.clone())
        });
        // A new engine may be given a scan again; one that was removed meanwhile has no name.
        let known = self
            .series
            .with_untracked(|all| all.iter().any(|s| s.summary.id == id));
        if known {
            return;
        }
        self.waits_for_one_less();
        let Some(names) = names else {
            return;
        };
        let description = self.kept.with_value(|kept| {
            let own = kept.iter().find(|k| k.item.id == id);
            own.and_then(|k| Some(k.item.dicom.as_ref()?.description.clone()))
        });
        let folder = names
            .first()
            .map_or("", |path| pairs::split(path).0)
            .to_owned();
        let name: Vec<&str> = names.iter().map(|path| pairs::split(path).1).collect();
        if let Some(sequence) = summary.guess {
            self.assignment.update(|a| a.suggest(sequence, id));
        }
        let grey = parts.first().map(bytes).unwrap_or_default().into();
        self.series.update(|series| {
            series.push(Loaded {
                summary,
                name: description.unwrap_or_else(|| name.join(" + ")),
                folder,
                grey,
            });
        });
    }

    /// Scans whose names say nothing are taken for what they look like, which is said; names outweigh looks.
    fn name_by_picture(&self, by_picture: &[(SeriesId, Sequence)]) {
        let before = self.assignment.get_untracked();
        if before.is_complete() {
            return;
        }
        // What is of another kind by its name, or did not fit the case, is taken for nothing.
        let misfits = self.misfits.get_value();
        let may_be = |id: &SeriesId| {
            let candidate = |s: &Loaded| s.summary.id == *id && s.summary.aside.is_none();
            !misfits.contains(id) && self.series.with_untracked(|all| all.iter().any(candidate))
        };
        self.assignment.update(|all| {
            for (id, sequence) in by_picture.iter().filter(|(id, _)| may_be(id)) {
                all.suggest(*sequence, *id);
            }
        });
        let after = self.assignment.get_untracked();
        let named = Sequence::ALL
            .into_iter()
            .filter(|s| before.get(*s) != after.get(*s));
        let named: Vec<String> = named.map(|sequence| sequence.to_string()).collect();
        if !named.is_empty() {
            let words = format!(
                "{} chosen by how the pictures look: check them before you go on.",
                match &named[..] {
                    [one] => format!("{one} was"),
                    all => format!("{} were", all.join(", ")),
                }
            );
            self.say(vec![words], false);
        }
    }

    fn refused(&self, id: SeriesId, error: UserError) {
        self.waits_for_one_less();
        self.kept
            .update_value(|kept| kept.retain(|k| k.item.id != id));
        self.series
            .update(|series| series.retain(|s| s.summary.id != id));
        self.assignment.update(|a| a.forget(id));
        self.notices.update(|notices| notices.push(error));
    }

    fn fail(&self, mut error: UserError, scope: FailureScope) {
        let waited = self
            .progress
            .with_untracked(|p| p.map(|(report, _)| report));
        if let Some(report) = waited {
            error = error.with("stage", report.stage.words());
        }
        if let Some(device) = self.device.get_untracked() {
            error = error.with("device", format!("{} ({})", device.name, device.why));
        }
        let agent = super::browser::window().navigator().user_agent();
        error = error.with("browser", agent.unwrap_or_default());
        self.phase.set(Phase::Failed(error, scope));
        self.progress.set(None);
        if scope != FailureScope::Case {
            self.give_up_models("it stopped in a reading");
            self.renew_engine();
        }
    }

    /// An engine that stops while it measures ends the benchmark and nothing else.
    fn benchmark_broke_it(&self, error: &UserError) -> bool {
        let broke_it = self.benchmark.running.get_untracked();
        if broke_it {
            self.benchmark.ended(None, Some(error.clone()));
            self.renew_engine();
        }
        broke_it
    }

    /// Outside a reading, with all scans read, an engine that stops has stumbled over a model: no more than
    /// that model is lost. False if it was something else.
    fn model_broke_it(&self, words: &str) -> bool {
        let is_idle =
            self.phase.get_untracked() != Phase::Reading && self.pending.get_untracked() == 0;
        let broke_it = is_idle && self.give_up_models(words);
        if broke_it {
            self.renew_engine();
        }
        broke_it
    }

    /// The worker is gone. What was loaded is given to a new one.
    pub(crate) fn engine_died(&self, words: &str) {
        let error = UserError::new(
            "The engine stopped.",
            "Nothing that was loaded is lost. Try again, or use the CPU.",
        )
        .with("engine", words);
        if self.benchmark_broke_it(&error) || self.model_broke_it(words) {
            return;
        }
        if self.phase.get_untracked() == Phase::Reading {
            self.fail(error, FailureScope::Engine);
            return;
        }
        self.give_up_models(words);
        self.stop_loading(error, FailureScope::Engine);
    }

    /// One of the files that are being read was answered for.
    pub(super) fn waits_for_one_less(&self) {
        self.pending.update(|n| *n = n.saturating_sub(1));
    }

    /// While scans are loaded, starting again by itself could fail for ever on the same file: those that were not
    /// read are given up.
    fn stop_loading(&self, error: UserError, scope: FailureScope) {
        self.link.set_value(None);
        self.exporting.set(None);
        self.pending.set(0);
        let unread: Vec<SeriesId> = self.kept.with_value(|kept| {
            let known = |id| {
                self.series
                    .with_untracked(|s| s.iter().any(|s| s.summary.id == id))
            };
            kept.iter()
                .map(|k| k.item.id)
                .filter(|id| !known(*id))
                .collect()
        });
        self.kept
            .update_value(|kept| kept.retain(|k| !unread.contains(&k.item.id)));
        self.phase.set(Phase::Failed(error, scope));
    }
}

/// Copies the voxels into the page, one volume a task so that none is long, and shows them.
async fn take_over(session: Session, finished: Finished, parts: Vec<JsValue>) {
    let mut parts = parts.into_iter();
    let labels = parts.next().map(|p| bytes(&p)).unwrap_or_default();
    let mut sequences: [Vec<u16>; 4] = Default::default();
    for sequence in &mut sequences {
        TimeoutFuture::new(0).await;
        *sequence = parts.next().map(|p| words(&p)).unwrap_or_default();
    }
    let brain = parts.next().map(|p| bytes(&p)).unwrap_or_default();
    let segmentation = parts.next().map(|p| bytes(&p)).unwrap_or_default();
    TimeoutFuture::new(0).await;
    // Cancelled in between.
    if session.phase.get_untracked() != Phase::Reading {
        return;
    }
    match Shown::new(finished.grid, finished.scales, sequences, labels, brain) {
        Ok(shown) => {
            session.outcome.set(Some(Arc::new(Outcome {
                report: finished.report,
                card: finished.card,
                shown,
                segmentation,
            })));
            session.phase.set(Phase::Done);
        }
        Err(error) => session.fail(
            UserError::new("The engine's answer cannot be shown.", "Try again.")
                .with("display", format!("{error:?}")),
            FailureScope::Engine,
        ),
    }
}

pub(super) fn bytes(part: &JsValue) -> Vec<u8> {
    (part.dyn_ref::<ArrayBuffer>()).map_or_else(Vec::new, |b| Uint8Array::new(b).to_vec())
}

fn words(part: &JsValue) -> Vec<u16> {
    (part.dyn_ref::<ArrayBuffer>()).map_or_else(Vec::new, |b| Uint16Array::new(b).to_vec())
}
