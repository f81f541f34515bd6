//! A static file server, as strict as the strictest host.
//!
//! `cargo xtask serve` and the browser tests share this file, so that what is tested is what is served.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::thread;
use std::time::Duration;

/// The content security policy that the page promises to work under: nothing inline, nothing from
/// elsewhere, no `eval`; only wasm may be compiled.
pub const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

/// A browser that says nothing for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request's head is at most so long.
const HEAD_MAX: u64 = 64 * 1024;

/// A running server. It serves until the program ends.
///
/// One thread and one response for each connection: nothing that a browser holds open keeps another
/// request waiting, as it can with a pool of threads.
pub struct Server {
    accepting: thread::JoinHandle<()>,
    address: SocketAddr,
    prefix: String,
}

impl Server {
    /// Serves `folder` at `http://127.0.0.1:PORT/PREFIX`. Port 0 takes any free one. The prefix is
    /// empty or ends in a slash.
    pub fn start(folder: &Path, port: u16, prefix: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let address = listener.local_addr()?;
        let (folder, own_prefix) = (folder.to_owned(), prefix.to_owned());
        let accepting = thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (folder, prefix) = (folder.clone(), own_prefix.clone());
                thread::spawn(move || {
                    // A browser that closes a connection early is no concern of ours.
                    let _ = answer(&connection, &folder, &prefix);
                });
            }
        });
        Ok(Server { accepting, address, prefix: prefix.to_owned() })
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        format!("http://{}/{}", self.address, self.prefix)
    }

    /// Serves until the program is ended.
    #[allow(dead_code, reason = "the browser tests serve only for as long as they run")]
    pub fn wait(self) {
        let _ = self.accepting.join();
    }
}

/// What a browser asks for, as far as a static server cares.
struct Request {
    method: String,
    url: String,
    /// The value of `Accept-Encoding`.
    encodings: String,
}

impl Request {
    /// Reads the head of a request; `None` if it makes no sense or the browser has gone.
    fn read(connection: &TcpStream) -> io::Result<Option<Request>> {
        connection.set_read_timeout(Some(PATIENCE))?;
        let mut lines = BufReader::new(connection.take(HEAD_MAX)).lines();
        let Some(first) = lines.next().transpose()? else { return Ok(None) };
        let mut words = first.split(' ').map(str::to_owned);
        let (Some(method), Some(url)) = (words.next(), words.next()) else { return Ok(None) };
        let mut encodings = String::new();
        for line in lines {
            let line = line?;
            if line.is_empty() {
                return Ok(Some(Request { method, url, encodings }));
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("accept-encoding")
            {
                encodings = value.to_owned();
            }
        }
        Ok(None)
    }

    fn accepts(&self, encoding: &str) -> bool {
        let name = |word: &str| word.split(';').next().unwrap_or_default().trim() == encoding;
        self.encodings.split(',').any(name)
    }
}

fn answer(connection: &TcpStream, folder: &Path, prefix: &str) -> io::Result<()> {
    let Some(request) = Request::read(connection)? else { return Ok(()) };
    let found = path(&request.url, prefix)
        .map(|path| folder.join(path))
        .map(|path| if path.is_dir() { path.join("index.html") } else { path })
        .filter(|path| path.is_file());
    let Some(file) = found else {
        return respond(connection, &request, "404 Not Found", "text/plain", None, b"not found");
    };
    let encoded = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| request.accepts(encoding))
        .map(|(encoding, extension)| {
            (encoding, PathBuf::from(format!("{}.{extension}", file.display())))
        })
        .find(|(_, path)| path.is_file());
    let body = fs::read(encoded.as_ref().map_or(&file, |(_, path)| path))?;
    let encoding = encoded.map(|(encoding, _)| encoding);
    respond(connection, &request, "200 OK", mime(&file), encoding, &body)
}

fn respond(
    mut connection: &TcpStream,
    request: &Request,
    status: &str,
    mime: &str,
    encoding: Option<&str>,
    body: &[u8],
) -> io::Result<()> {
    let length = body.len();
    let encoding = encoding.map_or(String::new(), |name| format!("Content-Encoding: {name}\r\n"));
    let head = format!(
        "HTTP/1.1 {status}\r\n\
         Content-Type: {mime}\r\n\
         Content-Length: {length}\r\n\
         {encoding}\
         Content-Security-Policy: {POLICY}\r\n\
         X-Content-Type-Options: nosniff\r\n\
         Access-Control-Allow-Origin: *\r\n\
         Cache-Control: no-cache\r\n\
         Vary: Accept-Encoding\r\n\
         Connection: close\r\n\r\n"
    );
    connection.write_all(head.as_bytes())?;
    if request.method != "HEAD" {
        connection.write_all(body)?;
    }
    connection.flush()
}

/// The path below the folder that an address names; `None` when it is outside.
fn path(url: &str, prefix: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix('/')?.strip_prefix(prefix)?;
    let path = Path::new(path);
    path.components().all(|part| matches!(part, Component::Normal(_))).then(|| path.to_owned())
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
        Some("webmanifest") => "application/manifest+json",
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
