//! The page as a test meets it: its stable hooks and `data-state`, nothing of its inside.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::{By, WebElement};
use web_time::Instant;

use crate::browser::Browser;

/// How often the page is asked for its state.
const BEAT: Duration = Duration::from_millis(40);

/// `<body data-state>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing was chosen.
    Empty,
    /// Scans are there.
    Loaded,
    /// The engine reads.
    Reading,
    /// The answer is shown.
    Done,
    /// The reading failed.
    Failed,
}

impl State {
    fn from_key(key: &str) -> Option<Self> {
        Some(match key {
            "empty" => Self::Empty,
            "loaded" => Self::Loaded,
            "reading" => Self::Reading,
            "done" => Self::Done,
            "failed" => Self::Failed,
            _ => return None,
        })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// A page in a browser.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Where it is shown.
    pub browser: &'a Browser,
}

impl<'a> Page<'a> {
    /// Opens `url` and waits until the first screen works.
    ///
    /// # Errors
    /// It does not become ready.
    pub async fn open(browser: &'a Browser, url: &str) -> Result<Self> {
        browser
            .driver
            .goto(url)
            .await
            .with_context(|| format!("opening {url}"))?;
        let page = Self { browser };
        page.wait(State::Empty, Duration::from_secs(30))
            .await
            .context("the first screen")?;
        // The shell says so before the program has drawn anything.
        let drawn = format!(
            "return document.querySelector('{}') && true",
            selector("sample")
        );
        page.wait_for::<bool>("the first screen", &drawn, Duration::from_secs(30))
            .await?;
        Ok(page)
    }

    /// Runs a script and converts what it returns.
    ///
    /// # Errors
    /// It throws, or returns something else.
    pub async fn script<T: DeserializeOwned>(&self, script: &str) -> Result<T> {
        self.script_with(script, Vec::new()).await
    }

    /// As [`Page::script`], with `arguments`. A promise that it returns is awaited.
    ///
    /// # Errors
    /// As [`Page::script`].
    pub async fn script_with<T: DeserializeOwned>(
        &self,
        script: &str,
        arguments: Vec<Value>,
    ) -> Result<T> {
        let answer = self
            .browser
            .driver
            .execute(script, arguments)
            .await
            .context("script")?;
        answer
            .convert()
            .with_context(|| format!("the script returned {}", answer.json()))
    }

    /// The state, if it has one yet.
    ///
    /// # Errors
    /// It is none that the page may have.
    pub async fn state(&self) -> Result<Option<State>> {
        let key: Option<String> = self
            .script("return document.body?.dataset.state ?? null")
            .await?;
        let Some(key) = key else { return Ok(None) };
        State::from_key(&key)
            .map(Some)
            .with_context(|| format!("data-state is {key}"))
    }

    /// Waits for `wanted` and returns how long that took.
    ///
    /// # Errors
    /// It does not come in time, or the page fails instead.
    pub async fn wait(&self, wanted: State, limit: Duration) -> Result<Duration> {
        let start = Instant::now();
        loop {
            let state = self.state().await?;
            if state == Some(wanted) {
                return Ok(start.elapsed());
            }
            if state == Some(State::Failed) {
                bail!(
                    "failed instead of {wanted}: {}",
                    self.error().await?.unwrap_or_default()
                );
            }
            if start.elapsed() > limit {
                bail!("still {state:?} after {limit:?}; {wanted} was expected");
            }
            tokio::time::sleep(BEAT).await;
        }
    }

    /// Waits until a script returns something else than null.
    ///
    /// # Errors
    /// It does not in time; `what` says what was waited for.
    pub async fn wait_for<T: DeserializeOwned>(
        &self,
        what: &str,
        script: &str,
        limit: Duration,
    ) -> Result<T> {
        let start = Instant::now();
        loop {
            if let Some(found) = self.script::<Option<T>>(script).await? {
                return Ok(found);
            }
            if start.elapsed() > limit {
                bail!("waited {limit:?} in vain for {what}");
            }
            tokio::time::sleep(BEAT).await;
        }
    }

    /// The element with this `data-testid`.
    ///
    /// # Errors
    /// There is none.
    pub async fn hook(&self, name: &str) -> Result<WebElement> {
        let found = self.browser.driver.find(By::Css(selector(name))).await;
        found.map_err(|_| anyhow::anyhow!("no element with data-testid {name}"))
    }

    /// Whether the element is there and visible.
    ///
    /// # Errors
    /// The driver does not answer.
    pub async fn shows(&self, name: &str) -> Result<bool> {
        let script =
            "const e = document.querySelector(arguments[0]); return !!e && e.checkVisibility()";
        self.script_with(script, vec![json!(selector(name))]).await
    }

