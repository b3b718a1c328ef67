//! Chromium's own network log: every request of every frame and worker, whoever made it.
//!
//! Chosen over DevTools' network events, which a test would have to ask for in each worker before
//! its first request.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// One request that reached the network stack; `blob:` and `data:` addresses never do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The address asked for.
    pub url: String,
    /// The origin that asked; `None` for the browser itself, which a navigation is.
    pub initiator: Option<String>,
}

/// All of a browser's run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetLog {
    /// Requests in their order.
    pub requests: Vec<Request>,
}

impl NetLog {
    /// Reads the file of `--log-net-log`.
    ///
    /// # Errors
    /// There is none, or it is no network log.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).context("Chromium wrote no network log")?;
        Self::parse(&String::from_utf8_lossy(&bytes))
    }

    /// One event a line, the last of which may be cut off where the browser was ended.
    fn parse(text: &str) -> Result<Self> {
        let mut kind = None;
        let mut log = Self::default();
        for line in text.lines() {
            let line = line.trim_end_matches(',');
            match kind {
                None => kind = start_job(line),
                Some(kind) => log.requests.extend(request(line, kind)),
            }
        }
        if kind.is_none() {
            bail!("the network log names no URL_REQUEST_START_JOB");
        }
        Ok(log)
    }

    /// Requests of pages and workers that went elsewhere than below `origin`.
    ///
    /// What the browser asks on its own account (its updates, its clock) is not the page's doing: it
    /// has no initiator, which everything that a page causes has.
    #[must_use]
    pub fn foreign(&self, origin: &str) -> Vec<&Request> {
        let below = format!("{origin}/");
        let own = |url: &str| url.starts_with(&below);
        self.requests
            .iter()
            .filter(|request| request.initiator.is_some() && !own(&request.url))
            .collect()
    }
}

/// The number of the event that opens a request, from the log's first line.
fn start_job(line: &str) -> Option<u64> {
    let constants: Value = serde_json::from_str(&format!("{line}}}")).ok()?;
    constants["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"].as_u64()
}

fn request(line: &str, kind: u64) -> Option<Request> {
    let event: Value = serde_json::from_str(line).ok()?;
    if event["type"].as_u64() != Some(kind) {
        return None;
    }
    let initiator = event["params"]["initiator"].as_str();
    Some(Request {
        url: event["params"]["url"].as_str()?.to_owned(),
        initiator: initiator
            .filter(|who| *who != "not an origin")
            .map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"{"constants":{"logEventTypes":{"OTHER":1,"URL_REQUEST_START_JOB":7}},
"events": [
{"params":{"initiator":"not an origin","url":"http://127.0.0.1:80/"},"phase":1,"type":7},
{"params":{"url":"http://127.0.0.1:80/ignored"},"phase":1,"type":1},
{"params":{"initiator":"http://127.0.0.1:80","url":"http://127.0.0.1:8080/x"},"phase":1,"type":7},
{"params":{"initiator":"not an origin","url":"https://updates.example/"},"phase":1,"type":7},
{"params":{"initia"#;

    #[test]
    fn requests_are_read_up_to_where_the_log_breaks_off() {
        let log = NetLog::parse(LOG).unwrap();
        assert_eq!(log.requests.len(), 3);
        assert_eq!(log.requests[0].initiator, None);
    }

    #[test]
    fn another_port_is_another_origin_and_the_browser_asks_for_itself() {
        let log = NetLog::parse(LOG).unwrap();
        let foreign = log.foreign("http://127.0.0.1:80");
        assert_eq!(foreign.len(), 1);
        assert_eq!(foreign[0].initiator.as_deref(), Some("http://127.0.0.1:80"));
    }

    #[test]
    fn something_else_is_no_log() {
        assert!(NetLog::parse("{\"events\": []}").is_err());
    }
}
