//! The Vulkan driver on the CPU that Chromium brings: with it native programs compute on what a tab
//! without a GPU has.

use std::path::{Path, PathBuf};

/// Its driver file, for `VK_DRIVER_FILES`: beside the browser, or where a distribution's script of that
/// name keeps it.
#[must_use]
pub fn driver_file(chromium: &Path) -> Option<PathBuf> {
    let real = chromium.canonicalize().ok();
    let beside = real.as_deref().and_then(Path::parent);
    let folders = ["/usr/lib/chromium", "/usr/lib/chromium-browser"].map(Path::new);
    beside
        .into_iter()
        .chain(folders)
        .map(|folder| folder.join("vk_swiftshader_icd.json"))
        .find(|file| file.is_file())
}
