//! Takes the person's files, or the sample's.

use imaging::recognise::uneven_twins;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, File, FileList};

use super::browser;
use super::given::Given;
use super::said::Told;
use super::sample::{self, Sample};
use super::session::{Kept, Phase, Session};
use crate::assignment::Assignment;
use crate::folders::Tally;
use crate::intake::{self, Intake, Open};
use crate::pairs;
use crate::protocol::{Command, LoadItem, SeriesId};
use crate::user_error::UserError;

impl Session {
    /// Files that were dropped or chosen: models by their names, scans all others, with what was found in
    /// folders. Models leave the case as it is.
    pub(crate) fn add(&self, given: Vec<Given>, tally: Tally) {
        let (models, scans): (Vec<Given>, Vec<Given>) =
            (given.into_iter()).partition(|one| pairs::is_model(&one.path));
        if !models.is_empty() {
            self.add_models(models.into_iter().map(|one| one.file).collect());
        }
        if !scans.is_empty() && self.phase.get_untracked() == Phase::Reading {
            let words = "Nothing was added while a case is read. Wait for the answer, or cancel.";
            return self.say(vec![words.to_owned()], false);
        }
        let (archives, scans): (Vec<Given>, Vec<Given>) =
            (scans.into_iter()).partition(|one| pairs::is_archive(&one.path));
        if !archives.is_empty() {
            return self.unpack(archives, scans, tally);
        }
        let (slices, scans): (Vec<Given>, Vec<Given>) =
            (scans.into_iter()).partition(|one| pairs::may_be_dicom(&one.path));
        match (scans.is_empty(), slices.is_empty()) {
            (true, true) => self.say(tally.nothing().into_iter().collect(), false),
            (true, false) => self.list(slices, tally),
            (false, _) => self.take(scans, slices.len(), tally.words()),
        }
    }

    /// Scans join the open case or begin a new one, which is said.
    pub(super) fn take(&self, given: Vec<Given>, slices: usize, others: Option<String>) {
        let twins = uneven_twins(&paths(&given));
        let evened = (!twins.is_empty()).then(|| {
            let names: Vec<&str> = twins.iter().map(|at| given[*at].path.as_str()).collect();
            format!(
                "Left out: {}. The file with _Eq beside it has even slices.",
                names.join(", ")
            )
        });
        let given: Vec<Given> = (given.into_iter().enumerate())
            .filter(|(at, _)| !twins.contains(at))
            .map(|(_, one)| one)
            .collect();
        let scans = pairs::scans(&paths(&given));
        let heads: Vec<String> = (scans.iter())
            .filter_map(|scan| Some(given.get(*scan.first()?)?.path.clone()))
            .collect();
        let picked = intake::pick(&heads);
        let heads: Vec<String> = picked.taken.iter().map(|at| heads[*at].clone()).collect();
        let given: Vec<Given> = (picked.taken.iter())
            .flat_map(|at| scans[*at].iter().map(|at| given[*at].clone()))
            .collect();

        let intake = self.intake(&heads);
        let words = intake.words(heads.len());
        match intake {
            Intake::Begins(_) => self.start_over(),
            Intake::First | Intake::Joins => self.phase.set(Phase::Choosing),
        }
        self.last.set_value(given.clone());
        let came = self.load(given);
        if intake == Intake::Joins {
            self.joined.update_value(|joined| joined.extend(came));
        }
        let slices = (slices > 0).then(|| {
            format!("{slices} files beside the NIfTI scans were left alone: if they are DICOM, drop them by themselves.")
        });
        let all = picked
            .words()
            .into_iter()
            .chain(words)
            .chain(evened)
            .chain(slices)
            .chain(others);
        self.say(all.collect(), intake == Intake::Joins);
    }

    fn intake(&self, came: &[String]) -> Intake {
        let paths: Vec<String> = self.kept.with_value(|kept| {
            let first = |kept: &Kept| kept.item.names.first().cloned();
            kept.iter().filter_map(first).collect()
        });
        let open = Open {
            paths: &paths,
            is_complete: self.assignment.with_untracked(Assignment::is_complete),
            was_read: self.was_read.get_value(),
            is_sample: self.sample.with_untracked(Option::is_some),
        };
        Intake::of(open, came)
    }

    /// The scans that joined the open case are another patient's.
    pub(crate) fn begin_with_last(&self) {
        let given = self.last.get_value();
        self.start_over();
        let scans = pairs::scans(&paths(&given)).len();
        self.load(given);
        let words = Intake::Begins(intake::Why::Whole).words(scans);
        self.say(words.into_iter().collect(), false);
    }

