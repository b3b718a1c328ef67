//! The models that the page knows: those that came with it and those that the person added.

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, File};

use super::browser;
use super::session::{Phase, Session};
use crate::keeping;
use crate::protocol::{BundleSource, Command, Merging, ModelId, ModelSummary, Told, Trial};
use crate::user_error::UserError;

/// Where the window with a known tumour lies, on which a converted network is tried.
const KNOWN: &str = "samples/trial/TCGA-DU-7294.nii.gz";

/// A model on the page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Model {
    pub(crate) id: ModelId,
    pub(crate) origin: Origin,
    pub(crate) state: ModelState,
    pub(crate) kept: Kept,
}

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Origin {
    /// It came with the page, from this address.
    Shipped(String),
    /// The person added the file of this name.
    Added(String),
    /// It was kept at an earlier visit.
    Earlier,
}

/// What is known of a model.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ModelState {
    /// The engine has not been asked yet.
    Unread,
    /// The engine looks at it; what the person said of it.
    Opening(Told),
    /// The person must say whose it is.
    KindNeeded,
    /// The person must say how its network merges neighbours; what was told, and what it found under each
    /// order.
    MergingNeeded(Told, Trial),
    /// It can read.
    Ready(ModelSummary),
    /// It was kept, but cannot be used.
    Unusable(UserError),
}

/// Whether the browser keeps a model for the next visit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kept {
    No,
    /// It is being written.
    Writing,
    /// Under this name.
    Yes(String),
}

impl Model {
    /// What the person reads.
    pub(crate) fn name(&self) -> String {
        match (&self.state, &self.origin) {
            (ModelState::Ready(summary), _) => summary.name.clone(),
            (_, Origin::Shipped(url)) => {
                let file = url.rsplit('/').next().unwrap_or(url);
                file.trim_end_matches(".mts.safetensors").to_owned()
            }
            (_, Origin::Added(file)) => file.clone(),
            (_, Origin::Earlier) => "a model that was kept".to_owned(),
        }
    }

    pub(crate) fn is_shipped(&self) -> bool {
        matches!(self.origin, Origin::Shipped(_))
    }

    /// Whether an engine has yet to answer for it.
    fn waits(&self) -> bool {
        matches!(self.state, ModelState::Opening(_)) || self.kept == Kept::Writing
    }

    /// Whether it may be chosen.
    pub(crate) fn is_usable(&self) -> bool {
        self.is_shipped() || matches!(self.state, ModelState::Ready(_))
    }
}

/// All models; copies share them.
#[derive(Clone, Copy)]
pub(crate) struct Models {
    pub(crate) all: RwSignal<Vec<Model>>,
    /// The one that reads next.
    pub(crate) chosen: RwSignal<ModelId>,
    /// What went wrong since a model was last added.
    pub(crate) notices: RwSignal<Vec<UserError>>,
    /// What went well.
    pub(crate) said: RwSignal<Option<String>>,
    files: StoredValue<Vec<(ModelId, Blob)>, LocalStorage>,
    next_id: StoredValue<u32>,
}

impl Models {
    /// Those that came with the page; the first one is chosen.
    pub(crate) fn new() -> Self {
        let urls = browser::bundle_urls().into_iter();
        let shipped: Vec<Model> = (0..)
            .zip(urls)
            .map(|(id, url)| Model {
                id: ModelId(id),
                origin: Origin::Shipped(url),
                state: ModelState::Unread,
                kept: Kept::No,
            })
            .collect();
        Self {
            next_id: StoredValue::new(shipped.len() as u32),
            all: RwSignal::new(shipped),
            chosen: RwSignal::new(ModelId(0)),
            notices: RwSignal::new(Vec::new()),
            said: RwSignal::new(None),
            files: StoredValue::new_local(Vec::new()),
        }
    }

    pub(crate) fn get(&self, id: ModelId) -> Option<Model> {
        self.all
            .with(|all| all.iter().find(|model| model.id == id).cloned())
    }

