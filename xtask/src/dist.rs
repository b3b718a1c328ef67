//! `cargo xtask dist`: the folder to put on a static host, and what a visitor will transfer.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    compress::{Packed, pack_all},
    files::{files_below, replace_folder},
    needs::{Purpose, set_up},
    page::{self, Flavour},
    places::Places,
    server::headers,
    table::table,
};

/// Builds `dist/` with a `.br` beside each file and a `_headers` for hosts that read one, and prints
/// the sizes.
///
/// # Errors
/// Set-up, build or packing fail.
pub fn dist(places: &Places) -> Result<PathBuf> {
    set_up(places, Purpose::Page)?;
    println!("Building the page");
    let built = page::build(places, Flavour::Release)?;
    let folder = places.root.join("dist");
    replace_folder(&built, &folder)?;
    println!("Packing");
    let packed = pack_all(places, &files_below(&folder)?)?;
    print!("{}", sizes(&folder, &packed)?);
    let html = fs::read_to_string(folder.join("index.html")).context("reading the page")?;
    fs::write(folder.join("_headers"), headers::file(&html)?).context("writing _headers")?;
    println!(
        "The page is in {}; `cargo xtask serve --built dist` shows it.",
        folder.display()
    );
    Ok(folder)
}

/// When a visitor transfers a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    FirstScreen,
    Engine,
    EngineWithThreads,
    OnDemand,
}

impl Moment {
    const ALL: [Self; 4] = [
        Self::FirstScreen,
        Self::Engine,
        Self::EngineWithThreads,
        Self::OnDemand,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::FirstScreen => "first screen",
            Self::Engine => "engine",
            Self::EngineWithThreads => "or with threads",
            Self::OnDemand => "on demand",
        }
    }

    fn of(path: &Path, first: &[PathBuf]) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if first.iter().any(|one| one == path) {
            Self::FirstScreen
        } else if name.starts_with("engine_threads") {
            Self::EngineWithThreads
        } else if name.starts_with("engine") {
            Self::Engine
        } else {
            Self::OnDemand
        }
    }
}

fn sizes(folder: &Path, packed: &[Packed]) -> Result<String> {
    let first = page::first_screen(folder)?;
    let row = |moment: Moment, name: String, raw: u64, brotli: u64| {
        [
            moment.name().into(),
            name,
            kilobytes(raw),
            kilobytes(brotli),
        ]
    };
    let mut rows = vec![["when", "file", "KB", "KB, brotli"].map(String::from)];
    for moment in Moment::ALL {
        let of_moment: Vec<&Packed> = packed
            .iter()
            .filter(|one| Moment::of(&one.path, &first) == moment)
            .collect();
        for one in &of_moment {
            let name = one
                .path
                .strip_prefix(folder)
                .unwrap_or(&one.path)
                .display()
                .to_string();
            rows.push(row(moment, name, one.raw, one.brotli));
        }
        let raw = of_moment.iter().map(|one| one.raw).sum();
        let brotli = of_moment.iter().map(|one| one.brotli).sum();
        rows.push(row(moment, "together".into(), raw, brotli));
    }
    Ok(table(&rows))
}

/// Thousands of bytes, one decimal.
fn kilobytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e3)
}
