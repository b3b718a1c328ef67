//! What the page knows, as signals, and what the person can do. Nothing of it is stored anywhere, but for
//! a model that the person ticks to keep.

use std::sync::Arc;

use imaging::Sequence;
use leptos::prelude::*;
use mts_unet::card::Card;
use mts_unet::report::Report;
use web_sys::File;
use web_time::Instant;

use super::benchmark::Benchmark;
use super::browser;
use super::given::Given;
use super::link::Link;
use super::models::Models;
use super::said::Told;
use super::sample::Sample;
use super::studies::Folder;
use super::threads::Devices;
use crate::assignment::Assignment;
use crate::protocol::{
    Command, DeviceChoice, DeviceReport, Export, FailureScope, Fault, LoadItem, ProgressReport,
    ReadRequest, SeriesId, SeriesSummary,
};
use crate::user_error::UserError;
use crate::view::Shown;

/// Where the page stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Phase {
    /// Scans are chosen and told apart.
    Choosing,
    /// The engine reads.
    Reading,
    /// There is an answer.
    Done,
    /// There is none, and why.
    Failed(UserError, FailureScope),
}

/// A scan on the page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Loaded {
    pub(crate) summary: SeriesSummary,
    /// Of its file, or its two.
    pub(crate) name: String,
    /// Where they lie; empty where the browser does not tell.
    pub(crate) folder: String,
    /// Grey bytes of its thumbnail.
    pub(crate) grey: Arc<[u8]>,
}

/// An answer with its voxels.
pub(crate) struct Outcome {
    pub(crate) report: Report,
    pub(crate) card: Card,
    pub(crate) shown: Shown,
    pub(crate) segmentation: Vec<u8>,
}

/// A scan's files, kept so that a new engine can be given them.
pub(crate) struct Kept {
    pub(crate) item: LoadItem,
    pub(crate) files: Vec<File>,
}

/// The page's state; copies share it.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    pub(crate) phase: RwSignal<Phase>,
    pub(crate) series: RwSignal<Vec<Loaded>>,
    /// Scans that are being fetched or read.
    pub(crate) pending: RwSignal<usize>,
    /// Scans that were refused since the last were chosen.
    pub(crate) notices: RwSignal<Vec<UserError>>,
    /// What became of the scans that came last.
    pub(crate) said: RwSignal<Option<Told>>,
    pub(crate) assignment: RwSignal<Assignment>,
    pub(crate) choice: RwSignal<DeviceChoice>,
    /// The mirror image is to be read too.
    pub(crate) mirror: RwSignal<bool>,
    pub(crate) devices: Devices,
    pub(crate) device: RwSignal<Option<DeviceReport>>,
    pub(crate) windows: RwSignal<Option<usize>>,
    pub(crate) progress: RwSignal<Option<(ProgressReport, Instant)>>,
    pub(crate) outcome: RwSignal<Option<Arc<Outcome>>>,
    /// Files that the engine makes of the answer, or why it could not.
    pub(crate) exporting: RwSignal<Option<Result<Export, UserError>>>,
    pub(crate) benchmark: Benchmark,
    /// The models, which outlive the case.
    pub(crate) models: Models,
    /// The scans are a shipped sample, whose source has to be named.
    pub(crate) sample: RwSignal<Option<Sample>>,
    pub(crate) kept: StoredValue<Vec<Kept>, LocalStorage>,
    /// The folder of DICOM files that the case is from.
    pub(crate) folder: Folder,
    /// The scans that came last.
    pub(crate) last: StoredValue<Vec<Given>, LocalStorage>,
    /// Those of them that joined an open case and have not been compared with it yet.
    pub(crate) joined: StoredValue<Vec<SeriesId>>,
    /// Those that did not fit it, which are filled in for nothing.
    pub(crate) misfits: StoredValue<Vec<SeriesId>>,
    /// The open case was read, or its reading was refused or failed.
    pub(crate) was_read: StoredValue<bool>,
    pub(crate) link: StoredValue<Option<Link>, LocalStorage>,
    next_id: StoredValue<u32>,
    fault: StoredValue<Option<Fault>>,
}

impl Session {
    pub(crate) fn new() -> Self {
        let choice = browser::query("device").and_then(|key| DeviceChoice::from_key(&key));
        let fault = (cfg!(feature = "faults"))
            .then(|| browser::query("fault").and_then(|key| Fault::from_key(&key)));
        Self {
            phase: RwSignal::new(Phase::Choosing),
            series: RwSignal::new(Vec::new()),
            pending: RwSignal::new(0),
            notices: RwSignal::new(Vec::new()),
            said: RwSignal::new(None),
            assignment: RwSignal::new(Assignment::default()),
            choice: RwSignal::new(choice.unwrap_or_default()),
            mirror: RwSignal::new(false),
            devices: Devices::new(),
            device: RwSignal::new(None),
            windows: RwSignal::new(None),
            progress: RwSignal::new(None),
            outcome: RwSignal::new(None),
            exporting: RwSignal::new(None),
            benchmark: Benchmark::new(),
            models: Models::new(),
            sample: RwSignal::new(None),
            kept: StoredValue::new_local(Vec::new()),
            folder: Folder::new(),
            last: StoredValue::new_local(Vec::new()),
            joined: StoredValue::new(Vec::new()),
            misfits: StoredValue::new(Vec::new()),
            was_read: StoredValue::new(false),
            link: StoredValue::new_local(None),
            next_id: StoredValue::new(0),
            fault: StoredValue::new(fault.flatten()),
        }
    }

