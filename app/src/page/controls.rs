//! Sequence, overlay, side, tool: the fourth field of the viewer.

use imaging::Sequence;
use leptos::{ev, prelude::*};
use web_sys::HtmlInputElement;

use super::viewer::{Look, Tool};
use crate::view::{LABELS, Side};

#[component]
pub(crate) fn Controls() -> impl IntoView {
    let look = expect_context::<Look>();
    view! {
        <div class="controls" role="group" aria-label="How it is shown">
            <div class="choices" role="group" aria-label="Sequence">
                {Sequence::ALL.map(|sequence| {
                    let chosen = move || look.sequence.get() == sequence;
                    view! {
                        <button
                            aria-pressed=move || chosen().to_string()
                            disabled=!look.given[sequence.channel()]
                            on:click=move |_| look.show(sequence)
                        >
                            {sequence.to_string()}
                            <kbd>{(sequence.channel() + 1).to_string()}</kbd>
                        </button>
                    }
                })}
            </div>
            <Legend />
            <div class="choices" role="group" aria-label="What dragging does">
                <Choice words="Drag: crosshair" chosen=move || look.tool.get() == Tool::Crosshair
                    choose=move || look.tool.set(Tool::Crosshair) />
                <Choice words="Drag: contrast" chosen=move || look.tool.get() == Tool::Window
                    choose=move || look.tool.set(Tool::Window) />
            </div>
            <div class="choices" role="group" aria-label="Side">
                <Choice words="Radiological" chosen=move || look.side.get() == Side::Radiological
                    choose=move || look.side.set(Side::Radiological) />
                <Choice words="Neurological" chosen=move || look.side.get() == Side::Neurological
                    choose=move || look.side.set(Side::Neurological) />
            </div>
            <p class="row levels small">
                <span>{move || {
                    let window = look.scene().window;
                    format!("Level {:.0}, width {:.0}", window.level, window.width)
                }}</span>
                <button on:click=move |_| look.reset()>"Reset" <kbd>"R"</kbd></button>
            </p>
            <p class="small keys">
                "Wheel, arrow keys: slices. Shift and drag: contrast."
            </p>
        </div>
    }
}

/// The labels' colours, each with its switch, and how strongly they cover the scan.
#[component]
fn Legend() -> impl IntoView {
    let look = expect_context::<Look>();
    let opacity = move |event: ev::Event| {
        let input: HtmlInputElement = event_target(&event);
        if let Ok(percent) = input.value().parse::<f32>() {
            look.overlay.update(|o| o.opacity = percent / 100.0);
        }
    };
    view! {
        <div class="legend">
            {[0usize, 1, 2].map(|at| view! {
                <label>
                    <input
                        type="checkbox"
                        prop:checked=move || look.overlay.get().visible[at]
                        on:change=move |event| {
                            let input: HtmlInputElement = event_target(&event);
                            look.overlay.update(|o| o.visible[at] = input.checked());
                        }
                    />
                    <span class=format!("swatch label-{}", LABELS[at].value)></span>
                    {LABELS[at].name}
                </label>
            })}
            <label class="opacity">
                "Overlay"
                <input
                    type="range"
                    min="0"
                    max="100"
                    prop:value=move || (look.overlay.get().opacity * 100.0).round().to_string()
                    on:input=opacity
                />
            </label>
        </div>
    }
}

#[component]
fn Choice(
    words: &'static str,
    chosen: impl Fn() -> bool + Send + Sync + 'static,
    choose: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button aria-pressed=move || chosen().to_string() on:click=move |_| choose()>{words}</button>
    }
}
