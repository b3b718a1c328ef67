//! The error panel: what happened, what to do, *copy diagnostics*.

use leptos::prelude::*;

use super::browser;
use super::session::{Phase, Session};
use crate::protocol::{DeviceChoice, FailureScope};
use crate::user_error::{UserError, gathered};

#[component]
pub(crate) fn Problems() -> impl IntoView {
    let session = expect_context::<Session>();
    let problems = Memo::new(move |_| session.problems());
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let errors = problems.get_untracked();
        let text: Vec<String> = errors.iter().map(UserError::to_clipboard).collect();
        // Where the browser forbids it, the button keeps its words.
        let _ = browser::window()
            .navigator()
            .clipboard()
            .write_text(&text.join("\n"));
        copied.set(true);
    };
    let diagnostics = move || problems.with(|all| all.iter().any(|e| !e.diagnostics.is_empty()));
    let failed =
        move || matches!(session.phase.get(), Phase::Failed(_, s) if s != FailureScope::Memory);
    let device_at_fault = move || {
        let engine = session.phase.with(|p| {
            matches!(
                p,
                Phase::Failed(_, FailureScope::Device | FailureScope::Engine)
            )
        });
        engine && session.choice.get() != DeviceChoice::Cpu
    };
    let readable = move || session.assignment.get().is_readable();
    view! {
        <Show when=move || !problems.with(Vec::is_empty)>
            <section class="problems" data-testid="error" role="alert">
                {move || problems.get().into_iter().map(|error| view! {
                    <p><strong>{error.happened}</strong>" "{error.mend}</p>
                }).collect_view()}
                <Details />
                <div class="row">
                    <Show when=move || failed() && readable()>
                        <button data-testid="again" on:click=move |_| session.read(false)>"Try again"</button>
                    </Show>
                    <Show when=move || device_at_fault() && readable()>
                        <button data-testid="use-cpu" on:click=move |_| session.use_cpu()>"Use the CPU"</button>
                    </Show>
                    <Show when=diagnostics>
                        <button class="quiet" on:click=copy>
                            {move || if copied.get() { "Copied" } else { "Copy diagnostics" }}
                        </button>
                    </Show>
                </div>
            </section>
        </Show>
    }
}

/// Each of many files that cannot be used, for who wants to know.
#[component]
fn Details() -> impl IntoView {
    let session = expect_context::<Session>();
    let details = move || match session.phase.get() {
        Phase::Choosing => gathered(session.notices.get()).1,
        _ => Vec::new(),
    };
    view! {
        <Show when=move || !details().is_empty()>
            <details>
                <summary>"Each of them"</summary>
                <ul>
                    {move || details().into_iter().map(|error| view! { <li>{error.happened}</li> }).collect_view()}
                </ul>
            </details>
        </Show>
    }
}

impl Session {
    /// What is wrong at the moment, worst first.
    fn problems(&self) -> Vec<UserError> {
        match self.phase.get() {
            Phase::Failed(error, _) => return vec![error],
            Phase::Reading | Phase::Done => return Vec::new(),
            Phase::Choosing => {}
        }
        let (mut problems, _) = gathered(self.notices.get());
        let loaded = self.candidates();
        if self.pending.get() == 0
            && (1..4).contains(&loaded)
            && let Some((happened, mend)) = self.assignment.get().gap(loaded)
        {
            problems.push(UserError::new(happened, mend));
        }
        problems
    }
}
