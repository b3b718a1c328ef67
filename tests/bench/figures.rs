//! What was measured, on what.

use anyhow::Result;
use glioscope_tests::World;
use serde::{Deserialize, Serialize};

/// One measured number with its limit.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Figure {
    name: String,
    value: f64,
    unit: String,
    /// The most that was asked for, in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<f64>,
}

/// All of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Figures {
    browser: String,
    cores: usize,
    version: String,
    adapter: Option<String>,
    figures: Vec<Figure>,
    missing: Vec<String>,
}

impl Figures {
    /// None yet; without a browser, where it has no part in them.
    pub(crate) fn new(world: Option<&World>) -> Self {
        Self {
            browser: world.map_or_else(String::new, |world| world.programs.browser_version.clone()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            adapter: None,
            figures: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Adds one, and prints it at once: the whole takes minutes.
    pub(crate) fn add(
        &mut self,
        name: impl Into<String>,
        value: f64,
        unit: &'static str,
        limit: Option<f64>,
    ) {
        let figure = Figure {
            name: name.into(),
            value,
            unit: unit.to_owned(),
            limit,
        };
        println!("  {}", figure.row());
        self.figures.push(figure);
    }

    /// Adds what another process measured and wrote as JSON.
    pub(crate) fn extend(&mut self, json: &str) -> Result<()> {
        let other: Self = serde_json::from_str(json)?;
        self.figures.extend(other.figures);
        self.missing.extend(other.missing);
        Ok(())
    }

    pub(crate) fn adapter(&mut self, words: String) {
        self.adapter = Some(words);
    }

    /// Keeps why something was not measured.
    pub(crate) fn note(&mut self, what: &str, result: Result<()>) {
        if let Err(error) = result {
            println!("  {what}: not measured: {error:#}");
            self.missing.push(format!("{what}: {error:#}"));
        }
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = format!(
            "Glioscope {}, {} cores, {}",
            self.version, self.cores, self.browser
        );
        if let Some(adapter) = &self.adapter {
            text += &format!(", {adapter}");
        }
        text += "\n\n| figure | measured | asked for |\n|---|---|---|\n";
        for figure in &self.figures {
            text += &figure.row();
            text.push('\n');
        }
        for missing in &self.missing {
            text += &format!("\nNot measured: {missing}\n");
        }
        text
    }

    pub(crate) fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }
}

impl Figure {
    fn row(&self) -> String {
        let number = |value: f64| {
            let digits = if value >= 100.0 { 0 } else { 2 };
            format!("{value:.digits$} {}", self.unit)
        };
        let limit = self
            .limit
            .map_or_else(String::new, |limit| format!("≤ {}", number(limit)));
        format!("| {} | {} | {limit} |", self.name, number(self.value))
    }
}
