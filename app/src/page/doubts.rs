//! The banner over an answer that cannot be relied on: why, and what can be done.

use std::sync::Arc;

use leptos::prelude::*;

use super::session::{Outcome, Session};
use crate::doubts;

/// Over the answer; nothing where nothing is doubtful.
#[component]
pub(crate) fn Doubtful(outcome: Arc<Outcome>) -> impl IntoView {
    let session = expect_context::<Session>();
    let report = &outcome.report;
    let reasons = doubts::reasons(report);
    if reasons.is_empty() {
        return ().into_any();
    }
    let as_they_are = doubts::as_they_are(report);
    let exchanges = doubts::exchanges(report);
    view! {
        <section class="doubtful" data-testid="doubtful" role="alert">
            <h2>"Do not rely on this answer"</h2>
            <ul>{reasons.into_iter().map(|words| view! { <li>{words}</li> }).collect_view()}</ul>
            {(!exchanges.is_empty()).then(|| view! {
                <div class="row">
                    {exchanges.into_iter().map(|(a, b)| view! {
                        <button
                            data-testid=format!("exchange-{}-{}", a.key(), b.key())
                            on:click=move |_| session.exchange(a, b, as_they_are)
                        >
                            {format!("Exchange {a} and {b} and read again")}
                        </button>
                    }).collect_view()}
                </div>
            })}
        </section>
    }
    .into_any()
}

/// In the place of the heads' cards, where none of them answers.
#[component]
pub(crate) fn NoAnswer(outcome: Arc<Outcome>) -> impl IntoView {
    let reasons = doubts::withheld(&outcome.report);
    view! {
        <article class="card" data-testid="no-answer">
            <h2>"IDH, 1p/19q, WHO grade"</h2>
            <p class="absent">"No answer"</p>
            {reasons.into_iter().map(|words| view! { <p class="small">{words}</p> }).collect_view()}
        </article>
    }
}
