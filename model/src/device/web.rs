//! Asking the browser what its GPU can do, before Burn takes it for granted.
//!
//! Through reflection, because the page's thread and a worker have different global objects with
//! the same `navigator.gpu`.

use burn::tensor::Device;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{DeviceError, Kind, Limits, Opened, enough};

/// CubeCL's stream panics on an adapter without it.
const TIMESTAMPS: &str = "timestamp-query";

/// Starts the GPU, if there is one that has everything that is needed.
pub(super) async fn start() -> Result<Opened, DeviceError> {
    let adapter = adapter().await?;
    let words = words(&adapter);
    let features = get(&adapter, "features").unwrap_or_default();
    let timestamps = call(&features, "has", &TIMESTAMPS.into()).map_err(refused)?;
    if timestamps.as_bool() != Some(true) {
        return Err(DeviceError::MissingFeature {
            feature: TIMESTAMPS,
            adapter: words,
        });
    }
    let limits = get(&adapter, "limits").unwrap_or_default();
    let limit = |key| {
        get(&limits, key)
            .and_then(|limit| limit.as_f64())
            .unwrap_or_default() as u64
    };
    let limits = Limits {
        storage_binding_bytes: limit("maxStorageBufferBindingSize"),
        buffer_bytes: limit("maxBufferSize"),
    };
    enough(limits, &words)?;
    let start = Device::wgpu_options().init_with_setup_async().await;
    let (device, setup) = start.map_err(|error| DeviceError::Start(error.to_string()))?;
    (setup.device).set_device_lost_callback(|reason, words| {
        super::lost::tell(&format!("{reason:?} {words}"));
    });
    #[cfg(feature = "faults")]
    super::faults::can_be_lost(move || setup.device.destroy());
    Ok(Opened {
        device,
        kind: Kind::Gpu,
        words,
        limits: Some(limits),
    })
}

/// The browser's best adapter.
async fn adapter() -> Result<JsValue, DeviceError> {
    let navigator = get(&js_sys::global(), "navigator").ok_or(DeviceError::NoWebGpu)?;
    let gpu = get(&navigator, "gpu").ok_or(DeviceError::NoWebGpu)?;
    let options = Object::new();
    Reflect::set(
        &options,
        &"powerPreference".into(),
        &"high-performance".into(),
    )
    .map_err(refused)?;
    let adapter = call(&gpu, "requestAdapter", &options).map_err(refused)?;
    let adapter = adapter.dyn_into::<Promise>().map_err(refused)?;
    let adapter = JsFuture::from(adapter).await.map_err(refused)?;
    match adapter.is_null() || adapter.is_undefined() {
        true => Err(DeviceError::NoAdapter(
            "the browser has none to give".into(),
        )),
        false => Ok(adapter),
    }
}

/// What the browser tells of the adapter, which may be little.
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

fn refused(error: JsValue) -> DeviceError {
    DeviceError::NoAdapter(format!("{error:?}"))
}