    /// The name of the one that reads next.
    pub(crate) fn chosen_name(&self) -> String {
        let model = self.get(self.chosen.get());
        model.map(|model| model.name()).unwrap_or_default()
    }

    pub(super) fn get_untracked(&self, id: ModelId) -> Option<Model> {
        untrack(|| self.get(id))
    }

    pub(super) fn update(&self, id: ModelId, change: impl FnOnce(&mut Model)) {
        self.all.update(|all| {
            if let Some(model) = all.iter_mut().find(|model| model.id == id) {
                change(model);
            }
        });
    }

    pub(super) fn push(&self, origin: Origin, kept: Kept, file: Blob) -> ModelId {
        let id = ModelId(self.next_id.get_value());
        self.next_id.set_value(id.0 + 1);
        self.files.update_value(|files| files.push((id, file)));
        self.all.update(|all| {
            all.push(Model {
                id,
                origin,
                state: ModelState::Unread,
                kept,
            });
        });
        id
    }

    pub(super) fn file(&self, id: ModelId) -> Option<Blob> {
        self.files.with_value(|files| {
            let own = files.iter().find(|(other, _)| *other == id);
            own.map(|(_, file)| file.clone())
        })
    }

    /// The bundle that a checkpoint was made into takes its place.
    pub(super) fn set_file(&self, id: ModelId, file: Blob) {
        self.files.update_value(|files| {
            files.retain(|(other, _)| *other != id);
            files.push((id, file));
        });
    }

    /// A checkpoint was tried under each order of merging, and the person is to choose.
    pub(super) fn merging_needed(&self, id: ModelId, trial: Trial) {
        self.update(id, |model| {
            if let ModelState::Opening(told) = model.state {
                model.state = ModelState::MergingNeeded(told, trial);
            }
        });
    }

    /// Takes a model off the list; if it was chosen, the page's own is.
    pub(super) fn drop(&self, id: ModelId) {
        self.files
            .update_value(|files| files.retain(|(other, _)| *other != id));
        self.all.update(|all| all.retain(|model| model.id != id));
        if self.chosen.get_untracked() == id {
            self.chosen.set(ModelId(0));
        }
    }

    /// What was said of the models added last has been read.
    pub(crate) fn clear_news(&self) {
        self.notices.set(Vec::new());
        self.said.set(None);
    }

    /// Whether an engine has yet to answer for one.
    pub(super) fn is_waiting(&self) -> bool {
        self.all.with_untracked(|all| all.iter().any(Model::waits))
    }

    /// What the next reading is told of its bundle.
    pub(super) fn source(&self) -> (BundleSource, Vec<JsValue>) {
        let chosen = self.chosen.get_untracked();
        match (
            self.get_untracked(chosen).map(|m| m.origin),
            self.file(chosen),
        ) {
            (Some(Origin::Shipped(url)), _) => (BundleSource::Shipped { url }, Vec::new()),
            (_, file) => (
                BundleSource::Added,
                file.into_iter().map(JsValue::from).collect(),
            ),
        }
    }

    /// What an engine has to be told once it runs: to fetch the page's own model if that one is to read,
    /// and all that an earlier engine did not answer.
    pub(super) fn open_commands(&self) -> Vec<(Command, Vec<JsValue>)> {
        let chosen = self.chosen.get_untracked();
        let mut commands = Vec::new();
        for model in self.all.get_untracked() {
            let parts = || self.file(model.id).map(JsValue::from).into_iter().collect();
            match (&model.origin, &model.state, &model.kept) {
                (Origin::Shipped(url), ..) if model.id == chosen => {
                    let (id, url) = (model.id, url.clone());
                    commands.push((Command::Prepare { id, url }, Vec::new()));
                }
                (_, ModelState::Opening(told), _) => {
                    commands.push((open_command(model.id, model.name(), *told), parts()));
                }
                (_, ModelState::Ready(summary), Kept::Writing) => {
                    let (id, sha256) = (model.id, summary.sha256.clone());
                    commands.push((Command::KeepModel { id, sha256 }, parts()));
                }
                _ => {}
            }
        }
        commands
    }
}

