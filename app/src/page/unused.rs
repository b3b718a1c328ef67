//! Scans that stand for no sequence: what they are, and what can be done with them.

use leptos::prelude::*;

use super::scans::Picture;
use super::session::{Loaded, Session};

#[component]
pub(crate) fn Unused() -> impl IntoView {
    let session = expect_context::<Session>();
    let unused = Memo::new(move |_| {
        let assignment = session.assignment.get();
        let mut all = session.series.get();
        all.retain(|s| assignment.sequence_of(s.summary.id).is_none());
        all
    });
    view! {
        <Show when=move || !unused.with(Vec::is_empty)>
            <h2>"Not used"</h2>
            <ul class="unused" data-testid="unused">
                <For each=move || unused.get() key=|s| s.summary.id.0 let:scan>
                    <li>
                        <Picture scan=scan.clone() />
                        <span class="name">
                            {scan.name.clone()}
                            {what(&scan).map(|words| view! { <br /><span class="small">{words}</span> })}
                        </span>
                        {scan.summary.guess.map(|sequence| view! {
                            <button on:click=move |_| session.assign(sequence, Some(scan.summary.id))>
                                {format!("Use as {sequence}")}
                            </button>
                        })}
                        <button class="quiet" on:click=move |_| session.remove(scan.summary.id)>
                            "Remove"
                        </button>
                    </li>
                </For>
            </ul>
        </Show>
    }
}

/// Its folder, and what it is where it is none of the four.
fn what(scan: &Loaded) -> Option<String> {
    let folder = (!scan.folder.is_empty()).then(|| format!("in {}", scan.folder));
    let kind = scan.summary.aside.map(|kind| kind.words().to_owned());
    let all: Vec<String> = kind.into_iter().chain(folder).collect();
    (!all.is_empty()).then(|| all.join(", "))
}
