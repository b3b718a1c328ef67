//! The frame of every state: name, disclaimer, problems, what the state shows, privacy.

use leptos::{ev, prelude::*};
use mts_unet::report::DISCLAIMER;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DragEvent, Element, HtmlInputElement};

use super::benchmark::{self, BenchmarkPage};
use super::browser;
use super::choose::listed;
use super::given::{self, Dropped};
use super::model_news::ModelNews;
use super::model_panel::ModelPanel;
use super::problems::Problems;
use super::reading::Reading;
use super::said::Said;
use super::scans::Scans;
use super::session::{Phase, Session};
use super::viewer::Answered;
use super::welcome::Welcome;
use crate::folders::Tally;

#[component]
pub(crate) fn App() -> impl IntoView {
    let session = Session::new();
    provide_context(session);
    let state = Memo::new(move |_| session.state());
    Effect::new(move |_| {
        if let Some(body) = browser::document().body() {
            // Nothing can be done about a body that refuses an attribute.
            let _ = body.set_attribute("data-state", state.get());
        }
    });
    let over = RwSignal::new(false);
    drop_anywhere(session, over);
    session.bring_kept_models();

    let address = RwSignal::new(browser::hash());
    let handle = window_event_listener(ev::hashchange, move |_| address.set(browser::hash()));
    on_cleanup(move || handle.remove());
    let shows = move || {
        session.phase.with(|phase| match phase {
            Phase::Reading => Screen::Reading,
            _ if address.with(|address| address == benchmark::ADDRESS) => Screen::Benchmark,
            Phase::Done => Screen::Result,
            _ if session.is_empty() && session.pending.get() == 0 => Screen::Welcome,
            _ => Screen::Scans,
        })
    };
    let screen = Memo::new(move |_| shows());
    // Buttons vanish with their screen, and the focus with them; it goes on from the top of the next.
    let main = NodeRef::<leptos::html::Main>::new();
    Effect::new(move |before: Option<Screen>| {
        let now = screen.get();
        if before.is_some_and(|before| before != now)
            && let Some(main) = main.get_untracked()
        {
            // It cannot be refused for an element with a tabindex.
            let _ = main.focus();
        }
        now
    });
    view! {
        <FilesInput session />
        <FolderInput session />
        <header class="top">
            <h1>"Glioscope"</h1>
            <p class="disclaimer">{DISCLAIMER}</p>
            <Show when=move || screen.get() == Screen::Result>
                <button class="quiet" on:click=move |_| session.back()>"Change scans"</button>
                <button class="quiet" on:click=move |_| session.start_over()>"New case"</button>
            </Show>
        </header>
        <main node_ref=main tabindex="-1">
            <Said />
            <Problems />
            <ModelNews />
            {move || match screen.get() {
                Screen::Benchmark => view! { <BenchmarkPage /> }.into_any(),
                Screen::Welcome => view! { <Welcome /> }.into_any(),
                Screen::Scans => view! { <Scans /> }.into_any(),
                Screen::Reading => view! { <Reading /> }.into_any(),
                Screen::Result => view! { <Answered /> }.into_any(),
            }}
            <Show when=move || matches!(screen.get(), Screen::Welcome | Screen::Scans)>
                <ModelPanel />
            </Show>
        </main>
        <footer>
            <p>
                <strong>"Your scans stay in this tab. "</strong>
                "Check it: open your browser's developer tools at Network and watch while a case is read, \
                or go offline once the scans and the model are loaded. "
                <a href=benchmark::ADDRESS data-testid="benchmark">"How fast is this device?"</a>
            </p>
        </footer>
        <div class="drop-veil" class:shown=move || over.get() aria-hidden="true">
            <p>"Drop scans, their folder, or a model anywhere"</p>
        </div>
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Screen {
    Benchmark,
    Welcome,
    Scans,
    Reading,
    Result,
}

/// The one file input, there in every state; labels elsewhere stand for it.
#[component]
fn FilesInput(session: Session) -> impl IntoView {
    let chosen = move |event: ev::Event| {
        let input: HtmlInputElement = event_target(&event);
        session.add(given::chosen(input.files()), Tally::default());
        // The same file can then be chosen again.
        input.set_value("");
    };
    view! {
        <input
            id="files"
            class="offscreen"
            type="file"
            multiple
            data-testid="files"
            aria-label="Choose scans (NIfTI or DICOM)"
            on:change=chosen
        />
    }
}

/// The one input for a folder; labels elsewhere stand for it.
#[component]
fn FolderInput(session: Session) -> impl IntoView {
    let node = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = node.get() {
            input.set_webkitdirectory(true);
        }
    });
    let chosen = move |event: ev::Event| {
        let input: HtmlInputElement = event_target(&event);
        let (scans, tally) = given::folder(input.files());
        session.add(scans, tally);
        input.set_value("");
    };
    view! {
        <input
            id="folder"
            class="offscreen"
            node_ref=node
            type="file"
            data-testid="folder"
            aria-label="Choose a folder of scans"
            on:change=chosen
        />
    }
}

fn drop_anywhere(session: Session, over: RwSignal<bool>) {
    let carries_files = |event: &DragEvent| {
        let types = event.data_transfer().map(|data| data.types());
        types.is_some_and(|types| types.includes(&"Files".into(), 0))
    };
    window_event_listener(ev::dragover, move |event| {
        if carries_files(&event) {
            // Without this the browser opens the file in the page's place.
            event.prevent_default();
            over.set(true);
        }
    });
    window_event_listener(ev::dragleave, move |event| {
        // Leaving the window, not an element in it.
        if event.related_target().is_none() {
            over.set(false);
        }
    });
    window_event_listener(ev::drop, move |event| {
        event.prevent_default();
        over.set(false);
        let Some(data) = event.data_transfer() else {
            return;
        };
        let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        // What is dropped on the models panel is one, whatever it is called.
        match target.and_then(|target| target.closest(".models").ok().flatten()) {
            Some(_) => session.add_models(listed(data.files())),
            None => {
                let dropped = Dropped::of(&data);
                spawn_local(async move {
                    let (files, tally) = dropped.gather().await;
                    session.add(files, tally);
                });
            }
        }
    });
}
