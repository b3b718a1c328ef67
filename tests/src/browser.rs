//! One Chromium with an empty profile, its network log and its downloads, closed whatever happens.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use thirtyfour::{
    Capabilities, ChromeCapabilities, ChromiumLikeCapabilities, DesiredCapabilities, WebDriver,
};
use web_time::Instant;

use crate::{net_log::NetLog, world::World};

/// A software GPU on two cores answers slowly; what hangs is ended by the test's own limit.
const COMMAND_LIMIT: Duration = Duration::from_secs(300);

/// Whether the browser offers WebGPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gpu {
    /// SwiftShader, which Chromium hides from pages unless told otherwise.
    Software,
    /// No adapter: what a visitor without a usable GPU has.
    None,
}

/// How to start a browser.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// WebGPU or none.
    pub gpu: Gpu,
    /// Width and height of the page in CSS pixels.
    pub size: [u32; 2],
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            gpu: Gpu::Software,
            size: [1280, 800],
        }
    }
}

/// A started browser.
#[derive(Debug)]
pub struct Browser {
    /// The WebDriver session.
    pub driver: WebDriver,
    /// Chromium's `--user-data-dir`.
    pub profile: PathBuf,
    downloads: PathBuf,
    net_log: PathBuf,
}

/// What is left of a browser that has been closed.
#[derive(Debug)]
pub struct Remains {
    /// Every request it made.
    pub net_log: NetLog,
    /// Its profile on disk.
    pub profile: PathBuf,
}

/// Runs `body` in a new browser, closes it, and hands back what remains. A failure leaves a picture.
///
/// # Errors
/// The browser does not start, or `body` fails.
pub async fn with_browser<T>(
    world: &World,
    settings: Settings,
    body: impl AsyncFnOnce(&Browser) -> Result<T>,
) -> Result<(T, Remains)> {
    let browser = Browser::start(world, settings).await?;
    let result = body(&browser).await;
    if result.is_err() {
        browser.leave_picture().await;
    }
    let Browser {
        driver,
        profile,
        net_log,
        ..
    } = browser;
    driver.quit().await.context("closing the browser")?;
    let value = result?;
    let net_log = NetLog::read(&net_log)?;
    Ok((value, Remains { net_log, profile }))
}

impl Browser {
    async fn start(world: &World, settings: Settings) -> Result<Self> {
        let folder = world.fresh_folder("browser")?;
        let [profile, downloads] = ["profile", "downloads"].map(|name| folder.join(name));
        fs::create_dir_all(&downloads)?;
        let net_log = folder.join("net-log.json");
        let capabilities = capabilities(world, settings, &profile, &downloads, &net_log)?;
        let driver = WebDriver::builder(world.driver_url(), capabilities)
            .request_timeout(COMMAND_LIMIT)
            .connect()
            .await
            .context("starting Chromium")?;
        let browser = Self {
            driver,
            profile,
            downloads,
            net_log,
        };
        browser.resize(settings.size, false).await?;
        Ok(browser)
    }

    /// Gives the page a size in CSS pixels, as a phone where `phone`.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn resize(&self, [width, height]: [u32; 2], phone: bool) -> Result<()> {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await?;
        self.devtools(
            "Emulation.setTouchEmulationEnabled",
            json!({ "enabled": phone }),
        )
        .await?;
        Ok(())
    }

    /// Cuts the page off from every network, loopback included.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn go_offline(&self) -> Result<()> {
        let offline = json!({
            "offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
        });
        self.devtools("Network.enable", json!({})).await?;
        self.devtools("Network.emulateNetworkConditions", offline)
            .await?;
        Ok(())
    }

    /// Sends a command of the DevTools protocol.
    ///
    /// # Errors
    /// The browser refuses it.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Result<Value> {
        let answer = self.driver.cdp().send_raw(method, parameters).await;
        answer.with_context(|| format!("DevTools: {method}"))
    }

    /// Console messages since the last call, as `LEVEL source: words`.
    ///
    /// # Errors
    /// The driver does not answer.
    pub async fn console(&self) -> Result<Vec<String>> {
        let entries = self.driver.browser_log().await?;
        let words = |entry: thirtyfour::BrowserLogEntry| {
            let source = entry.source.unwrap_or_default();
            format!("{} {source}: {}", entry.level, entry.message)
        };
        Ok(entries.into_iter().map(words).collect())
    }

    /// Waits for a download that was started after `before` were there, until it is complete.
    ///
    /// # Errors
    /// None came.
    pub async fn download(&self, before: &[PathBuf]) -> Result<PathBuf> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            let new = self.downloaded()?.into_iter().find(|path| {
                !before.contains(path) && fs::metadata(path).is_ok_and(|about| about.len() > 0)
            });
            if let Some(path) = new {
                return Ok(path);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("no download came within 20 s")
    }

    /// What lies in the downloads folder, without Chromium's own half files.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn downloaded(&self) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.downloads)? {
            let name = entry?.file_name();
            let shown = name.to_string_lossy();
            if !shown.starts_with('.') && !shown.ends_with(".crdownload") {
                files.push(self.downloads.join(&name));
            }
        }
        Ok(files)
    }

    /// Writes a picture to `$GLIOSCOPE_SCREENSHOTS`, if that is set.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn picture(&self, name: &str) -> Result<()> {
        let Some(folder) = std::env::var_os("GLIOSCOPE_SCREENSHOTS").map(PathBuf::from) else {
            return Ok(());
        };
        fs::create_dir_all(&folder)?;
        self.driver
            .screenshot(&folder.join(format!("{name}.png")))
            .await?;
        Ok(())
    }

    /// Best effort: the failure itself is what has to be told.
    async fn leave_picture(&self) {
        let name = format!("failure-{}", std::process::id());
        if self.picture(&name).await.is_ok() && std::env::var_os("GLIOSCOPE_SCREENSHOTS").is_some()
        {
            println!("    a picture of the failure: {name}.png");
        }
        for line in self.console().await.unwrap_or_default() {
            println!("    console: {line}");
        }
    }
}

fn capabilities(
    world: &World,
    settings: Settings,
    profile: &Path,
    downloads: &Path,
    net_log: &Path,
) -> Result<Capabilities> {
    let mut chrome: ChromeCapabilities = DesiredCapabilities::chrome();
    chrome.set_binary(&world.programs.chromium.to_string_lossy())?;
    let fixed = [
        "--headless",
        // Tests run as root where CI does.
        "--no-sandbox",
        "--disable-quic",
        "--no-first-run",
        // Whatever the browser itself would fetch.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-domain-reliability",
        "--disable-sync",
        "--disable-features=OptimizationHints,MediaRouter,AutofillServerCommunication",
        "--no-pings",
    ];
    for flag in fixed {
        chrome.add_arg(flag)?;
    }
    if settings.gpu == Gpu::Software {
        chrome.add_arg("--enable-unsafe-webgpu")?;
    }
    let [width, height] = settings.size;
    chrome.add_arg(&format!("--window-size={width},{height}"))?;
    chrome.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    chrome.add_arg(&format!("--log-net-log={}", net_log.display()))?;
    let preferences = json!({
        "download.default_directory": downloads,
        "download.prompt_for_download": false,
    });
    chrome.add_experimental_option("prefs", preferences)?;
    let mut capabilities = Capabilities::from(chrome);
    capabilities.set("goog:loggingPrefs", json!({ "browser": "ALL" }))?;
    Ok(capabilities)
}
