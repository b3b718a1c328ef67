//! A static server for built pages: loopback only, with the headers that the page's promise of
//! privacy rests on. `serve` and the browser tests use the same one.
//!
//! It can mount the page at a sub-path, as many static hosts do, and keeps a list of what was
//! asked for, so that a test can say that the first screen fetched no engine.

mod answer;
pub mod headers;
mod mime;
mod resource;

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use anyhow::{Context, Result, anyhow};

pub use mime::mime_type;

/// Browsers keep six connections to a host; a few threads serve them all.
const THREADS: usize = 4;

/// Which port to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// This one or an error.
    Exactly(u16),
    /// This one or the first free of the hundred after it.
    From(u16),
    /// Any free one, chosen by the system.
    Any,
}

/// What to serve, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// The built page, with `index.html` in it.
    pub folder: PathBuf,
    /// Which port.
    pub port: Port,
    /// The path below which the page lies: `/`, or for example `/some/where/`.
    pub mount: String,
    /// Whether the page is isolated from other origins, which not every host's is.
    pub isolated: bool,
}

impl Options {
    /// `folder` at `/` on any free port, isolated.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            port: Port::Any,
            mount: "/".into(),
            isolated: true,
        }
    }
}

/// One answered request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// `GET`, `HEAD`, …
    pub method: String,
    /// Path and query as asked for, the mount included.
    pub url: String,
    /// The `Host` header.
    pub host: String,
    /// HTTP status.
    pub status: u16,
    /// `br`, `gzip` or `identity`.
    pub encoding: &'static str,
    /// Length of the body sent, headers not counted.
    pub body_bytes: u64,
}

/// A running server; dropping it stops it.
pub struct Server {
    http: Arc<tiny_http::Server>,
    address: SocketAddr,
    mount: String,
    served: Arc<Mutex<Vec<Served>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts to serve on 127.0.0.1.
    ///
    /// # Errors
    /// No `index.html` in the folder, or no free port.
    pub fn start(options: Options) -> Result<Self> {
        let mount = format!("/{}/", options.mount.trim_matches('/')).replace("//", "/");
        let site = Arc::new(answer::Site::open(
            options.folder,
            mount.clone(),
            options.isolated,
        )?);
        let listener = listen(options.port)?;
        let address = listener.local_addr()?;
        let http = tiny_http::Server::from_listener(listener, None)
            .map_err(|error| anyhow!("starting the server: {error}"))?;
        let http = Arc::new(http);
        let served = Arc::new(Mutex::new(Vec::new()));
        let threads = (0..THREADS)
            .map(|_| {
                let (http, site, served) = (http.clone(), site.clone(), served.clone());
                std::thread::spawn(move || {
                    while let Ok(request) = http.recv() {
                        site.answer(request, &served);
                    }
                })
            })
            .collect();
        Ok(Self {
            http,
            address,
            mount,
            served,
            threads,
        })
    }

    /// `http://127.0.0.1:PORT/`, with the mount.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.mount)
    }

    /// Every request answered so far, in order of their answers.
    #[must_use]
    pub fn served(&self) -> Vec<Served> {
        self.served
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        for thread in std::mem::take(&mut self.threads) {
            // A thread ends only by a panic, which has been printed.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for _ in &self.threads {
            self.http.unblock();
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn listen(port: Port) -> Result<TcpListener> {
    let bind = |port: u16| TcpListener::bind(("127.0.0.1", port));
    match port {
        Port::Any => bind(0).context("no free port"),
        Port::Exactly(port) => {
            bind(port).with_context(|| format!("port {port} is taken. Choose another with --port."))
        }
        Port::From(first) => (first..=first.saturating_add(100))
            .find_map(|port| bind(port).ok())
            .with_context(|| format!("no free port from {first} on. Choose one with --port.")),
    }
}

#[cfg(test)]
mod tests;
