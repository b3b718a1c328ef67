//! The first screen.

use leptos::prelude::*;

use super::sample::{RAW, READY};
use super::session::Session;

#[component]
pub(crate) fn Welcome() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <section class="welcome">
            <p class="promise">
                "Four MRI scans in; a tumour segmentation, IDH, 1p/19q and grade out. \
                Computed on your own device."
            </p>
            <label class="dropzone" for="files">
                <strong>"Drop four scans, their folder or a zip anywhere"</strong>
                <span>"T1, T1 with contrast, T2 and FLAIR of one brain, straight from the scanner (DICOM) or as NIfTI, \
                skull on or off"</span>
                <span class="button">"Choose files"</span>
            </label>
            <p class="folder">
                <label class="button quiet" for="folder">"Choose a folder"</label>
            </p>
            <p class="sample">
                <button data-testid="sample" on:click=move |_| session.try_sample(READY)>
                    "Try a sample"
                </button>
                <button class="quiet" data-testid="raw-sample" on:click=move |_| session.try_sample(RAW)>
                    "Try raw scans"
                </button>
                <span class="small">{READY.source}" "{RAW.source}</span>
            </p>
        </section>
    }
}