    /// `<body data-state>`.
    pub(crate) fn state(&self) -> &'static str {
        self.phase.with(|phase| match phase {
            Phase::Choosing if self.is_empty() => "empty",
            Phase::Choosing => "loaded",
            Phase::Reading => "reading",
            Phase::Done => "done",
            Phase::Failed(..) => "failed",
        })
    }

    /// Neither a scan nor a folder to choose from is here.
    pub(crate) fn is_empty(&self) -> bool {
        self.series.with(Vec::is_empty) && self.folder.studies.with(Option::is_none)
    }

    /// A name that no series had yet.
    pub(crate) fn new_id(&self) -> SeriesId {
        let id = self.next_id.get_value();
        self.next_id.set_value(id + 1);
        SeriesId(id)
    }

    /// Starts a reading of the scans that are assigned; with `as_they_are` none is moved and no skull taken off.
    pub(crate) fn read(&self, as_they_are: bool) {
        let assignment = self.assignment.with_untracked(Assignment::series);
        if assignment.iter().all(Option::is_none) {
            return;
        }
        self.notices.set(Vec::new());
        self.said.set(None);
        self.was_read.set_value(true);
        self.models.clear_news();
        self.device.set(None);
        self.windows.set(None);
        self.progress.set(None);
        self.exporting.set(None);
        self.outcome.set(None);
        self.phase.set(Phase::Reading);
        // A fault strikes once, so that going on afterwards can be proven too.
        let fault = self.fault.get_value();
        self.fault.set_value(None);
        self.suit_engine();
        let (bundle, parts) = self.models.source();
        let request = ReadRequest {
            assignment,
            device: self.wish(),
            as_they_are,
            mirror: self.mirror.get_untracked(),
            bundle,
            fault,
        };
        self.send(Command::Read(request), parts);
    }

    /// Stops at once: the worker is ended, not asked.
    pub(crate) fn cancel(&self) {
        self.phase.set(Phase::Choosing);
        self.progress.set(None);
        self.renew_engine();
    }

    /// Reads again on the CPU.
    pub(crate) fn use_cpu(&self) {
        self.choice.set(DeviceChoice::Cpu);
        self.read(false);
    }

    /// Back to the scans, which are all still there.
    pub(crate) fn back(&self) {
        self.phase.set(Phase::Choosing);
    }

    /// Forgets everything but the models.
    pub(crate) fn start_over(&self) {
        self.link.set_value(None);
        self.kept.set_value(Vec::new());
        self.outcome.set(None);
        self.exporting.set(None);
        self.series.set(Vec::new());
        self.pending.set(0);
        self.notices.set(Vec::new());
        self.said.set(None);
        self.folder.clear();
        self.last.set_value(Vec::new());
        self.joined.set_value(Vec::new());
        self.misfits.set_value(Vec::new());
        self.was_read.set_value(false);
        self.assignment.set(Assignment::default());
        self.device.set(None);
        self.progress.set(None);
        self.sample.set(None);
        self.phase.set(Phase::Choosing);
        // Models that the engine had not answered for are not part of the case.
        if self.models.is_waiting() {
            self.ensure_engine();
        }
    }

    /// Drops one scan.
    pub(crate) fn remove(&self, id: SeriesId) {
        self.kept
            .update_value(|kept| kept.retain(|k| k.item.id != id));
        self.series
            .update(|series| series.retain(|s| s.summary.id != id));
        self.assignment.update(|a| a.forget(id));
        self.notices.set(Vec::new());
        self.send(Command::Forget { ids: vec![id] }, Vec::new());
    }

    /// How many scans may be one of the four, or were said to be.
    pub(crate) fn candidates(&self) -> usize {
        let assignment = self.assignment.get();
        let counts = |s: &&Loaded| {
            s.summary.aside.is_none() || assignment.sequence_of(s.summary.id).is_some()
        };
        self.series.with(|all| all.iter().filter(counts).count())
    }

    /// The person says which scan a sequence is.
    pub(crate) fn assign(&self, sequence: Sequence, id: Option<SeriesId>) {
        self.assignment.update(|a| a.set(sequence, id));
    }

    /// Two scans change places, and the case is read again, prepared as before or not.
    pub(crate) fn exchange(&self, a: Sequence, b: Sequence, as_they_are: bool) {
        let of_b = self.assignment.with_untracked(|all| all.get(b));
        self.assign(a, of_b);
        self.read(as_they_are);
    }
}
