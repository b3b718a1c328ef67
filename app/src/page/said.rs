//! What the page did with the scans that came last, in every state of the page.

use leptos::prelude::*;

use super::session::Session;

/// What is said, and whether the scans may still go elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) words: String,
    /// The scans joined the open case and could begin a new one.
    pub(crate) may_begin: bool,
}

#[component]
pub(crate) fn Said() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <div role="status">
            {move || session.said.get().map(|told| view! {
                <section class="model-news row" data-testid="said">
                    <p>{told.words}</p>
                    {told.may_begin.then(|| view! {
                        <button data-testid="begin" on:click=move |_| session.begin_with_last()>
                            "Start a new case instead"
                        </button>
                    })}
                    <button class="quiet" on:click=move |_| session.said.set(None)>"Close"</button>
                </section>
            })}
        </div>
    }
}
