//! Answers the page's commands about models.

use js_sys::{Array, Uint8Array};
use mts_unet::bundle::Source;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::files;
use super::model::{self, Found, Opened};
use super::speaker::Speaker;
use crate::keeping;
use crate::protocol::{Event, ModelId, Told};
use crate::user_error::UserError;

/// Fetches a bundle that came with the page and says what it is.
pub(crate) async fn prepare(id: ModelId, url: &str, speaker: &Speaker) {
    // A failure is met again, and told, when the bundle is read.
    let Ok(file) = files::fetch(url).await else {
        return;
    };
    if let Ok(summary) = model::check(id, file, "") {
        speaker.say(&Event::Model(summary));
    }
}

/// Checks or converts a file that the person added.
pub(crate) async fn open(
    id: ModelId,
    name: &str,
    told: &Told,
    known: &str,
    parts: &[JsValue],
    speaker: &Speaker,
) {
    match open_part(id, name, told, known, parts).await {
        Ok(Opened::Bundle(summary)) => speaker.say(&Event::Model(summary)),
        Ok(Opened::KindNeeded) => speaker.say(&Event::KindNeeded { id }),
        Ok(Opened::MergingNeeded(trial)) => speaker.say(&Event::MergingNeeded { id, trial }),
        Ok(Opened::Converted(summary, bundle)) => match blob(&bundle) {
            Ok(blob) => speaker.say_with(&Event::Model(summary), &[blob.into()]),
            Err(error) => speaker.say(&Event::ModelRefused {
                id,
                error: no_room(&error),
            }),
        },
        Err(error) => speaker.say(&Event::ModelRefused { id, error }),
    }
}

async fn open_part(
    id: ModelId,
    name: &str,
    told: &Told,
    known: &str,
    parts: &[JsValue],
) -> Result<Opened, UserError> {
    let file = files::outside(parts.first(), name).await?;
    match model::open(id, file, name, told)? {
        Found::Bundle(summary) => Ok(Opened::Bundle(summary)),
        Found::KindNeeded => Ok(Opened::KindNeeded),
        Found::Checkpoint(conversion) => {
            // Away from the network there is no window; the card then says that it was not tried.
            let known = files::fetch_anew(known).await.ok();
            let known = known.map(|known| known.part(0..known.length()).into_owned());
            model::finish(id, *conversion, known.as_deref(), name).await
        }
    }
}

/// Writes a bundle to the browser's storage.
pub(crate) async fn keep(id: ModelId, sha256: &str, parts: &[JsValue], speaker: &Speaker) {
    let error = match parts.first().and_then(|part| part.dyn_ref::<Blob>()) {
        None => Some(UserError::new(
            "No bundle came to be kept.",
            "Tick it again.",
        )),
        Some(blob) => {
            let kept = keeping::keep(sha256, blob).await;
            kept.err().map(|error| no_room(&error))
        }
    };
    speaker.say(&Event::ModelKept { id, error });
}

/// A copy outside this worker's memory, which outlives it.
fn blob(bytes: &[u8]) -> Result<Blob, JsValue> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    Blob::new_with_u8_array_sequence(&parts)
}

fn no_room(error: &JsValue) -> UserError {
    UserError::new(
        "The browser could not keep this model.",
        "Free some space on this device, or leave it in this tab alone: it reads all the same.",
    )
    .with("storage", format!("{error:?}"))
}
