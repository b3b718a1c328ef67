//! Long tasks of the page's main thread, as the browser counts them: those above 50 ms.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::page::Page;

/// Starts to count from now.
///
/// # Errors
/// The driver does not answer.
pub async fn watch(page: &Page<'_>) -> Result<()> {
    let script = "window.longTasks = [];
        window.longTaskWatch?.disconnect();
        window.longTaskWatch = new PerformanceObserver(list =>
            window.longTasks.push(...list.getEntries().map(e => e.duration)));
        window.longTaskWatch.observe({ type: 'longtask' });
        return null";
    page.script::<()>(script).await
}

/// Milliseconds of each long task since [`watch`].
///
/// # Errors
/// The driver does not answer.
pub async fn seen(page: &Page<'_>) -> Result<Vec<f64>> {
    // Entries are handed over in a task of their own.
    tokio::time::sleep(Duration::from_millis(300)).await;
    page.script("return window.longTasks").await
}

/// Keeps the main thread busy for some milliseconds, in a task of its own.
///
/// # Errors
/// The driver does not answer.
pub async fn make_one(page: &Page<'_>, ms: f64) -> Result<()> {
    let script = "const ms = arguments[0];
        setTimeout(() => { const end = performance.now() + ms; while (performance.now() < end); });
        return null";
    page.script_with::<()>(script, vec![json!(ms)]).await
}

/// As a person reads it.
#[must_use]
pub fn words(tasks: &[f64]) -> String {
    let longest = tasks.iter().copied().fold(0.0, f64::max);
    match tasks.len() {
        0 => "no main-thread task above 50 ms".into(),
        n => format!("{n} main-thread tasks above 50 ms, the longest {longest:.0} ms: {tasks:.0?}"),
    }
}