    pub(super) fn say(&self, sentences: Vec<String>, may_begin: bool) {
        let words = sentences.join(" ");
        self.said
            .set((!words.is_empty()).then_some(Told { words, may_begin }));
    }

    /// Asks the engine whether scans that joined the case and were given a sequence fit the others.
    pub(super) fn compare_joined(&self) {
        let assignment = self.assignment.get_untracked();
        let is_assigned = |id: &SeriesId| assignment.sequence_of(*id).is_some();
        let mut came = self.joined.get_value();
        self.joined.set_value(Vec::new());
        came.retain(is_assigned);
        let assigned = assignment.series().into_iter().flatten().count();
        if came.is_empty() || assigned == came.len() {
            return;
        }
        let assignment = assignment.series();
        self.send(Command::Compare { assignment, came }, Vec::new());
    }

    /// Scans that do not fit the case stand for nothing until the person says otherwise.
    pub(super) fn leave_out(&self, misfits: &[(SeriesId, String)]) {
        if self.phase.get_untracked() != Phase::Choosing || misfits.is_empty() {
            return;
        }
        let assignment = self.assignment.get_untracked();
        let words = misfits.iter().filter_map(|(id, words)| {
            let sequence = assignment.sequence_of(*id)?;
            Some(format!(
                "It was not taken as the {sequence} of the open case: {words}"
            ))
        });
        let words: Vec<String> = words.collect();
        self.misfits
            .update_value(|all| all.extend(misfits.iter().map(|(id, _)| *id)));
        self.assignment
            .update(|all| misfits.iter().for_each(|(id, _)| all.forget(*id)));
        self.say(words, true);
    }

    /// The names that the scans were given.
    pub(super) fn load(&self, given: Vec<Given>) -> Vec<SeriesId> {
        self.notices.set(Vec::new());
        // Before these files are kept: a new engine is given all that is kept.
        self.ensure_engine();
        let paths = paths(&given);
        let scans = pairs::scans(&paths).into_iter().map(|scan| Kept {
            item: LoadItem {
                id: self.new_id(),
                names: scan.iter().map(|at| paths[*at].clone()).collect(),
                dicom: None,
            },
            files: scan.iter().map(|at| given[*at].file.clone()).collect(),
        });
        let scans: Vec<Kept> = scans.collect();
        let ids = scans.iter().map(|scan| scan.item.id).collect();
        self.send_scans(scans);
        ids
    }

    /// Loads a case that ships with the page, from the page's own origin.
    pub(crate) fn try_sample(&self, sample: Sample) {
        let session = *self;
        session.start_over();
        session.pending.set(sample::FILES.len());
        spawn_local(async move {
            let mut files = Vec::new();
            for name in sample::FILES {
                match fetch(sample, name).await {
                    Ok(file) => files.push(file),
                    Err(error) => {
                        session.pending.set(0);
                        session.notices.set(vec![error]);
                        return;
                    }
                }
            }
            // Files that the person chose meanwhile come first.
            if session.pending.get_untracked() == sample::FILES.len() {
                session.pending.set(0);
                session.sample.set(Some(sample));
                let given = files.into_iter().map(|file| Given {
                    path: file.name(),
                    file,
                });
                session.load(given.collect());
            }
        });
    }
}

fn paths(given: &[Given]) -> Vec<String> {
    given.iter().map(|one| one.path.clone()).collect()
}

/// The files of a browser's list.
pub(crate) fn listed(files: Option<FileList>) -> Vec<File> {
    let list = files.into_iter();
    let files = list.flat_map(|list| (0..list.length()).filter_map(move |i| list.item(i)));
    files.collect()
}

async fn fetch(sample: Sample, name: &str) -> Result<File, UserError> {
    let failed = |what: String| {
        UserError::new(
            "The sample could not be fetched.",
            "Check the connection to the site this page came from, or choose scans of your own.",
        )
        .with("fetch", what)
    };
    let address = browser::url(&format!("{}/{name}", sample.folder));
    let request = gloo_net::http::Request::get(&address).send().await;
    let response = request.map_err(|e| failed(e.to_string()))?;
    if !response.ok() {
        return Err(failed(format!("status {}", response.status())));
    }
    let raw: web_sys::Response = response.into();
    let blob = raw.blob().map_err(|e| failed(format!("{e:?}")))?;
    let blob = JsFuture::from(blob)
        .await
        .map_err(|e| failed(format!("{e:?}")))?;
    let blob: Blob = blob.unchecked_into();
    let parts = js_sys::Array::of1(&blob);
    File::new_with_blob_sequence(&parts, name).map_err(|e| failed(format!("{e:?}")))
}
