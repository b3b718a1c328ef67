//! What the page asks of the browser.

use gloo_file::{Blob, ObjectUrl};
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{Document, HtmlAnchorElement, UrlSearchParams, Window};

/// The window; the page does not run without one.
pub(crate) fn window() -> Window {
    js_sys::global().unchecked_into()
}

/// The document; a window of a page has one.
pub(crate) fn document() -> Document {
    window()
        .document()
        .unwrap_or_else(|| wasm_bindgen::throw_str("no document"))
}

/// A path relative to the page as an absolute address of the same origin.
pub(crate) fn url(path: &str) -> String {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    web_sys::Url::new_with_base(path, &base).map_or_else(|_| path.to_owned(), |url| url.href())
}

/// A query parameter.
pub(crate) fn query(name: &str) -> Option<String> {
    let search = window().location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// What stands behind the page's address, such as `#benchmark`.
pub(crate) fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// The bundles that the page shell names, one at least; the first is the one that reads unless another
/// is chosen.
pub(crate) fn bundle_urls() -> Vec<String> {
    let meta = document()
        .query_selector("meta[name=glioscope-bundle]")
        .ok()
        .flatten();
    let named = meta.and_then(|tag| tag.get_attribute("content"));
    let mut urls: Vec<String> = named
        .iter()
        .flat_map(|paths| paths.split_whitespace())
        .map(url)
        .collect();
    if urls.is_empty() {
        urls.push(url("models/demo.mts.safetensors"));
    }
    urls
}

/// Hands the person a file; it goes nowhere else.
pub(crate) fn download(name: &str, bytes: &[u8], mime: &str) {
    let address = ObjectUrl::from(Blob::new_with_options(bytes, Some(mime)));
    let Ok(element) = document().create_element("a") else {
        return;
    };
    let anchor: HtmlAnchorElement = element.unchecked_into();
    anchor.set_href(&address);
    anchor.set_download(name);
    anchor.click();
    // The download reads the address after this function has returned.
    Timeout::new(60_000, move || drop(address)).forget();
}
