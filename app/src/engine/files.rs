//! The person's files and the bundle, as bytes.

use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use crate::user_error::UserError;

/// A file's bytes. They stay in this worker.
pub(crate) async fn bytes_of(file: Option<&JsValue>, name: &str) -> Result<Vec<u8>, UserError> {
    let unreadable = || {
        UserError::new(
            format!("The browser could not read this file any more: {name}"),
            "Was it moved or changed? Add it again.",
        )
    };
    let blob: &Blob = file.and_then(JsCast::dyn_ref).ok_or_else(unreadable)?;
    let buffer = JsFuture::from(blob.array_buffer())
        .await
        .map_err(|_| unreadable())?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

thread_local! {
    /// The bundle that was fetched last, so that a second reading works offline. It lies outside this module's
    /// memory, which never shrinks and in which a reading has a copy of its own: 125 MB at the paper's size.
    static FETCHED: RefCell<Option<(String, Uint8Array)>> = const { RefCell::new(None) };
}

/// The model bundle, from this page's own origin; fetched once.
pub(crate) async fn fetch(url: &str) -> Result<Vec<u8>, UserError> {
    let here = FETCHED.with_borrow(|fetched| match fetched {
        Some((from, bytes)) if from == url => Some(bytes.to_vec()),
        _ => None,
    });
    if let Some(bytes) = here {
        return Ok(bytes);
    }
    let bytes = fetch_anew(url).await?;
    FETCHED.set(Some((url.to_owned(), Uint8Array::from(&bytes[..]))));
    Ok(bytes)
}

async fn fetch_anew(url: &str) -> Result<Vec<u8>, UserError> {
    let failed = |what: String| {
        UserError::new(
            "The model could not be fetched.",
            "Check the connection to the site this page came from, then try again.",
        )
        .with("fetch", what)
    };
    let request = gloo_net::http::Request::get(url).send().await;
    let response = request.map_err(|e| failed(e.to_string()))?;
    if !response.ok() {
        return Err(failed(format!("status {}", response.status())));
    }
    response.binary().await.map_err(|e| failed(e.to_string()))
}
