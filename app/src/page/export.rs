//! What can be saved of an answer.

use imaging::Sequence;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::browser;
use super::session::Session;
use crate::protocol::{Command, Export};
use crate::user_error::UserError;

/// NIfTI.
const GZIP: &str = "application/gzip";

impl Session {
    fn export(&self, what: Export, space: Sequence) {
        self.exporting.set(Some(Ok(what)));
        self.send(Command::Export { what, space }, Vec::new());
    }

    /// The engine has made the file.
    pub(super) fn exported(&self, name: &str, parts: &[JsValue]) {
        self.exporting.set(None);
        let mime = match name.ends_with(".zip") {
            true => "application/zip",
            false => GZIP,
        };
        if let Some(part) = parts.first() {
            browser::download(name, &super::hear::bytes(part), mime);
        }
    }

    pub(super) fn not_exported(&self, error: UserError) {
        self.exporting.set(Some(Err(error)));
    }
}

/// Buttons for all files, and the scan in whose grid they are to be.
#[component]
pub(crate) fn Exports() -> impl IntoView {
    let session = expect_context::<Session>();
    let Some(outcome) = session.outcome.get_untracked() else {
        return ().into_any();
    };
    let own = outcome.report.space;
    let space = RwSignal::new(own);
    let assignment = session.assignment.get_untracked();
    let given: Vec<Sequence> = Sequence::ALL
        .into_iter()
        .filter(|sequence| assignment.series()[sequence.channel()].is_some())
        .collect();
    let report = outcome.report.clone();
    let save_report = move |_| match report.to_json() {
        Ok(json) => browser::download("report.json", json.as_bytes(), "application/json"),
        Err(error) => leptos::logging::error!("the report cannot be written: {error}"),
    };
    let save_segmentation = move |_| {
        let space = space.get_untracked();
        match session.outcome.get_untracked() {
            Some(outcome) if space == own => {
                browser::download("segmentation.nii.gz", &outcome.segmentation, GZIP);
            }
            _ => session.export(Export::Labels, space),
        }
    };
    let choose = move |event: leptos::ev::Event| {
        let key = event_target_value(&event);
        let chosen = Sequence::ALL.into_iter().find(|one| one.key() == key);
        space.set(chosen.unwrap_or(own));
    };
    let option = |sequence: Sequence| {
        view! {
            <option value=sequence.key() selected=sequence == own>{sequence.to_string()}</option>
        }
    };
    let is_busy = move || matches!(session.exporting.get(), Some(Ok(_)));
    let button = |id: &'static str, words: &'static str, what: Export| {
        let save = move |_| session.export(what, space.get_untracked());
        view! { <button class="quiet" data-testid=id disabled=is_busy on:click=save>{words}</button> }
    };
    view! {
        <div class="row exports">
            <button data-testid="export-segmentation" on:click=save_segmentation>
                "Save segmentation"
            </button>
            <button data-testid="export-report" on:click=save_report>"Save report"</button>
        </div>
        <details class="small" data-testid="more-exports">
            <summary>"Other files"</summary>
            <p class="row">
                <label>
                    "In the voxels of "
                    <select data-testid="export-space" on:change=choose>
                        {given.into_iter().map(option).collect_view()}
                    </select>
                </label>
                {button("export-probabilities", "Save probabilities", Export::Probabilities)}
                {button("export-prepared", "Save prepared scans", Export::Prepared)}
            </p>
            <p>
                "The segmentation too is saved in these voxels. Prepared scans lie on each other, without skull, for other programs."
            </p>
            {move || match session.exporting.get() {
                Some(Err(error)) => view! {
                    <p role="alert" data-testid="export-error">{format!("{} {}", error.happened, error.mend)}</p>
                }.into_any(),
                _ => ().into_any(),
            }}
        </details>
    }
    .into_any()
}
