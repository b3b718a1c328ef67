//! Files as a person gives them: chosen, dropped, or in folders, which are walked.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry,
};

use super::choose::listed;
use crate::folders::Tally;

/// A file, and its path from the folder that was given on: its bare name where none was.
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) file: File,
    pub(crate) path: String,
}

impl Given {
    fn bare(file: File) -> Self {
        let path = file.name();
        Self { file, path }
    }
}

/// Files that were chosen one by one.
pub(crate) fn chosen(files: Option<FileList>) -> Vec<Given> {
    listed(files).into_iter().map(Given::bare).collect()
}

/// The scans of a folder that was chosen.
pub(crate) fn folder(files: Option<FileList>) -> (Vec<Given>, Tally) {
    let mut tally = Tally::default();
    let mut given: Vec<Given> = listed(files).into_iter().map(with_path).collect();
    given.sort_by(|a, b| a.path.cmp(&b.path));
    given.retain(|one| !tally.is_full() && tally.takes(&one.path));
    (given, tally)
}

/// The browser tells the path of a file of a chosen folder.
fn with_path(file: File) -> Given {
    let path = Reflect::get(&file, &"webkitRelativePath".into());
    match path.ok().and_then(|path| path.as_string()) {
        Some(path) if !path.is_empty() => Given { file, path },
        _ => Given::bare(file),
    }
}

/// What was dropped. Has to be taken out of its event before that ends.
pub(crate) struct Dropped {
    files: Vec<Given>,
    folders: Vec<FileSystemEntry>,
}

impl Dropped {
    pub(crate) fn of(data: &DataTransfer) -> Self {
        let items = data.items();
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for item in (0..items.length()).filter_map(|at| items.get(at)) {
            match item.webkit_get_as_entry().ok().flatten() {
                Some(entry) if entry.is_directory() => folders.push(entry),
                _ => files.extend(item.get_as_file().ok().flatten().map(Given::bare)),
            }
        }
        Self { files, folders }
    }

    /// Its files, and the scans of its folders.
    pub(crate) async fn gather(self) -> (Vec<Given>, Tally) {
        let Self { mut files, folders } = self;
        let mut tally = Tally::default();
        let mut found = Vec::new();
        let mut waiting = folders;
        while let Some(entry) = waiting.pop() {
            if tally.is_full() {
                break;
            }
            let path = entry.full_path().trim_start_matches('/').to_owned();
            if entry.is_directory() {
                if tally.enters(&path) {
                    waiting.extend(entries(entry.unchecked_into()).await);
                }
            } else if tally.takes(&path)
                && let Some(file) = file_of(entry.unchecked_into()).await
            {
                found.push(Given { file, path });
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        files.extend(found);
        (files, tally)
    }
}

/// What a folder holds; nothing where it cannot be read.
async fn entries(folder: FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let reader = folder.create_reader();
    let mut all = Vec::new();
    // A reader gives a part of them at a time, and in the end an empty one.
    loop {
        let part = asked(|yes, no| {
            // What it refuses at once comes as an error all the same.
            let _ = reader.read_entries_with_callback_and_callback(yes, no);
        });
        let part: Array = part.await.unwrap_or_default().unchecked_into();
        if !part.is_array() || part.length() == 0 {
            return all;
        }
        all.extend(part.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}

async fn file_of(entry: FileSystemFileEntry) -> Option<File> {
    let file = asked(|yes, no| entry.file_with_callback_and_callback(yes, no));
    file.await.ok()?.dyn_into().ok()
}

/// Waits for whichever of two callbacks is called.
async fn asked(mut ask: impl FnMut(&Function, &Function)) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::new(&mut |yes, no| ask(&yes, &no))).await
}
