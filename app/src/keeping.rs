//! What the person lets this page keep on the device: model bundles in the browser's private storage for
//! this origin (OPFS), one file each, named by the digest of its tensors. Nothing else is ever stored.
//!
//! The page lists, hands out and removes them; the engine writes them, since a synchronous handle, which
//! every browser with OPFS has, is given to workers alone. The few calls go by name: as features of
//! `web-sys` they would have the whole GPU stack compiled anew.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};

/// The folder of models; there only while it holds one.
const FOLDER: &str = "models";

/// Bytes that are in memory at once while a bundle is written.
const PIECE: f64 = 8.0 * 1024.0 * 1024.0;

/// Whether this browser lets a page keep anything.
#[must_use]
pub fn is_possible() -> bool {
    storage().is_ok_and(|storage| {
        Reflect::get(&storage, &"getDirectory".into()).is_ok_and(|f| f.is_function())
    })
}

/// The bundles that are kept. Creates nothing.
///
/// # Errors
/// In the browser's words.
pub async fn list() -> Result<Vec<File>, JsValue> {
    let mut files = Vec::new();
    let Ok(folder) = folder(false).await else {
        return Ok(files);
    };
    let entries = ask(&folder, "values", &[]).await?;
    loop {
        let step = ask(&entries, "next", &[]).await?;
        if Reflect::get(&step, &"done".into())?.is_truthy() {
            return Ok(files);
        }
        let entry = Reflect::get(&step, &"value".into())?;
        files.push(ask(&entry, "getFile", &[]).await?.dyn_into()?);
    }
}

/// Writes a bundle under `name`; for a worker. What is written only in part is removed again.
///
/// # Errors
/// In the browser's words, a full disk among them.
pub async fn keep(name: &str, bundle: &Blob) -> Result<(), JsValue> {
    let folder = folder(true).await?;
    let file = ask(&folder, "getFileHandle", &[name.into(), create(true)]).await?;
    let access = ask(&file, "createSyncAccessHandle", &[]).await?;
    let written = write(&access, bundle).await;
    ask(&access, "close", &[]).await?;
    if written.is_err() {
        remove(name).await?;
    }
    written
}

/// Removes the bundle of this name, and the folder with the last one.
///
/// # Errors
/// In the browser's words.
pub async fn remove(name: &str) -> Result<(), JsValue> {
    ask(&folder(false).await?, "removeEntry", &[name.into()]).await?;
    if list().await?.is_empty() {
        let root = ask(&storage()?, "getDirectory", &[]).await?;
        ask(&root, "removeEntry", &[FOLDER.into()]).await?;
    }
    Ok(())
}

async fn write(access: &JsValue, bundle: &Blob) -> Result<(), JsValue> {
    ask(access, "truncate", &[0.into()]).await?;
    let mut at = 0.0;
    while at < bundle.size() {
        let piece = bundle.slice_with_f64_and_f64(at, (at + PIECE).min(bundle.size()))?;
        let bytes = Uint8Array::new(&JsFuture::from(piece.array_buffer()).await?);
        let place = Object::new();
        Reflect::set(&place, &"at".into(), &at.into())?;
        let count = ask(access, "write", &[bytes.clone().into(), place.into()]).await?;
        if count.as_f64() != Some(f64::from(bytes.length())) {
            return Err("the storage took a part only".into());
        }
        at += PIECE;
    }
    ask(access, "flush", &[]).await?;
    Ok(())
}

/// `navigator.storage`; absent where the page came over plain HTTP.
fn storage() -> Result<JsValue, JsValue> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into())?;
    let storage = Reflect::get(&navigator, &"storage".into())?;
    if storage.is_undefined() {
        return Err("this browser keeps nothing for this page".into());
    }
    Ok(storage)
}

async fn folder(is_made: bool) -> Result<JsValue, JsValue> {
    let root = ask(&storage()?, "getDirectory", &[]).await?;
    ask(
        &root,
        "getDirectoryHandle",
        &[FOLDER.into(), create(is_made)],
    )
    .await
}

fn create(is_made: bool) -> JsValue {
    let options = Object::new();
    // A plain object takes any property.
    let _ = Reflect::set(&options, &"create".into(), &is_made.into());
    options.into()
}

/// Calls a method, and waits where it promises.
async fn ask(on: &JsValue, method: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(on, &method.into())?.dyn_into()?;
    let answer = function.apply(on, &arguments.iter().collect::<Array>())?;
    JsFuture::from(Promise::resolve(&answer)).await
}