    /// Clicks it as a person would: an element that is hidden, covered or disabled is an error.
    ///
    /// # Errors
    /// It cannot be clicked.
    pub async fn click(&self, name: &str) -> Result<()> {
        let element = self.hook(name).await?;
        ensure!(element.is_enabled().await?, "{name} is disabled");
        element
            .click()
            .await
            .with_context(|| format!("clicking {name}"))
    }

    /// An attribute of a hook.
    ///
    /// # Errors
    /// No such element or attribute.
    pub async fn attribute(&self, name: &str, attribute: &str) -> Result<String> {
        let value = self.hook(name).await?.attr(attribute).await?;
        value.with_context(|| format!("{name} has no {attribute}"))
    }

    /// A number in an attribute of a hook.
    ///
    /// # Errors
    /// No such attribute, or no number in it.
    pub async fn number(&self, name: &str, attribute: &str) -> Result<f64> {
        let text = self.attribute(name, attribute).await?;
        text.parse()
            .with_context(|| format!("{attribute} of {name} is {text}"))
    }

    /// What a person reads in a hook.
    ///
    /// # Errors
    /// No such element.
    pub async fn text(&self, name: &str) -> Result<String> {
        Ok(self.hook(name).await?.text().await?)
    }

    /// What a person reads on the whole page.
    ///
    /// # Errors
    /// The driver does not answer.
    pub async fn all_text(&self) -> Result<String> {
        self.script("return document.body.innerText").await
    }

    /// The error panel's words, if it is shown.
    ///
    /// # Errors
    /// The driver does not answer.
    pub async fn error(&self) -> Result<Option<String>> {
        if !self.shows("error").await? {
            return Ok(None);
        }
        self.text("error").await.map(Some)
    }

    /// Waits for the error panel and returns its words.
    ///
    /// # Errors
    /// None is shown in time.
    pub async fn wait_for_error(&self, limit: Duration) -> Result<String> {
        let script = "const e = document.querySelector('[data-testid=error]');
            return e && e.checkVisibility() && e.innerText.trim() ? e.innerText : null";
        self.wait_for("an error", script, limit).await
    }

    /// Gives files to the file input, together.
    ///
    /// # Errors
    /// The input refuses them.
    pub async fn give(&self, files: &[PathBuf]) -> Result<()> {
        let names: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
        let input = self.hook("files").await?;
        input
            .send_keys(names.join("\n"))
            .await
            .context("giving files")
    }

    /// Chooses a folder by the input for one.
    ///
    /// # Errors
    /// The input refuses it.
    pub async fn give_folder(&self, folder: &Path) -> Result<()> {
        let input = self.hook("folder").await?;
        let path = folder.display().to_string();
        input.send_keys(path).await.context("giving a folder")
    }

    /// Drops files and folders onto the page, as from a file manager.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn drop_files(&self, paths: &[PathBuf]) -> Result<()> {
        let files: Vec<String> = paths.iter().map(|f| f.display().to_string()).collect();
        let data = json!({ "items": [], "files": files, "dragOperationsMask": 1 });
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({ "type": kind, "x": 300, "y": 300, "data": data });
            self.browser
                .devtools("Input.dispatchDragEvent", event)
                .await?;
        }
        Ok(())
    }

    /// Waits for what the page says of the scans that came last.
    ///
    /// # Errors
    /// It says nothing in time.
    pub async fn wait_until_said(&self, words: &str, limit: Duration) -> Result<String> {
        let script = format!(
            "const e = document.querySelector('[data-testid=said]');
            return e && e.innerText.includes({}) ? e.innerText : null",
            json!(words)
        );
        self.wait_for(&format!("\"{words}\" to be said"), &script, limit)
            .await
    }

    /// Waits until *Read* can be pressed: four scans are there and each has its sequence.
    ///
    /// # Errors
    /// That does not come about.
    pub async fn wait_until_readable(&self, limit: Duration) -> Result<()> {
        let script = "const b = document.querySelector('[data-testid=read]');
            return b && !b.disabled ? true : null";
        let waited = self
            .wait_for::<bool>("a case that can be read", script, limit)
            .await;
        if waited.is_err() {
            let error = self.error().await?.unwrap_or_default();
            waited.with_context(|| format!("the page says: {error}"))?;
        }
        Ok(())
    }

    /// Presses *Read* and returns the seconds until the answer stands there.
    ///
    /// # Errors
    /// The reading fails or takes longer than `limit`.
    pub async fn read(&self, limit: Duration) -> Result<Duration> {
        let start = Instant::now();
        self.click("read").await?;
        self.wait(State::Done, limit).await?;
        Ok(start.elapsed())
    }

    /// Loads the sample that ships with the page.
    ///
    /// # Errors
    /// It does not load.
    pub async fn load_sample(&self) -> Result<()> {
        self.click("sample").await?;
        self.wait(State::Loaded, Duration::from_secs(60)).await?;
        self.wait_until_readable(Duration::from_secs(60)).await
    }
}

fn selector(name: &str) -> String {
    format!("[data-testid=\"{name}\"]")
}
