//! The engine's voice: events to the page.

use js_sys::{ArrayBuffer, Uint8Array, Uint16Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DedicatedWorkerGlobalScope;

use crate::protocol::{Event, wire};

/// Posts events to the page that started this worker.
#[derive(Clone)]
pub(crate) struct Speaker(DedicatedWorkerGlobalScope);

impl Speaker {
    pub(crate) fn new() -> Self {
        Self(js_sys::global().unchecked_into())
    }

    /// The worker's own scope.
    pub(crate) fn scope(&self) -> &DedicatedWorkerGlobalScope {
        &self.0
    }

    pub(crate) fn say(&self, event: &Event) {
        self.say_with(event, &[]);
    }

    /// With the parts that the event's doc lists.
    pub(crate) fn say_with(&self, event: &Event, parts: &[JsValue]) {
        if let Err(error) = wire::post(&self.0, event, parts) {
            // Uncaught, so that the page learns of it by the worker's `error` event.
            wasm_bindgen::throw_val(error);
        }
    }
}

/// A copy outside wasm memory, which can be transferred.
pub(crate) fn bytes(data: &[u8]) -> JsValue {
    buffer(Uint8Array::from(data).buffer())
}

/// The same for 16-bit voxels.
pub(crate) fn words(data: &[u16]) -> JsValue {
    buffer(Uint16Array::from(data).buffer())
}

fn buffer(buffer: ArrayBuffer) -> JsValue {
    buffer.into()
}
