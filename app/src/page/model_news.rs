//! What the page says and asks of models that are being added, in every state of the page.

use leptos::prelude::*;

use super::model_kind::{WhichMerging, WhoseIsIt};
use super::models::{Model, ModelState, Origin};
use super::session::{Phase, Session};

#[component]
pub(crate) fn ModelNews() -> impl IntoView {
    let session = expect_context::<Session>();
    let models = session.models;
    let notices = move || models.notices.get();
    let fresh = move |state: fn(&ModelState) -> bool| {
        models.all.with(|all| {
            let wanted = |m: &&Model| matches!(m.origin, Origin::Added(_)) && state(&m.state);
            let found = all.iter().filter(wanted);
            found.map(|m| (m.id, m.name())).collect::<Vec<_>>()
        })
    };
    let opening = Memo::new(move |_| fresh(|state| matches!(state, ModelState::Opening(_))));
    let asking = Memo::new(move |_| fresh(|state| *state == ModelState::KindNeeded));
    let choosing =
        Memo::new(move |_| fresh(|state| matches!(state, ModelState::MergingNeeded(..))));
    let close = move |_| models.clear_news();
    // The panel whose button was pressed can be a screen below.
    let place = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        let is_asked = !asking.get().is_empty() || !choosing.get().is_empty();
        let is_urgent = !notices().is_empty() || is_asked;
        if let (true, Some(place)) = (is_urgent, place.get()) {
            place.scroll_into_view();
        }
    });
    let waits = move |name: &str| match session.phase.get() {
        Phase::Reading => format!("{name} is looked at after this reading."),
        _ => format!("Looking at {name}…"),
    };
    view! {
        <div node_ref=place></div>
        <Show when=move || !notices().is_empty()>
            <section class="problems" data-testid="model-error" role="alert">
                {move || notices().into_iter().map(|error| view! {
                    <p><strong>{error.happened}</strong>" "{error.mend}</p>
                }).collect_view()}
                <p class="small">{move || format!("{} reads on.", models.chosen_name())}</p>
                <div class="row"><button class="quiet" on:click=close>"Close"</button></div>
            </section>
        </Show>
        <div role="status">
            {move || opening.get().into_iter().map(|(_, name)| view! {
                <section class="model-news" data-testid="model-opening">
                    <p>{waits(&name)}</p>
                    <progress aria-label=format!("Looking at {name}")></progress>
                </section>
            }).collect_view()}
            {move || models.said.get().map(|said| view! {
                <section class="model-news row" data-testid="model-said">
                    <p>{said}</p>
                    <button class="quiet" on:click=close>"Close"</button>
                </section>
            })}
        </div>
        {move || asking.get().into_iter().map(|(id, name)| view! { <WhoseIsIt id name /> }.into_any()).collect_view()}
        {move || {
            let all = choosing.get().into_iter();
            all.map(|(id, name)| view! { <WhichMerging id name /> }.into_any()).collect_view()
        }}
    }
}
