//! What was done to scans that did not come prepared, and how to have it otherwise.

use std::sync::Arc;

use leptos::prelude::*;

use super::session::{Outcome, Session};
use super::viewer::Look;
use crate::doubts;

/// Beside the answer; nothing where the scans were read as they came and nothing was to be done.
#[component]
pub(crate) fn Preparation(outcome: Arc<Outcome>) -> impl IntoView {
    let session = expect_context::<Session>();
    let report = &outcome.report;
    let as_they_are = doubts::as_they_are(report);
    let done = &report.preparation;
    if done.is_nothing() && !as_they_are {
        return ().into_any();
    }
    let steps = doubts::steps(report);
    let mend = match as_they_are {
        true => "Prepare the scans and analyse again",
        false => "Analyse the scans as they are",
    };
    view! {
        <article class="card" data-testid="preparation">
            <h2>"What was done to the scans"</h2>
            {as_they_are.then(|| view! {
                <p class="small">"Nothing: no scan was moved and no skull was taken off, as you wanted."</p>
            })}
            <ol class="steps small">
                {steps.into_iter().map(|step| view! { <li>{step}</li> }).collect_view()}
            </ol>
            {done.stripped.is_some().then(|| view! { <Outline /> })}
            <p class="row">
                <button
                    class="quiet"
                    data-testid="as-they-are"
                    on:click=move |_| session.read(!as_they_are)
                >
                    {mend}
                </button>
            </p>
        </article>
    }
    .into_any()
}

/// Draws the brain's edge over the scans, so that it can be judged.
#[component]
fn Outline() -> impl IntoView {
    let look = expect_context::<Look>();
    view! {
        <label class="choice small">
            <input
                type="checkbox"
                data-testid="outline"
                prop:checked=move || look.overlay.get().outline
                on:change=move |event| {
                    let checked = event_target_checked(&event);
                    look.overlay.update(|overlay| overlay.outline = checked);
                }
            />
            "Draw the brain's outline. Look whether it follows the brain: what lies outside was not analysed."
        </label>
    }
}
