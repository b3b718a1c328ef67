//! What `torch.save` writes: a zip archive with one pickle and one part for each storage.

use std::collections::BTreeMap;

use super::ForeignError;
use super::error::clip;
use super::pickle::{self, Storage, Value};
use super::state_dict::state_dict;
use super::tensor::RawTensor;
use super::zip::Archive;

/// How a file of the old format begins: a pickle of torch's magic number.
const LEGACY_MAGIC: &[u8] = &[
    0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
];

/// Whose list of shards a pickle is that stands by itself.
const SHARDS: &[u8] = b"torch.distributed.checkpoint.metadata";

/// Whether `file` is the list that lies beside the shards of a distributed checkpoint, `.metadata`.
pub(super) fn is_list_of_shards(file: &[u8]) -> bool {
    let start = &file[..file.len().min(4096)];
    start.first() == Some(&0x80) && start.windows(SHARDS.len()).any(|part| part == SHARDS)
}

/// Whether `file` is in the format from before PyTorch 1.6: a bare pickle, or the tar before that.
pub(super) fn is_legacy(file: &[u8]) -> bool {
    file.starts_with(LEGACY_MAGIC) || file.get(257..262) == Some(b"ustar")
}

/// The tensors of the state dict in `file`.
pub(super) fn read(file: &[u8]) -> Result<BTreeMap<String, RawTensor<'_>>, ForeignError> {
    let archive = Archive::open(file)?;
    let folder = folder(&archive)?;
    if let Some(order) = archive.entry(&format!("{folder}/byteorder"))?
        && order != b"little"
    {
        return Err(ForeignError::Packed {
            name: format!("{folder}/data"),
            how: "in big-endian byte order",
        });
    }
    let pickled = part(&archive, &format!("{folder}/data.pkl"))?;
    let object = pickle::read(pickled)?;
    let mut storages = Storages {
        archive: &archive,
        folder,
        found: BTreeMap::new(),
    };
    let mut tensors = BTreeMap::new();
    for &(key, value) in state_dict(&object)? {
        let (Value::Text(name), Value::Tensor(at)) = (key, value) else {
            continue;
        };
        let tensor = &object.tensors[at];
        let storage = storages.get(tensor.storage)?;
        let raw = RawTensor::new(
            tensor.shape.clone(),
            tensor.strides.clone(),
            tensor.offset,
            tensor.storage.number,
            storage,
        );
        let raw = raw.map_err(|problem| ForeignError::tensor(name, problem))?;
        tensors.insert(name.to_owned(), raw);
    }
    Ok(tensors)
}

/// The archive's only folder with a pickle in it; torch names it after the file.
fn folder<'a>(archive: &Archive<'a>) -> Result<&'a str, ForeignError> {
    let folders = archive
        .names()
        .filter_map(|name| name.strip_suffix("/data.pkl"));
    let folders: Vec<&str> = folders.filter(|folder| !folder.contains('/')).collect();
    match folders[..] {
        [folder] => Ok(folder),
        _ => Err(ForeignError::Unrecognised(format!(
            "a zip archive with {} parts named data.pkl",
            folders.len()
        ))),
    }
}

fn part<'a>(archive: &Archive<'a>, name: &str) -> Result<&'a [u8], ForeignError> {
    let lacking = || ForeignError::Damaged(format!("the archive lacks its part {}", clip(name)));
    archive.entry(name)?.ok_or_else(lacking)
}

/// Storages that were looked at; several tensors may lie in one.
struct Storages<'s, 'a> {
    archive: &'s Archive<'a>,
    folder: &'a str,
    found: BTreeMap<&'a str, &'a [u8]>,
}

impl<'a> Storages<'_, 'a> {
    fn get(&mut self, storage: Storage<'a>) -> Result<&'a [u8], ForeignError> {
        let name = || format!("{}/data/{}", self.folder, storage.key);
        let bytes = match self.found.get(storage.key).copied() {
            Some(bytes) => bytes,
            None => part(self.archive, &name())?,
        };
        if storage.count.checked_mul(storage.number.size()) != Some(bytes.len()) {
            return Err(ForeignError::Damaged(format!(
                "the archive's part {} has {} bytes, which are not {} numbers",
                clip(&name()),
                bytes.len(),
                storage.count
            )));
        }
        self.found.insert(storage.key, bytes);
        Ok(bytes)
    }
}
