//! What a folder of DICOM files holds: one examination is chosen, its best series are loaded, the others stay a click
//! away.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use super::given::Given;
use super::session::{Kept, Phase, Session};
use crate::folders::Tally;
use crate::protocol::{Command, DicomItem, LoadItem, Part, Studies};
use crate::studies::{chosen, line, title};
use crate::user_error::UserError;

/// A folder that was listed.
#[derive(Clone, Copy)]
pub(crate) struct Folder {
    pub(crate) studies: RwSignal<Option<Studies>>,
    /// Which of its examinations is open.
    pub(crate) open: RwSignal<Option<usize>>,
    /// The parts of it that were loaded.
    pub(crate) loaded: RwSignal<Vec<usize>>,
    files: StoredValue<Vec<Given>, LocalStorage>,
    /// Those that the engine looks through.
    listed: StoredValue<Vec<Given>, LocalStorage>,
    /// What was given beside archives that are being unpacked.
    beside: StoredValue<Vec<Given>, LocalStorage>,
    /// What was found in it by names, before it was listed.
    tally: StoredValue<Tally>,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self {
            studies: RwSignal::new(None),
            open: RwSignal::new(None),
            loaded: RwSignal::new(Vec::new()),
            files: StoredValue::new_local(Vec::new()),
            listed: StoredValue::new_local(Vec::new()),
            beside: StoredValue::new_local(Vec::new()),
            tally: StoredValue::new(Tally::default()),
        }
    }

    pub(crate) fn clear(&self) {
        self.studies.set(None);
        self.open.set(None);
        self.loaded.set(Vec::new());
        self.files.set_value(Vec::new());
    }
}

impl Session {
    /// Has the engine look through files that may be DICOM; what is found begins a new case.
    pub(super) fn list(&self, given: Vec<Given>, tally: Tally) {
        self.notices.set(Vec::new());
        self.pending.update(|n| *n += 1);
        let parts: Vec<JsValue> = given.iter().map(|one| JsValue::from(&one.file)).collect();
        self.folder.listed.set_value(given);
        self.folder.tally.set_value(tally);
        self.send(Command::List, parts);
    }

    /// Has the engine take the files out of archives; what came beside them waits.
    pub(super) fn unpack(&self, archives: Vec<Given>, beside: Vec<Given>, tally: Tally) {
        self.notices.set(Vec::new());
        self.pending.update(|n| *n += 1);
        self.folder.beside.set_value(beside);
        let names = archives.iter().map(|one| one.path.clone()).collect();
        let parts = archives.iter().map(|one| JsValue::from(&one.file));
        self.send(Command::Unpack { names, tally }, parts.collect());
    }

    /// What was in archives is taken as if a folder had been given.
    pub(super) fn unpacked(&self, paths: Vec<String>, parts: &[JsValue], tally: Tally) {
        self.waits_for_one_less();
        let mut given = self.folder.beside.get_value();
        let files = parts.iter().map(|part| part.clone().unchecked_into());
        given.extend((paths.into_iter().zip(files)).map(|(path, file)| Given { path, file }));
        self.add(given, tally);
    }

    /// Opens what there is, or asks which of several examinations.
    pub(super) fn listed(&self, studies: Studies) {
        self.waits_for_one_less();
        let files = self.folder.listed.get_value();
        if studies.examinations.is_empty() {
            let nifti = studies
                .nifti
                .iter()
                .filter_map(|at| files.get(*at).cloned());
            let nifti: Vec<Given> = nifti.collect();
            match nifti.is_empty() {
                true => self.notices.set(vec![nothing(&studies, &files)]),
                false => self.take(nifti, 0, self.folder.tally.get_value().words()),
            }
            return;
        }
        self.start_over();
        self.folder.files.set_value(files);
        let usable: Vec<usize> = (0..studies.examinations.len())
            .filter(|at| !chosen(&studies.examinations[*at].parts).is_empty())
            .collect();
        let mut words = vec![found(&studies)];
        let mut tally = self.folder.tally.get_value();
        tally.passed_over += passed_over(&studies);
        words.extend(tally.words());
        self.folder.studies.set(Some(studies));
        match usable[..] {
            [one] => self.open_examination(one),
            _ => words.push("Choose one: a case is one patient on one day.".to_owned()),
        }
        self.say(words, false);
    }

    /// Loads the best series of an examination, as a new case.
    pub(super) fn open_examination(&self, at: usize) {
        let (studies, files) = (
            self.folder.studies.get_untracked(),
            self.folder.files.get_value(),
        );
        self.start_over();
        self.folder.files.set_value(files);
        let parts = studies
            .as_ref()
            .and_then(|s| s.examinations.get(at))
            .map(|e| chosen(&e.parts));
        self.folder.studies.set(studies);
        self.folder.open.set(Some(at));
        self.load_parts(&parts.unwrap_or_default());
    }

