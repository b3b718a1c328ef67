//! Tells the page that the engine ran out of memory.
//!
//! The abort itself runs no code of ours. But the browser then fires an `error` event in the worker, and
//! this module's memory still holds the allocator's note; a handler there may use what is left of it.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::ErrorEvent;

use super::allocator::{ALLOCATOR, out_of_memory};
use super::speaker::Speaker;
use crate::protocol::{Event, FailureScope};

/// Kept until then, so that the words have room.
const RESERVE_BYTES: usize = 256 << 10;

/// From now on, in this worker.
pub(super) fn listen() {
    let speaker = Speaker::new();
    let listener = {
        let speaker = speaker.clone();
        let mut reserve = Some(vec![0u8; RESERVE_BYTES]);
        Closure::<dyn FnMut(ErrorEvent)>::new(move |error: ErrorEvent| {
            let Some(bytes) = ALLOCATOR.refused() else {
                return;
            };
            drop(reserve.take());
            // Said once: the page need not hear of the worker's death as well.
            error.prevent_default();
            say(&speaker, bytes);
        })
    };
    let heard = (speaker.scope())
        .add_event_listener_with_callback("error", listener.as_ref().unchecked_ref());
    if heard.is_ok() {
        // It listens for as long as the worker lives.
        listener.forget();
    }
}

/// What an abort, or a panic, for want of so many bytes means for the page.
pub(super) fn say(speaker: &Speaker, bytes: usize) {
    speaker.say(&Event::Failed {
        error: out_of_memory(bytes),
        scope: FailureScope::Memory,
    });
}
