//! Where in a checkpoint the network's weights stand: beside an epoch, a loss, an optimizer's moments,
//! an average of the weights.

use super::ForeignError;
use super::error::first_few;
use super::pickle::{Object, Value};

/// What the one tensor that every Swin network has is called at its end.
const ANCHOR: &str = "patch_embed.proj.weight";

/// Keys under which trainings save the network itself, where other weights, such as their running
/// average, stand beside it; the likeliest first.
const NETWORK: [&str; 6] = [
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "network",
    "net",
];

type Dict<'a> = [(Value<'a>, Value<'a>)];

/// A dictionary, and the key under which it stands; empty for the whole.
struct Found<'o, 'a> {
    key: &'a str,
    dict: &'o Dict<'a>,
}

/// The dictionary of tensors: what stands under `state_dict`; else the one that has a Swin network's, of
/// several the one under [`NETWORK`]'s first key; else the whole, or the only one with tensors in it.
pub(super) fn state_dict<'o, 'a>(object: &'o Object<'a>) -> Result<&'o Dict<'a>, ForeignError> {
    if let Value::Tensor(_) = object.root {
        return Err(ForeignError::Shard("one tensor, and no dictionary"));
    }
    let all = reachable(object);
    let Some(root) = all.first() else {
        return Err(ForeignError::NoStateDict("no dictionary".into()));
    };
    let named = |(key, _): &&(Value<'_>, Value<'_>)| matches!(key, Value::Text("state_dict"));
    if let Some((_, Value::Dict(place))) = root.dict.iter().rfind(named) {
        return Ok(&object.dicts[*place]);
    }
    let swin: Vec<&Found<'_, '_>> = all.iter().filter(|found| is_swin(found.dict)).collect();
    match swin[..] {
        [only] => return Ok(only.dict),
        [] => {}
        _ => {
            let mut under = NETWORK.iter().map(|key| {
                let under: Vec<_> = swin.iter().filter(|found| found.key == *key).collect();
                under
            });
            return match under.find(|under| under.len() == 1).as_deref() {
                Some([found]) => Ok(found.dict),
                _ => {
                    let keys = first_few(swin.iter().map(|found| found.key));
                    Err(ForeignError::NoStateDict(format!(
                        "several networks: {keys}"
                    )))
                }
            };
        }
    }
    if has_tensors(root.dict) {
        return Ok(root.dict);
    }
    let inner: Vec<&Found<'_, '_>> = all.iter().filter(|found| has_tensors(found.dict)).collect();
    match inner[..] {
        [only] => Ok(only.dict),
        _ => {
            let keys = root.dict.iter().filter_map(|&(key, _)| text(key));
            let keys = first_few(keys);
            Err(ForeignError::NoStateDict(format!("the keys: {keys}")))
        }
    }
}

/// The whole, if it is a dictionary, and every dictionary that stands in one, each once.
fn reachable<'o, 'a>(object: &'o Object<'a>) -> Vec<Found<'o, 'a>> {
    let mut seen = vec![false; object.dicts.len()];
    let mut waiting = vec![("", object.root)];
    let mut found = Vec::new();
    while let Some((key, value)) = waiting.pop() {
        let Value::Dict(place) = value else {
            continue;
        };
        // An object may hold itself.
        if std::mem::replace(&mut seen[place], true) {
            continue;
        }
        let dict = &object.dicts[place][..];
        found.push(Found { key, dict });
        let inner = dict.iter().rev();
        waiting.extend(inner.map(|&(key, value)| (text(key).unwrap_or_default(), value)));
    }
    found
}

fn text(value: Value<'_>) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn is_swin(dict: &Dict<'_>) -> bool {
    dict.iter().any(|&(key, value)| {
        let anchor = text(key).is_some_and(|name| name.ends_with(ANCHOR));
        anchor && matches!(value, Value::Tensor(_))
    })
}

fn has_tensors(dict: &Dict<'_>) -> bool {
    dict.iter()
        .any(|(_, value)| matches!(value, Value::Tensor(_)))
}
