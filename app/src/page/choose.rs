//! Takes the person's files, or the sample's.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, File, FileList};

use super::browser;
use super::session::{Kept, Phase, Session};
use crate::pairs;
use crate::protocol::{Command, LoadItem};
use crate::user_error::UserError;

const SAMPLE: &str = "samples/TCGA-DU-7294";
const SAMPLE_FILES: [&str; 4] = ["flair.nii.gz", "t1.nii.gz", "t1ce.nii.gz", "t2.nii.gz"];

impl Session {
    /// Files that were dropped or chosen: models by their names, scans all others. After an answer scans
    /// begin a new case; models leave it as it is.
    pub(crate) fn add(&self, files: Option<FileList>) {
        let files = listed(files).into_iter();
        let (models, files): (Vec<File>, Vec<File>) =
            files.partition(|file| pairs::is_model(&file.name()));
        if !models.is_empty() {
            self.add_models(models);
        }
        if files.is_empty() {
            return;
        }
        if self.sample.get_untracked() {
            self.start_over();
        }
        self.load(files);
    }

    fn load(&self, files: Vec<File>) {
        match self.phase.get_untracked() {
            Phase::Reading => return,
            Phase::Done => self.start_over(),
            Phase::Choosing => {}
            Phase::Question(_) | Phase::Failed(..) => self.phase.set(Phase::Choosing),
        }
        self.notices.set(Vec::new());
        // Before these files are kept: a new engine is given all that is kept.
        self.ensure_engine();
        let names: Vec<String> = files.iter().map(File::name).collect();
        let (mut items, mut parts, mut kept) = (Vec::new(), Vec::<JsValue>::new(), Vec::new());
        for scan in pairs::scans(&names) {
            let item = LoadItem {
                id: self.new_id(),
                names: scan.iter().map(|at| names[*at].clone()).collect(),
            };
            let files: Vec<File> = scan.iter().map(|at| files[*at].clone()).collect();
            parts.extend(files.iter().map(JsValue::from));
            items.push(item.clone());
            kept.push(Kept { item, files });
        }
        self.pending.update(|n| *n += items.len());
        self.kept.update_value(|all| all.extend(kept));
        self.send(
            Command::Load {
                items,
                again: false,
            },
            parts,
        );
    }

    /// Loads the case that ships with the page, from the page's own origin.
    pub(crate) fn try_sample(&self) {
        let session = *self;
        session.start_over();
        session.pending.set(SAMPLE_FILES.len());
        spawn_local(async move {
            let mut files = Vec::new();
            for name in SAMPLE_FILES {
                match fetch(name).await {
                    Ok(file) => files.push(file),
                    Err(error) => {
                        session.pending.set(0);
                        session.notices.set(vec![error]);
                        return;
                    }
                }
            }
            // Files that the person chose meanwhile come first.
            if session.pending.get_untracked() == SAMPLE_FILES.len() {
                session.pending.set(0);
                session.sample.set(true);
                session.load(files);
            }
        });
    }
}

/// The files of a browser's list.
pub(crate) fn listed(files: Option<FileList>) -> Vec<File> {
    let list = files.into_iter();
    let files = list.flat_map(|list| (0..list.length()).filter_map(move |i| list.item(i)));
    files.collect()
}

async fn fetch(name: &str) -> Result<File, UserError> {
    let failed = |what: String| {
        UserError::new(
            "The sample could not be fetched.",
            "Check the connection to the site this page came from, or choose scans of your own.",
        )
        .with("fetch", what)
    };
    let address = browser::url(&format!("{SAMPLE}/{name}"));
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
