//! One request, one answer, with the headers of a private page.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result};
use tiny_http::{Method, Request, StatusCode};

use super::{
    Served, headers, mime_type,
    resource::{Resource, resolve},
};

/// For a page that changes with every build, sent as it is or packed.
const LOCAL: [(&str, &str); 2] = [("Cache-Control", "no-store"), ("Vary", "Accept-Encoding")];

pub(super) struct Site {
    folder: PathBuf,
    mount: String,
    private: Vec<headers::Line>,
}

/// A file as it goes over the wire.
struct Body {
    file: File,
    encoding: &'static str,
    length: u64,
}

impl Site {
    pub(super) fn open(folder: PathBuf, mount: String, isolated: bool) -> Result<Self> {
        let index = folder.join("index.html");
        let html = std::fs::read_to_string(&index)
            .with_context(|| format!("no page to serve: reading {}", index.display()))?;
        let mut private = headers::private(&html).with_context(|| index.display().to_string())?;
        if !isolated {
            private.retain(|(name, _)| !headers::ISOLATING.contains(name));
        }
        Ok(Self {
            folder,
            mount,
            private,
        })
    }

    pub(super) fn answer(&self, request: Request, served: &Mutex<Vec<Served>>) {
        let mut entry = Served {
            method: request.method().to_string(),
            url: request.url().to_owned(),
            host: header_of(&request, "Host"),
            status: 200,
            encoding: "identity",
            body_bytes: 0,
        };
        let accepts = header_of(&request, "Accept-Encoding");
        let mut extra = Vec::new();
        let mut body = None;
        match (request.method(), resolve(request.url(), &self.mount)) {
            (Method::Get | Method::Head, Resource::File(path)) => {
                match open(&self.folder.join(&path), &accepts) {
                    Some(found) => {
                        extra.push(("Content-Type", mime_type(&path).to_owned()));
                        body = Some(found);
                    }
                    None => entry.status = 404,
                }
            }
            (Method::Get | Method::Head, Resource::Redirect(to)) => {
                entry.status = 308;
                extra.push(("Location", to));
            }
            (Method::Get | Method::Head, Resource::Nowhere) => entry.status = 404,
            _ => entry.status = 405,
        }
        if let Some(body) = &body {
            entry.encoding = body.encoding;
            if entry.method == "GET" {
                entry.body_bytes = body.length;
            }
            if body.encoding != "identity" {
                extra.push(("Content-Encoding", body.encoding.to_owned()));
            }
        }
        let (file, length) = body.map_or((None, 0), |body| (Some(body.file), body.length));
        let file = file.filter(|_| entry.method == "GET");
        let headers = self.headers(extra, length);
        let status = entry.status;
        // Recorded before it is sent: whoever has seen the answer finds it in the list.
        served
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(entry);
        // A browser that hangs up (a cancelled fetch, a closed tab) is no error of ours.
        let _ = send(request, status, &headers, file);
    }

    fn headers(&self, extra: Vec<headers::Line>, length: u64) -> Vec<headers::Line> {
        let local = LOCAL.map(|(name, value)| (name, value.to_owned()));
        let length = [("Content-Length", length.to_string())];
        let private = self.private.iter().cloned();
        private.chain(local).chain(extra).chain(length).collect()
    }
}

/// Writes the answer and asks the browser to close the connection. A kept one holds a thread of
/// `tiny_http`'s pool, which can leave a new connection waiting in its queue for as long as all its
/// threads are held: a page that loads seven files at once then stays blank.
fn send(
    request: Request,
    status: u16,
    headers: &[headers::Line],
    body: Option<File>,
) -> std::io::Result<()> {
    let reason = StatusCode(status).default_reason_phrase();
    let mut head = format!("HTTP/1.1 {status} {reason}\r\nConnection: close\r\n");
    // A name with odd characters in a redirect must not become a header of its own.
    let sound = headers
        .iter()
        .filter(|(_, value)| !value.contains(['\r', '\n']));
    for (name, value) in sound {
        head += &format!("{name}: {value}\r\n");
    }
    let mut writer = request.into_writer();
    writer.write_all((head + "\r\n").as_bytes())?;
    if let Some(mut file) = body {
        std::io::copy(&mut file, &mut writer)?;
    }
    writer.flush()
}

/// Opens `path`, or what lies packed beside it where that is accepted and smaller.
fn open(path: &Path, accepts: &str) -> Option<Body> {
    let plain = regular(path)?;
    let packed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .find_map(|(encoding, extension)| {
            let beside = regular(&path.with_added_extension(extension))?;
            (accepted(accepts, encoding) && beside.1 < plain.1).then_some((beside, encoding))
        });
    let ((file, length), encoding) = packed.unwrap_or((plain, "identity"));
    Some(Body {
        file,
        encoding,
        length,
    })
}

fn regular(path: &Path) -> Option<(File, u64)> {
    let file = File::open(path).ok()?;
    let about = file.metadata().ok()?;
    about.is_file().then_some((file, about.len()))
}

/// Whether an `Accept-Encoding` header allows `encoding`.
fn accepted(header: &str, encoding: &str) -> bool {
    header.split(',').any(|offer| {
        let mut words = offer.split(';').map(str::trim);
        words.next() == Some(encoding)
            && !words.any(|word| word.strip_prefix("q=").and_then(|q| q.parse().ok()) == Some(0.0))
    })
}

fn header_of(request: &Request, name: &'static str) -> String {
    request
        .headers()
        .iter()
        .find(|header| header.field.equiv(name))
        .map(|header| header.value.to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::accepted;

    #[test]
    fn a_quality_of_zero_refuses() {
        assert!(accepted("gzip, deflate, br, zstd", "br"));
        assert!(accepted("br;q=0.5", "br"));
        assert!(!accepted("gzip, br;q=0", "br"));
        assert!(!accepted("brotli, x-br", "br"));
        assert!(!accepted("", "br"));
    }
}
