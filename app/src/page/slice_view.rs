//! One of the three views: its canvas, its slider, its mouse, touch and keys.

use std::sync::Arc;

use gloo_timers::callback::Timeout;
use leptos::{ev, html::Canvas, prelude::*};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlInputElement, PointerEvent, ResizeObserver, WheelEvent};

use super::canvas::{Canvas2d, SliceRenderer};
use super::keys;
use super::session::Outcome;
use super::viewer::{Look, Tool};
use crate::view::{Place, Plane, SliceMap, Window};

/// Pixels of a fine scroll that make one slice; a notch of a wheel is more and is one slice too.
const SCROLL_STEP: f64 = 50.0;

/// A drag in progress.
#[derive(Clone, Copy)]
enum Drag {
    Crosshair,
    Window { x: f64, y: f64, start: Window },
}

#[component]
pub(crate) fn SliceView(plane: Plane, outcome: Arc<Outcome>) -> impl IntoView {
    let look = expect_context::<Look>();
    let grid = outcome.shown.grid();
    let canvas = NodeRef::<Canvas>::new();
    draw_on_change(look, plane, outcome, canvas);

    let point_at = move |event: &PointerEvent| {
        let Some(canvas) = canvas.get_untracked() else {
            return;
        };
        let map = SliceMap::new(plane, look.side.get_untracked(), grid.dims);
        let (width, height) = (canvas.client_width(), canvas.client_height());
        let place = Place::fit(&map, &grid, f64::from(width), f64::from(height));
        let x = f64::from(event.offset_x());
        let (column, row) = place.pixel(&map, x, f64::from(event.offset_y()));
        let slice = look.cross.get_untracked()[plane.through()];
        look.cross.set(map.voxel(column, row, slice));
    };
    let drag = StoredValue::new(None::<Drag>);
    let down = move |event: PointerEvent| {
        let window = event.button() == 2
            || event.shift_key()
            || event.ctrl_key()
            || look.tool.get_untracked() == Tool::Window;
        if let Some(target) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) {
            // Without capture a drag ends at the canvas' edge, which is bearable.
            let _ = target.set_pointer_capture(event.pointer_id());
        }
        if window {
            let start = look.scene_untracked().window;
            let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
            drag.set_value(Some(Drag::Window { x, y, start }));
        } else if event.button() == 0 {
            drag.set_value(Some(Drag::Crosshair));
            point_at(&event);
        }
    };
    let moved = move |event: PointerEvent| match drag.get_value() {
        Some(Drag::Crosshair) => point_at(&event),
        Some(Drag::Window { x, y, start }) => {
            let size = canvas
                .get_untracked()
                .map_or(1, |c| c.client_width().max(1));
            let part = |now: i32, then: f64| ((f64::from(now) - then) / f64::from(size)) as f32;
            look.set_window(start.dragged(part(event.client_x(), x), part(event.client_y(), y)));
        }
        None => {}
    };
    let up = move |_: PointerEvent| drag.set_value(None);

    let scrolled = StoredValue::new(0.0f64);
    let wheel = move |event: WheelEvent| {
        event.prevent_default();
        let delta = event.delta_y();
        let lines = event.delta_mode() != WheelEvent::DOM_DELTA_PIXEL;
        if lines || delta.abs() >= SCROLL_STEP {
            scrolled.set_value(0.0);
            look.step(plane.through(), if delta < 0.0 { 1 } else { -1 });
            return;
        }
        let sum = scrolled.get_value() + delta;
        if sum.abs() >= SCROLL_STEP {
            scrolled.set_value(0.0);
            look.step(plane.through(), if sum < 0.0 { 1 } else { -1 });
        } else {
            scrolled.set_value(sum);
        }
    };

    let axis = plane.through();
    let count = grid.dims[axis];
    let slice = move || look.cross.get()[axis];
    let label = move || format!("{} slice {} of {count}", plane.name(), slice() + 1);
    let slide = move |event: ev::Event| {
        let input: HtmlInputElement = event_target(&event);
        if let Ok(to) = input.value().parse::<usize>() {
            look.cross.update(|cross| cross[axis] = to.min(count - 1));
        }
    };
    view! {
        <figure class="view">
            <figcaption>
                {plane.name()}
                <span class="number">{move || format!("{} / {count}", slice() + 1)}</span>
                <input
                    type="range"
                    min="0"
                    max=(count - 1).to_string()
                    prop:value=move || slice().to_string()
                    aria-label=format!("{} slice", plane.name())
                    on:input=slide
                />
            </figcaption>
            <div class="surface">
                <canvas
                    node_ref=canvas
                    tabindex="0"
                    role="img"
                    aria-roledescription="slice view"
                    aria-label=label
                    data-plane=plane.name()
                    on:pointerdown=down
                    on:pointermove=moved
                    on:pointerup=up
                    on:pointercancel=up
                    on:wheel=wheel
                    on:contextmenu=|event| event.prevent_default()
                    on:keydown=move |event| keys::in_view(look, plane, &event)
                ></canvas>
            </div>
        </figure>
    }
}

/// Draws whenever the scene or the canvas' size changes. Each view in a task of its own, and once
/// however much changed: three views in one task can take longer than the page may be busy.
fn draw_on_change(look: Look, plane: Plane, outcome: Arc<Outcome>, canvas: NodeRef<Canvas>) {
    let size = RwSignal::new(0u32);
    let renderer = StoredValue::new_local(None::<Box<dyn SliceRenderer>>);
    let watch = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn FnMut()>)>);
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        let resized = Closure::<dyn FnMut()>::new(move || size.update(|n| *n = n.wrapping_add(1)));
        if let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) {
            observer.observe(&canvas);
            watch.set_value(Some((observer, resized)));
        }
        match Canvas2d::new(canvas) {
            Ok(made) => renderer.set_value(Some(Box::new(made))),
            Err(error) => leptos::logging::error!("the view cannot be drawn: {}", error.0),
        }
    });
    let draw = move || {
        let scene = look.scene_untracked();
        renderer.try_update_value(|renderer| {
            let drawn = renderer
                .as_mut()
                .map(|r| r.draw(&outcome.shown, plane, &scene));
            if let Some(Err(error)) = drawn {
                leptos::logging::error!("the view cannot be drawn: {}", error.0);
            }
        });
    };
    let soon = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |_| {
        // The observer counts too, once at first: there is no size before the first layout.
        if size.get() == 0 {
            return;
        }
        look.scene();
        if soon.with_value(Option::is_none) {
            let draw = draw.clone();
            let task = Timeout::new(0, move || {
                soon.try_update_value(|soon| drop(soon.take()));
                draw();
            });
            soon.set_value(Some(task));
        }
    });
    on_cleanup(move || {
        // A task that still waits must not meet signals that are gone.
        soon.set_value(None);
        watch.update_value(|watch| {
            if let Some((observer, _)) = watch.take() {
                observer.disconnect();
            }
        });
    });
}
