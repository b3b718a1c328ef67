//! Three linked views and their controls.

use std::sync::Arc;

use imaging::Sequence;
use leptos::{ev, prelude::*};

use super::answers::Answers;
use super::controls::Controls;
use super::keys;
use super::session::{Outcome, Session};
use super::slice_view::SliceView;
use crate::view::{Overlay, Plane, Scene, Side, Window};

/// How the person looks at the answer; copies share it.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    pub(crate) cross: RwSignal<[usize; 3]>,
    pub(crate) side: RwSignal<Side>,
    pub(crate) sequence: RwSignal<Sequence>,
    /// In the order of [`Sequence::ALL`].
    pub(crate) windows: RwSignal<[Window; 4]>,
    pub(crate) overlay: RwSignal<Overlay>,
    pub(crate) tool: RwSignal<Tool>,
    pub(crate) dims: [usize; 3],
    /// Which sequences there are, in the order of [`Sequence::ALL`].
    pub(crate) given: [bool; 4],
    first: ([usize; 3], [Window; 4], Overlay),
}

/// What a drag with the main button or a finger does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Moves the crosshair.
    Crosshair,
    /// Changes window and level.
    Window,
}

impl Look {
    fn at(outcome: &Outcome) -> Self {
        let cross = outcome.shown.grid().first_look;
        let windows = Sequence::ALL.map(|s| outcome.shown.window(s));
        let given = Sequence::ALL.map(|s| outcome.shown.has(s));
        // A brain that was found by program has to be looked at.
        let overlay = Overlay {
            outline: outcome.report.preparation.stripped.is_some(),
            ..Overlay::default()
        };
        let mut there = Sequence::ALL.into_iter().filter(|s| given[s.channel()]);
        Self {
            cross: RwSignal::new(cross),
            side: RwSignal::new(Side::default()),
            sequence: RwSignal::new(there.next().unwrap_or(Sequence::Flair)),
            windows: RwSignal::new(windows),
            overlay: RwSignal::new(overlay),
            tool: RwSignal::new(Tool::Crosshair),
            dims: outcome.shown.grid().dims,
            given,
            first: (cross, windows, overlay),
        }
    }

    pub(crate) fn scene(&self) -> Scene {
        let sequence = self.sequence.get();
        Scene {
            cross: self.cross.get(),
            side: self.side.get(),
            sequence,
            window: self.windows.get()[sequence.channel()],
            overlay: self.overlay.get(),
        }
    }

    /// The same, without being told of changes.
    pub(crate) fn scene_untracked(&self) -> Scene {
        untrack(|| self.scene())
    }

    /// Moves the crosshair along a volume axis; it stops at the edge.
    pub(crate) fn step(&self, axis: usize, by: isize) {
        let last = self.dims[axis] - 1;
        self.cross
            .update(|cross| cross[axis] = cross[axis].saturating_add_signed(by).min(last));
    }

    /// Shows a sequence, if it is there.
    pub(crate) fn show(&self, sequence: Sequence) {
        if self.given[sequence.channel()] {
            self.sequence.set(sequence);
        }
    }

    pub(crate) fn set_window(&self, window: Window) {
        let at = self.sequence.get_untracked().channel();
        self.windows.update(|windows| windows[at] = window);
    }

    /// As it was at first; the side and the sequence stay, they are habits of the person.
    pub(crate) fn reset(&self) {
        self.cross.set(self.first.0);
        self.windows.set(self.first.1);
        self.overlay.set(self.first.2);
    }
}

/// The answers beside the views, which share how the person looks at them.
#[component]
pub(crate) fn Answered() -> impl IntoView {
    let session = expect_context::<Session>();
    let Some(outcome) = session.outcome.get_untracked() else {
        return ().into_any();
    };
    provide_context(Look::at(&outcome));
    view! {
        <div class="result">
            <Answers />
            <Viewer outcome />
        </div>
    }
    .into_any()
}

#[component]
fn Viewer(outcome: Arc<Outcome>) -> impl IntoView {
    let look = expect_context::<Look>();
    let handle = window_event_listener(ev::keydown, move |event| keys::anywhere(look, &event));
    on_cleanup(move || handle.remove());
    let place = move || look.cross.get().map(|at| at.to_string()).join(" ");
    let view = |plane| view! { <SliceView plane outcome=Arc::clone(&outcome) /> };
    view! {
        <section class="viewer" aria-label="Viewer" data-cross=place>
            {view(Plane::Axial)} {view(Plane::Coronal)} {view(Plane::Sagittal)}
            <Controls />
        </section>
    }
}
