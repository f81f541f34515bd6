//! A static file server, as strict as the strictest host.
//!
//! `cargo xtask serve` and the browser tests share this file, so that what is tested is what is served.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread;
use tiny_http::{Header, Request, Response};

/// The content security policy that the page promises to work under: nothing inline, nothing from
/// elsewhere, no `eval`; only wasm may be compiled.
pub const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

/// A running server; stops when dropped.
pub struct Server {
    http: Arc<tiny_http::Server>,
    workers: Vec<thread::JoinHandle<()>>,
    address: SocketAddr,
    prefix: String,
}

impl Server {
    /// Serves `folder` at `http://127.0.0.1:PORT/PREFIX`. Port 0 takes any free one. The prefix is
    /// empty or ends in a slash.
    pub fn start(folder: &Path, port: u16, prefix: &str) -> io::Result<Self> {
        let http = tiny_http::Server::http(("127.0.0.1", port)).map_err(|error| {
            let kind = error.downcast_ref::<io::Error>().map_or(ErrorKind::Other, io::Error::kind);
            io::Error::new(kind, error)
        })?;
        let address = http.server_addr().to_ip().expect("the server listens on an IP address");
        let http = Arc::new(http);
        let workers = (0..4)
            .map(|_| {
                let (http, folder, prefix) = (http.clone(), folder.to_owned(), prefix.to_owned());
                thread::spawn(move || {
                    while let Ok(request) = http.recv() {
                        // A browser that closes a connection early is no concern of ours.
                        let _ = answer(request, &folder, &prefix);
                    }
                })
            })
            .collect();
        Ok(Server { http, workers, address, prefix: prefix.to_owned() })
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        format!("http://{}/{}", self.address, self.prefix)
    }

    /// Serves until the program is ended.
    #[allow(dead_code, reason = "the browser tests serve only for as long as they run")]
    pub fn wait(mut self) {
        for worker in std::mem::take(&mut self.workers) {
            let _ = worker.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for worker in std::mem::take(&mut self.workers) {
            self.http.unblock();
            drop(worker);
        }
    }
}

fn answer(request: Request, folder: &Path, prefix: &str) -> io::Result<()> {
    let found = path(request.url(), prefix)
        .map(|path| folder.join(path))
        .map(|path| if path.is_dir() { path.join("index.html") } else { path })
        .filter(|path| path.is_file());
    let Some(file) = found else {
        return request.respond(Response::from_string("not found").with_status_code(404));
    };

    let accepted = request
        .headers()
        .iter()
        .find(|header| header.field.equiv("Accept-Encoding"))
        .map_or(String::new(), |header| header.value.to_string());
    let encoded = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepted.split(',').any(|word| word.trim() == *encoding))
        .map(|(encoding, extension)| {
            (encoding, PathBuf::from(format!("{}.{extension}", file.display())))
        })
        .find(|(_, path)| path.is_file());

    let body = fs::read(encoded.as_ref().map_or(&file, |(_, path)| path))?;
    let mut response = Response::from_data(body)
        .with_header(header("Content-Type", mime(&file)))
        .with_header(header("Content-Security-Policy", POLICY))
        .with_header(header("X-Content-Type-Options", "nosniff"))
        .with_header(header("Cache-Control", "no-cache"))
        .with_header(header("Vary", "Accept-Encoding"));
    if let Some((encoding, _)) = encoded {
        response = response.with_header(header("Content-Encoding", encoding));
    }
    request.respond(response)
}

/// The path below the folder that an address names; `None` when it is outside.
fn path(url: &str, prefix: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix('/')?.strip_prefix(prefix)?;
    let path = Path::new(path);
    path.components().all(|part| matches!(part, Component::Normal(_))).then(|| path.to_owned())
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("our own headers are well formed")
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_in_the_folder_is_served() {
        assert_eq!(path("/page.js?v=1", ""), Some("page.js".into()));
        assert_eq!(path("/sub/a/b.css", "sub/"), Some("a/b.css".into()));
        assert_eq!(path("/sub/", "sub/"), Some("".into()));
        assert_eq!(path("/page.js", "sub/"), None);
        assert_eq!(path("/../Cargo.toml", ""), None);
        assert_eq!(path("//etc/passwd", ""), None);
    }
}