    /// Loads parts of the open examination.
    fn load_parts(&self, parts: &[usize]) {
        let open = self.folder.open.get_untracked();
        let all: Vec<Part> = self
            .folder
            .studies
            .with_untracked(|studies| {
                let examination = studies.as_ref()?.examinations.get(open?)?;
                Some(examination.parts.clone())
            })
            .unwrap_or_default();
        self.phase.set(Phase::Choosing);
        self.ensure_engine();
        let scan = |part: &Part| {
            let given: Vec<Given> = self.folder.files.with_value(|files| {
                part.files
                    .iter()
                    .filter_map(|at| files.get(*at).cloned())
                    .collect()
            });
            Kept {
                item: LoadItem {
                    id: self.new_id(),
                    names: given.iter().map(|one| one.path.clone()).collect(),
                    dicom: Some(DicomItem {
                        description: line(part),
                        guess: part.guess,
                        aside: part.aside,
                        nth: part.nth,
                    }),
                },
                files: given.into_iter().map(|one| one.file).collect(),
            }
        };
        let scans = parts.iter().filter_map(|at| all.get(*at)).map(scan);
        let scans: Vec<Kept> = scans.collect();
        self.folder.loaded.update(|loaded| loaded.extend(parts));
        self.send_scans(scans);
    }
}

/// No file of so many is a scan.
fn nothing(studies: &Studies, files: &[Given]) -> UserError {
    let happened = match (files, studies.refused.first()) {
        ([one], Some((why, _))) => format!("{} cannot be read: {why}.", one.path),
        (_, Some((why, _))) => format!("None of these files can be read: {why}."),
        ([one], None) => format!("{} is no scan.", one.path),
        (_, None) => format!("None of these {} files is a scan.", files.len()),
    };
    UserError::new(
        happened,
        "DICOM is read, as it comes from the scanner, and NIfTI: .nii, .nii.gz, or .hdr with .img.",
    )
}

/// How many files are no series that can be read.
fn passed_over(studies: &Studies) -> usize {
    studies.passed_over + studies.refused.iter().map(|(_, n)| n).sum::<usize>()
}

/// What there is, in a sentence or two.
fn found(studies: &Studies) -> String {
    let series: usize = studies.examinations.iter().map(|e| e.parts.len()).sum();
    let mut words = match (studies.examinations.len(), series) {
        (1, 1) => "One DICOM series was found.".to_owned(),
        (1, n) => format!("{n} DICOM series were found."),
        (m, n) => format!("{n} DICOM series of {m} examinations were found."),
    };
    if studies.examinations.iter().any(|e| e.under_18) {
        words += " The patient was under 18 then: the model has learnt from adults alone.";
    }
    words
}

/// The folder's examinations, and the series of the open one that are not loaded.
#[component]
pub(crate) fn FolderPanel() -> impl IntoView {
    let session = expect_context::<Session>();
    let folder = session.folder;
    view! {
        {move || folder.studies.get().map(|studies| {
            let open = folder.open.get();
            let several = studies.examinations.len() > 1;
            let rest = open.and_then(|at| studies.examinations.get(at).cloned());
            view! {
                {several.then(|| view! { <Examinations studies open /> })}
                {rest.map(|examination| view! { <OtherSeries parts=examination.parts /> })}
            }
        })}
    }
}

#[component]
fn Examinations(studies: Studies, open: Option<usize>) -> impl IntoView {
    let session = expect_context::<Session>();
    let one = move |(at, examination): (usize, &crate::protocol::Examination)| {
        let series = examination.parts.len();
        let words = format!("{}: {series} series", title(examination));
        let is_open = open == Some(at);
        view! {
            <li>
                <span class="name">{words}</span>
                <button
                    data-testid=format!("examination-{at}")
                    aria-pressed=is_open.to_string()
                    on:click=move |_| session.open_examination(at)
                >
                    {if is_open { "Open" } else { "Use this one" }}
                </button>
            </li>
        }
    };
    view! {
        <section data-testid="examinations">
            <h2>"Examinations in this folder"</h2>
            <ul class="unused">{studies.examinations.iter().enumerate().map(one).collect_view()}</ul>
        </section>
    }
}

#[component]
fn OtherSeries(parts: Vec<Part>) -> impl IntoView {
    let session = expect_context::<Session>();
    let loaded = session.folder.loaded;
    let rest: Vec<(usize, Part)> = (parts.into_iter().enumerate())
        .filter(|(at, _)| !loaded.with(|loaded| loaded.contains(at)))
        .collect();
    if rest.is_empty() {
        return ().into_any();
    }
    let one = move |(at, part): (usize, Part)| {
        let why_not = part
            .why_not
            .clone()
            .map(|(why, mend)| format!("{why} {mend}"));
        let aside = part.aside.map(|kind| kind.words().to_owned());
        let derived = part
            .derived
            .then(|| "computed from another series".to_owned());
        let usable = why_not.is_none();
        let more: Vec<String> = [aside, derived, why_not].into_iter().flatten().collect();
        view! {
            <li>
                <span class="name">{line(&part)} <br /><span class="small">{more.join(", ")}</span></span>
                {usable.then(|| view! {
                    <button data-testid=format!("load-{at}") on:click=move |_| session.load_parts(&[at])>
                        "Load"
                    </button>
                })}
            </li>
        }
    };
    view! {
        <details data-testid="other-series">
            <summary>{format!("Other series of this examination: {}", rest.len())}</summary>
            <ul class="unused">{rest.into_iter().map(one).collect_view()}</ul>
        </details>
    }
    .into_any()
}