impl Session {
    /// Files that were dropped or chosen as models. Scans and answers stay as they are.
    pub(crate) fn add_models(&self, files: Vec<File>) {
        let models = self.models;
        models.clear_news();
        for file in files {
            let name = file.name();
            let id = models.push(Origin::Added(name.clone()), Kept::No, file.into());
            self.open_model(id, name, Told::default());
        }
    }

    /// The person says whose checkpoint it is.
    pub(crate) fn tell_kind(&self, id: ModelId, told: Told) {
        if let Some(model) = self.models.get_untracked(id) {
            self.open_model(id, model.name(), told);
        }
    }

    /// The person says how its network merges neighbours.
    pub(crate) fn tell_merging(&self, id: ModelId, merging: Merging) {
        let state = self.models.get_untracked(id).map(|model| model.state);
        if let Some(ModelState::MergingNeeded(told, _)) = state {
            let merging = Some(merging);
            self.tell_kind(id, Told { merging, ..told });
        }
    }

    fn open_model(&self, id: ModelId, name: String, told: Told) {
        let Some(file) = self.models.file(id) else {
            return;
        };
        // Before it is marked as waiting: a new engine is told of all that waits.
        self.ensure_engine();
        self.models
            .update(id, |model| model.state = ModelState::Opening(told));
        self.send(open_command(id, name, told), vec![file.into()]);
    }

    /// This one reads next.
    pub(crate) fn choose_model(&self, id: ModelId) {
        self.models.chosen.set(id);
        let model = self.models.get_untracked(id);
        // So that the reading itself needs no network.
        if let Some(Origin::Shipped(url)) = model.map(|model| model.origin)
            && self.link.with_value(Option::is_some)
        {
            self.send(Command::Prepare { id, url }, Vec::new());
        }
    }

    /// Takes a model off the list, and off the device if it was kept.
    pub(crate) fn remove_model(&self, id: ModelId) {
        self.forget_model(id);
        self.models.drop(id);
    }

    /// The person ticks, or unticks, *keep on this device*.
    pub(crate) fn keep_model(&self, id: ModelId, is_wanted: bool) {
        let (Some(model), Some(file)) = (self.models.get_untracked(id), self.models.file(id))
        else {
            return;
        };
        if !is_wanted {
            let session = *self;
            spawn_local(async move {
                // The file of an earlier visit goes with the storage that holds it.
                if model.origin == Origin::Earlier {
                    match copied(&file).await {
                        Ok(copy) => session.models.set_file(id, copy),
                        Err(_) => return session.remove_model(id),
                    }
                }
                session.forget_model(id);
            });
        } else if let ModelState::Ready(summary) = model.state {
            self.ensure_engine();
            self.models.update(id, |model| model.kept = Kept::Writing);
            let sha256 = summary.sha256;
            self.send(Command::KeepModel { id, sha256 }, vec![file.into()]);
        }
    }

    fn forget_model(&self, id: ModelId) {
        let kept = self.models.get_untracked(id).map(|model| model.kept);
        let Some(Kept::Yes(name)) = kept else {
            return;
        };
        self.models.update(id, |model| model.kept = Kept::No);
        let notices = self.models.notices;
        spawn_local(async move {
            if let Err(error) = keeping::remove(&name).await {
                let words = UserError::new(
                    "The browser did not remove the model from this device.",
                    "Clear this page's data in the browser's settings.",
                );
                notices.update(|all| all.push(words.with("storage", format!("{error:?}"))));
            }
        });
    }

    /// Models that were kept at an earlier visit. The engine is started only if there are some.
    pub(crate) fn bring_kept_models(&self) {
        if !keeping::is_possible() {
            return;
        }
        let session = *self;
        spawn_local(async move {
            // A browser that keeps nothing, as in a private window, has nothing to bring.
            let files = keeping::list().await.unwrap_or_default();
            for file in files {
                let name = file.name();
                let kept = Kept::Yes(name.clone());
                let id = session.models.push(Origin::Earlier, kept, file.into());
                session.open_model(id, format!("{name}.mts.safetensors"), Told::default());
            }
        });
    }

