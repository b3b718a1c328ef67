//! The viewer's keys.

use imaging::Sequence;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::viewer::Look;
use crate::view::{Plane, Side};

/// Keys that work wherever the focus is: 1 to 4 choose the sequence, R resets.
pub(crate) fn anywhere(look: Look, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || types(event) {
        return;
    }
    match event.key().as_str() {
        "1" => look.show(Sequence::ALL[0]),
        "2" => look.show(Sequence::ALL[1]),
        "3" => look.show(Sequence::ALL[2]),
        "4" => look.show(Sequence::ALL[3]),
        "r" | "R" => look.reset(),
        _ => {}
    }
}

/// A list takes letters and digits itself.
fn types(event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|t| t.dyn_into::<HtmlElement>().ok());
    target.is_some_and(|t| matches!(t.tag_name().as_str(), "SELECT" | "TEXTAREA"))
}

/// Keys of a focused view: arrows move through the slices, with Shift the crosshair in the slice,
/// where left is the screen's left.
pub(crate) fn in_view(look: Look, plane: Plane, event: &KeyboardEvent) {
    let through = plane.through();
    let radiological = look.side.get_untracked() == Side::Radiological;
    // Which axis runs across and down the screen, and whether it grows to the right.
    let (across, right, down) = match plane {
        Plane::Axial => (0, if radiological { -1 } else { 1 }, 1),
        Plane::Coronal => (0, if radiological { -1 } else { 1 }, 2),
        Plane::Sagittal => (1, -1, 2),
    };
    let (axis, by) = match (event.key().as_str(), event.shift_key()) {
        ("ArrowUp" | "ArrowRight", false) => (through, 1),
        ("ArrowDown" | "ArrowLeft", false) => (through, -1),
        ("PageUp", _) => (through, 10),
        ("PageDown", _) => (through, -10),
        ("Home", _) => (through, isize::MIN / 2),
        ("End", _) => (through, isize::MAX / 2),
        ("ArrowRight", true) => (across, right),
        ("ArrowLeft", true) => (across, -right),
        ("ArrowUp", true) => (down, 1),
        ("ArrowDown", true) => (down, -1),
        _ => return,
    };
    event.prevent_default();
    look.step(axis, by);
}
