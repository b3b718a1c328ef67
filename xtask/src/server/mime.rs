//! Media types by file name. With `nosniff` a wrong one is a file that does not load.

use std::path::Path;

/// The `Content-Type` of a file.
#[must_use]
pub fn mime_type(path: &Path) -> &'static str {
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    match extension.as_str() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/vnd.microsoft.icon",
        "woff2" => "font/woff2",
        "txt" | "md" | "wgsl" => "text/plain; charset=utf-8",
        // Scans arrive packed, as files: never as a content encoding that the browser would undo.
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wasm_has_the_type_that_streaming_compilation_asks_for() {
        assert_eq!(mime_type(Path::new("a/engine_bg.wasm")), "application/wasm");
    }

    #[test]
    fn packed_scans_stay_packed() {
        assert_eq!(mime_type(Path::new("flair.nii.gz")), "application/gzip");
    }

    #[test]
    fn unknown_and_missing_extensions_are_bytes() {
        for name in ["untrained.mts.safetensors", "LICENSE"] {
            assert_eq!(mime_type(Path::new(name)), "application/octet-stream");
        }
        assert_eq!(
            mime_type(Path::new("INDEX.HTML")),
            "text/html; charset=utf-8"
        );
    }
}
