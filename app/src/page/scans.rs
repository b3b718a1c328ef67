//! Which scan is which: a thumbnail and a choice for each sequence, then *Read*.

use imaging::Sequence;
use leptos::{ev, html::Canvas, prelude::*};
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlInputElement, HtmlSelectElement, ImageData};

use super::session::{Loaded, Session};
use super::studies::FolderPanel;
use super::unused::Unused;
use crate::protocol::{DeviceChoice, SeriesId};
use crate::words;

#[component]
pub(crate) fn Scans() -> impl IntoView {
    let session = expect_context::<Session>();
    let ready = move || session.pending.get() == 0 && session.assignment.get().is_complete();
    let without = move || {
        let settled = session.pending.get() == 0;
        settled
            .then(|| session.assignment.get().without())
            .flatten()
    };
    let hint = move || {
        if session.pending.get() > 0 {
            return "Reading the files…".to_owned();
        }
        let loaded = session.candidates();
        match session.assignment.get().gap(loaded) {
            // The panel above says which.
            Some(_) if loaded < 4 && without().is_some() => {
                "Best with all four; without one the answer is worse.".to_owned()
            }
            Some(_) if loaded < 4 => "Reading can start once all four are here.".to_owned(),
            Some((happened, mend)) => format!("{happened} {mend}"),
            None => "Check that each picture is the sequence it is called, then read.".to_owned(),
        }
    };
    view! {
        <section class="scans" aria-label="Scans">
            <div class="slots">
                {Sequence::ALL.map(|sequence| view! { <Slot sequence /> })}
            </div>
            <FolderPanel />
            <Unused />
            <div class="go">
                <p class="hint" id="read-hint" aria-live="polite">{hint}</p>
                <div class="row">
                    <button
                        class="primary"
                        data-testid="read"
                        aria-describedby="read-hint"
                        disabled=move || !ready()
                        on:click=move |_| session.read(false)
                    >
                        "Read"
                    </button>
                    {move || without().map(|missing| view! {
                        <button
                            data-testid="read-without"
                            title="The network sees in its place what the model paints from the others, or zeros; the answer is worse, and says which"
                            on:click=move |_| session.read(false)
                        >
                            {format!("Read without {missing}")}
                        </button>
                    })}
                    <DeviceSwitch />
                    <MirrorSwitch />
                    <label class="button quiet" for="files">"Add scans"</label>
                    <label class="button quiet" for="folder">"Add a folder"</label>
                    <button class="quiet" on:click=move |_| session.start_over()>"Start over"</button>
                </div>
            </div>
            {move || session.sample.get().map(|sample| view! { <p class="small">{sample.source}</p> })}
        </section>
    }
}

/// One sequence: the scan that stands for it, and the choice of another.
#[component]
fn Slot(sequence: Sequence) -> impl IntoView {
    let session = expect_context::<Session>();
    let current = Memo::new(move |_| session.assignment.get().get(sequence));
    let scan = Memo::new(move |_| {
        let id = current.get()?;
        session
            .series
            .with(|all| all.iter().find(|s| s.summary.id == id).cloned())
    });
    let changed = move |event: ev::Event| {
        let select: HtmlSelectElement = event_target(&event);
        session.assign(sequence, select.value().parse().ok().map(SeriesId));
    };
    let offered = move || {
        let mut all = session.series.get();
        // What is none of the four comes last.
        all.sort_by_key(|scan| scan.summary.aside.is_some());
        all
    };
    let id = format!("assign-{}", sequence.key());
    view! {
        <div class="slot" class:missing=move || current.get().is_none()>
            <label for=id.clone()>{sequence.to_string()}</label>
            <div class="picture">
                {move || match scan.get() {
                    Some(scan) => view! { <Picture scan /> }.into_any(),
                    None if session.pending.get() > 0 => view! { <span>"…"</span> }.into_any(),
                    None if session.candidates() >= 4 => view! { <span>"not chosen yet"</span> }.into_any(),
                    None => view! { <span>"missing"</span> }.into_any(),
                }}
            </div>
            <select id=id.clone() data-testid=id on:change=changed>
                <option value="" prop:selected=move || current.get().is_none()>"Choose…"</option>
                <For each=offered key=|s| s.summary.id.0 let:scan>
                    <option
                        value=scan.summary.id.0.to_string()
                        prop:selected=move || current.get() == Some(scan.summary.id)
                    >
                        {option(&scan)}
                    </option>
                </For>
            </select>
            <p class="small geometry">
                {move || scan.get().map(|Loaded { summary: s, folder, .. }| {
                    let geometry = words::geometry(s.dims, s.spacing_mm, &s.orientation);
                    match folder.is_empty() {
                        true => geometry,
                        false => format!("{geometry}, in {folder}"),
                    }
                })}
            </p>
        </div>
    }
}

/// Its name, and what tells it from others of that name.
fn option(scan: &Loaded) -> String {
    let name = &scan.name;
    match (scan.summary.aside, scan.folder.as_str()) {
        (Some(kind), _) => format!("{name}: {}", kind.words()),
        (None, "") => name.clone(),
        (None, folder) => format!("{name} in {folder}"),
    }
}

/// A thumbnail.
#[component]
pub(crate) fn Picture(scan: Loaded) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let (width, height) = (scan.summary.width as u32, scan.summary.height as u32);
    let grey = scan.grey.clone();
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        let context = canvas.get_context("2d").ok().flatten();
        let Some(context) = context.and_then(|c| c.dyn_into::<CanvasRenderingContext2d>().ok())
        else {
            return;
        };
        let rgba: Vec<u8> = grey.iter().flat_map(|g| [*g, *g, *g, 255]).collect();
        let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&rgba), width, height);
        if let Ok(image) = image {
            // A thumbnail that cannot be drawn leaves its frame black.
            let _ = context.put_image_data(&image, 0.0, 0.0);
        }
    });
    let label = format!("Axial slice of {}", scan.name);
    view! {
        <canvas
            node_ref=canvas
            width=width.to_string()
            height=height.to_string()
            role="img"
            aria-label=label
        ></canvas>
    }
}

/// Whether the mirror image is read too.
#[component]
fn MirrorSwitch() -> impl IntoView {
    let session = expect_context::<Session>();
    let changed = move |event: ev::Event| {
        let input: HtmlInputElement = event_target(&event);
        session.mirror.set(input.checked());
    };
    view! {
        <label
            class="mirror-switch"
            title="The scans are read a second time, left for right; the answer is the mean of both, and how far they lie apart is shown"
        >
            <input
                type="checkbox"
                data-testid="mirror"
                prop:checked=move || session.mirror.get()
                on:change=changed
            />
            "Mirror image too (twice as long)"
        </label>
    }
}

/// Automatic, GPU or CPU.
#[component]
pub(crate) fn DeviceSwitch() -> impl IntoView {
    let session = expect_context::<Session>();
    let changed = move |event: ev::Event| {
        let select: HtmlSelectElement = event_target(&event);
        session
            .choice
            .set(DeviceChoice::from_key(&select.value()).unwrap_or_default());
    };
    let options = [
        (DeviceChoice::Auto, "Automatic"),
        (DeviceChoice::Gpu, "GPU (WebGPU)"),
        (DeviceChoice::Cpu, "CPU"),
    ];
    view! {
        <label class="device-switch">
            "Device "
            <select data-testid="device-choice" on:change=changed>
                {options.map(|(choice, words)| view! {
                    <option value=choice.key() selected=move || session.choice.get() == choice>
                        {words}
                    </option>
                })}
            </select>
        </label>
    }
}
