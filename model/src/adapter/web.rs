//! Asking the browser.
//!
//! Through reflection, because the page's thread and a worker have different global objects with
//! the same `navigator.gpu`.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::AdapterError;

/// The browser's best adapter.
#[derive(Clone, Debug)]
pub struct Adapter {
    handle: JsValue,
    /// What the browser tells of it, which may be little.
    pub words: String,
}

/// Asks for the faster adapter, where there are several.
///
/// # Errors
/// If there is none.
pub async fn ask() -> Result<Adapter, AdapterError> {
    let navigator = get(&js_sys::global(), "navigator").ok_or(AdapterError::NoWebGpu)?;
    let gpu = get(&navigator, "gpu").ok_or(AdapterError::NoWebGpu)?;
    let options = Object::new();
    Reflect::set(
        &options,
        &"powerPreference".into(),
        &"high-performance".into(),
    )
    .map_err(refused)?;
    let adapter = call(&gpu, "requestAdapter", &options).map_err(refused)?;
    let adapter = adapter.dyn_into::<Promise>().map_err(refused)?;
    let handle = JsFuture::from(adapter).await.map_err(refused)?;
    if handle.is_null() || handle.is_undefined() {
        return Err(AdapterError::NoAdapter(
            "the browser has none to give".into(),
        ));
    }
    let words = words(&handle);
    Ok(Adapter { handle, words })
}

impl Adapter {
    /// Whether it has the feature of this name of WebGPU's.
    ///
    /// # Errors
    /// The browser does not say.
    pub fn has(&self, feature: &str) -> Result<bool, AdapterError> {
        let features = get(&self.handle, "features").unwrap_or_default();
        let has = call(&features, "has", &feature.into()).map_err(refused)?;
        Ok(has.as_bool() == Some(true))
    }

    /// The limit of this name of WebGPU's; 0 where it has none.
    #[must_use]
    pub fn limit(&self, name: &str) -> u64 {
        let limits = get(&self.handle, "limits").unwrap_or_default();
        let limit = get(&limits, name).and_then(|limit| limit.as_f64());
        limit.unwrap_or_default() as u64
    }
}

fn words(adapter: &JsValue) -> String {
    let info = get(adapter, "info").unwrap_or_default();
    let mut words: Vec<String> = Vec::new();
    for key in ["description", "vendor", "architecture", "device"] {
        let word = get(&info, key)
            .and_then(|word| word.as_string())
            .unwrap_or_default();
        if !word.is_empty() && !words.contains(&word) {
            words.push(word);
        }
    }
    match words.is_empty() {
        true => "GPU (WebGPU)".into(),
        false => format!("{} (WebGPU)", words.join(" ")),
    }
}

/// A property that is there.
fn get(object: &JsValue, key: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &key.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

fn call(object: &JsValue, method: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(object, &method.into())?.dyn_into()?;
    method.call1(object, argument)
}

fn refused(error: JsValue) -> AdapterError {
    AdapterError::NoAdapter(format!("{error:?}"))
}
