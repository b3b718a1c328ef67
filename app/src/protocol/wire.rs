//! Sends and receives messages: an array of the head's JSON and the parts.

use js_sys::{Array, ArrayBuffer, JsString};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};

/// Either end of the channel.
pub trait Port {
    /// The browser's own call.
    ///
    /// # Errors
    /// If a part cannot be sent.
    fn post_parts(&self, message: &JsValue, transfer: &JsValue) -> Result<(), JsValue>;
}

impl Port for web_sys::Worker {
    fn post_parts(&self, message: &JsValue, transfer: &JsValue) -> Result<(), JsValue> {
        self.post_message_with_transfer(message, transfer)
    }
}

impl Port for web_sys::DedicatedWorkerGlobalScope {
    fn post_parts(&self, message: &JsValue, transfer: &JsValue) -> Result<(), JsValue> {
        self.post_message_with_transfer(message, transfer)
    }
}

/// Sends `head` with `parts`; array buffers among them are moved, not copied.
///
/// # Errors
/// If the head cannot be written as JSON or a part cannot be sent.
pub fn post<T: Serialize>(port: &impl Port, head: &T, parts: &[JsValue]) -> Result<(), JsValue> {
    let json = serde_json::to_string(head).map_err(|e| JsValue::from_str(&e.to_string()))?;
    let message = Array::of1(&JsValue::from_str(&json));
    let transfer = Array::new();
    for part in parts {
        message.push(part);
        if part.is_instance_of::<ArrayBuffer>() {
            transfer.push(part);
        }
    }
    port.post_parts(&message, &transfer)
}

/// Takes a message apart; `None` if it is not one of ours.
#[must_use]
pub fn receive<T: DeserializeOwned>(message: &JsValue) -> Option<(T, Vec<JsValue>)> {
    let mut parts = message.dyn_ref::<Array>()?.iter();
    let json = String::from(parts.next()?.dyn_into::<JsString>().ok()?);
    Some((serde_json::from_str(&json).ok()?, parts.collect()))
}
