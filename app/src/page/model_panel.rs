//! The models panel: which models there are, which one reads, adding and keeping others.

use leptos::{ev, prelude::*};
use web_sys::HtmlInputElement;

use super::choose::listed;
use super::models::{Kept, Model, ModelState};
use super::session::Session;
use crate::keeping;
use crate::protocol::{ModelId, ModelSummary};
use crate::words;

#[component]
pub(crate) fn ModelPanel() -> impl IntoView {
    let session = expect_context::<Session>();
    let models = session.models;
    let chosen = move || models.chosen_name();
    let ids = Memo::new(move |_| {
        models
            .all
            .with(|all| all.iter().map(|m| m.id).collect::<Vec<_>>())
    });
    let added = move |event: ev::Event| {
        let input: HtmlInputElement = event_target(&event);
        session.add_models(listed(input.files()));
        // The same file can then be chosen again.
        input.set_value("");
    };
    view! {
        <details class="models" data-testid="models">
            <summary>"Model: " <strong data-testid="model-chosen">{chosen}</strong></summary>
            <fieldset>
                <legend class="small">"Which one reads"</legend>
                {move || ids.get().into_iter().map(|id| view! { <Entry id /> }.into_any()).collect_view()}
            </fieldset>
            <p class="row">
                <input
                    id="model-files"
                    class="offscreen"
                    type="file"
                    multiple
                    data-testid="model-files"
                    aria-label="Choose models"
                    on:change=added
                />
                <label class="button" for="model-files">"Add a model"</label>
                <span class="small">"or drop it here"</span>
            </p>
            <p class="small">
                "A bundle (.mts.safetensors), or a Swin UNETR that you or others trained on scans like BraTS's (.pt, .pth, .bin, \
                .safetensors): that is converted on your device. Nothing in a file is run, nothing is sent."
            </p>
        </details>
    }
}

/// One model: its choice, what is known of it, and for an added one whether it is kept.
#[component]
fn Entry(id: ModelId) -> impl IntoView {
    let session = expect_context::<Session>();
    let models = session.models;
    let model = Memo::new(move |_| models.get(id));
    let name = move || model.get().map(|model| model.name()).unwrap_or_default();
    let usable = move || model.get().is_some_and(|model| model.is_usable());
    let facts = move || model.get().map(|model| facts(&model)).unwrap_or_default();
    // Where it comes from never changes.
    let added = model.with_untracked(|model| model.as_ref().is_some_and(|m| !m.is_shipped()));
    // What is half written can only be removed once it is written.
    let is_writing = move || model.get().is_some_and(|model| model.kept == Kept::Writing);
    view! {
        <div class="model" data-testid="model" data-id=id.0.to_string()>
            <label class="choice">
                <input
                    type="radio"
                    name="model"
                    prop:checked=move || models.chosen.get() == id
                    disabled=move || !usable()
                    on:change=move |_| session.choose_model(id)
                />
                {name}
            </label>
            <p class="small facts">{facts}</p>
            {added.then(|| view! {
                <div class="row">
                    <Keep id model />
                    <button
                        class="quiet"
                        data-testid="remove-model"
                        disabled=is_writing
                        on:click=move |_| session.remove_model(id)
                    >
                        "Remove"
                    </button>
                </div>
            }.into_any())}
        </div>
    }
}

/// *Keep on this device*: off until the person ticks it.
#[component]
fn Keep(id: ModelId, model: Memo<Option<Model>>) -> impl IntoView {
    let session = expect_context::<Session>();
    let kept = move || model.get().map(|model| model.kept);
    let is_ready = move || {
        let state = model.get().map(|model| model.state);
        matches!(state, Some(ModelState::Ready(_)))
    };
    let words = move || match kept() {
        Some(Kept::Writing) => "Keeping it…",
        Some(Kept::Yes(_)) => "Kept on this device",
        _ => "Keep on this device",
    };
    let possible = keeping::is_possible();
    let changed = move |event: ev::Event| {
        let input: HtmlInputElement = event_target(&event);
        session.keep_model(id, input.checked());
    };
    view! {
        <label
            class="keep"
            title="The model's weights are then stored by this browser, for this page alone, until you untick or remove it"
        >
            <input
                type="checkbox"
                data-testid="keep-model"
                prop:checked=move || !matches!(kept(), None | Some(Kept::No))
                disabled=move || !possible || !is_ready() || kept() == Some(Kept::Writing)
                on:change=changed
            />
            {words}
        </label>
        {(!possible).then(|| view! {
            <span class="small">"This browser keeps nothing for a page that came over plain HTTP."</span>
        })}
    }
}

/// What stands below a model's name; its card's paragraph begins a new line.
fn facts(model: &Model) -> String {
    match &model.state {
        ModelState::Unread => "Came with this page.".to_owned(),
        ModelState::Opening(_) => "Being checked…".to_owned(),
        ModelState::KindNeeded | ModelState::MergingNeeded(..) => {
            "Waits for your answer above.".to_owned()
        }
        ModelState::Unusable(error) => format!("{} {}", error.happened, error.mend),
        ModelState::Ready(summary) => {
            let origin = match (model.is_shipped(), &model.kept) {
                (true, _) => "Came with this page",
                (false, Kept::Yes(_)) => "Added by you, kept on this device",
                (false, _) => "Added by you, in this tab alone",
            };
            format!(
                "{origin}. {} {}, {}. Licence: {}.\n{}",
                predicts(summary),
                capital(&summary.network),
                words::megabytes(summary.bytes),
                summary.licence,
                summary.about
            )
        }
    }
}

fn predicts(summary: &ModelSummary) -> String {
    let untrained = if summary.trained { "" } else { "Untrained. " };
    if summary.predicts.is_empty() {
        format!("{untrained}Segments; predicts no subtype.")
    } else {
        format!(
            "{untrained}Segments, and predicts {}.",
            summary.predicts.join(", ")
        )
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}
