//! The person's files and the bundle, as bytes.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;

use imaging::nifti;
use js_sys::Uint8Array;
use mts_unet::bundle::Source;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Response};

use crate::user_error::UserError;

/// A file's bytes. They stay in this worker.
pub(crate) async fn bytes_of(file: Option<&JsValue>, name: &str) -> Result<Vec<u8>, UserError> {
    Ok(outside(file, name).await?.0.to_vec())
}

/// As much of a file's beginning as tells how large the scan in it is.
pub(crate) async fn beginning_of(file: &JsValue, name: &str) -> Result<Vec<u8>, UserError> {
    let beginning = file
        .dyn_ref::<Blob>()
        .and_then(|blob| {
            blob.slice_with_f64_and_f64(0.0, nifti::PEEK_BYTES as f64)
                .ok()
        })
        .map(JsValue::from);
    bytes_of(beginning.as_ref(), name).await
}

/// A file's bytes, left outside this module's memory, which never shrinks: 125 MB for a model of the paper's size.
#[derive(Clone, Debug)]
pub(crate) struct Outside(Uint8Array);

impl Source for Outside {
    fn length(&self) -> usize {
        self.0.length() as usize
    }

    fn part(&self, range: Range<usize>) -> Cow<'_, [u8]> {
        // A file of 4 GiB does not fit WebAssembly's memory, in which its network has to.
        Cow::Owned(
            self.0
                .subarray(range.start as u32, range.end as u32)
                .to_vec(),
        )
    }
}

/// A file's bytes where the browser has them.
pub(crate) async fn outside(file: Option<&JsValue>, name: &str) -> Result<Outside, UserError> {
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
    Ok(Outside(Uint8Array::new(&buffer)))
}

thread_local! {
    /// The bundle that was fetched last, so that a second reading works offline.
    static FETCHED: RefCell<Option<(String, Outside)>> = const { RefCell::new(None) };
}

/// The model bundle, from this page's own origin; fetched once.
pub(crate) async fn fetch(url: &str) -> Result<Outside, UserError> {
    let here = FETCHED.with_borrow(|fetched| match fetched {
        Some((from, bytes)) if from == url => Some(bytes.clone()),
        _ => None,
    });
    if let Some(bytes) = here {
        return Ok(bytes);
    }
    let bytes = fetch_anew(url).await?;
    FETCHED.set(Some((url.to_owned(), bytes.clone())));
    Ok(bytes)
}

/// A file of this page's own origin.
pub(crate) async fn fetch_anew(url: &str) -> Result<Outside, UserError> {
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
    let broken = |e| failed(format!("{e:?}"));
    let buffer = Response::from(response).array_buffer().map_err(broken)?;
    let buffer = JsFuture::from(buffer).await.map_err(broken)?;
    Ok(Outside(Uint8Array::new(&buffer)))
}