    pub(super) fn model_came(&self, summary: ModelSummary, parts: &[JsValue]) {
        let models = self.models;
        let Some(model) = models.get_untracked(summary.id) else {
            return;
        };
        let (id, name) = (summary.id, summary.name.clone());
        let tried = summary.trial.as_ref().map(Trial::words);
        let twin = models.all.with_untracked(|all| {
            let same =
                |m: &&Model| matches!(&m.state, ModelState::Ready(s) if s.sha256 == summary.sha256);
            let mut others = all.iter().filter(|other| other.id != id);
            others.find(same).map(|other| other.id)
        });
        let is_new = matches!(model.origin, Origin::Added(_));
        if let (Some(twin), true) = (twin, is_new) {
            models.drop(id);
            self.choose_model(twin);
            models
                .said
                .set(Some(format!("{name} was here already. It reads next.")));
            return;
        }
        if let Some(bundle) = parts.first().and_then(|part| part.dyn_ref::<Blob>()) {
            models.set_file(id, bundle.clone());
        }
        let was_opened = matches!(model.state, ModelState::Opening(_));
        models.update(id, |model| model.state = ModelState::Ready(summary));
        if is_new && was_opened {
            models.chosen.set(id);
            let reading = self.phase.with_untracked(|phase| *phase == Phase::Done);
            let next = if reading {
                "It reads next: press Change scans."
            } else {
                "It reads next."
            };
            let tried = tried.unwrap_or_default();
            models
                .said
                .set(Some(format!("{name} is ready. {next} {tried}")));
        }
    }

    pub(super) fn model_refused(&self, id: ModelId, error: UserError) {
        match self.models.get_untracked(id).map(|model| model.kept) {
            // It stays on the list, so that it can be removed from the device.
            Some(Kept::Yes(_)) => self
                .models
                .update(id, |model| model.state = ModelState::Unusable(error)),
            Some(_) => {
                self.models.drop(id);
                self.models.notices.update(|all| all.push(error));
            }
            None => {}
        }
    }

    pub(super) fn model_kept(&self, id: ModelId, error: Option<UserError>) {
        let models = self.models;
        match (models.get_untracked(id), error) {
            (Some(_), Some(error)) => {
                models.update(id, |model| model.kept = Kept::No);
                models.notices.update(|all| all.push(error));
            }
            (Some(model), None) => {
                if let ModelState::Ready(summary) = model.state {
                    models.update(id, |model| model.kept = Kept::Yes(summary.sha256));
                }
            }
            // Removed while it was written.
            (None, _) => {}
        }
    }

    /// The engine went while it looked at a model: that one is not tried again by itself, since it could
    /// fail for ever. True if there was one.
    pub(super) fn give_up_models(&self, words: &str) -> bool {
        let all = self.models.all.get_untracked();
        let lost: Vec<Model> = all.into_iter().filter(Model::waits).collect();
        for model in &lost {
            let error = UserError::new(
                format!("The engine stopped while it worked on this model: {}", model.name()),
                "It may need more memory than a tab has: close other tabs and add it again, or convert it \
                 with `mts convert`.",
            )
            .with("engine", words);
            if model.kept == Kept::Writing {
                self.model_kept(model.id, Some(error));
            } else {
                self.model_refused(model.id, error);
            }
        }
        !lost.is_empty()
    }
}

fn open_command(id: ModelId, name: String, told: Told) -> Command {
    let known = browser::url(KNOWN);
    Command::OpenModel {
        id,
        name,
        told,
        known,
    }
}

/// The same bytes, but in this tab.
async fn copied(file: &Blob) -> Result<Blob, JsValue> {
    let bytes = JsFuture::from(file.array_buffer()).await?;
    Blob::new_with_buffer_source_sequence(&Array::of1(&bytes))
}
