//! The site opens without a network once it was visited, is always one build and never two, and can be
//! installed.

use browser::Page;
use serde_json::json;
use std::fs;
use std::io::{self, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A network between browser and host that can be cut.
struct Network {
    up: Arc<AtomicBool>,
    /// All that was ever connected: browsers open connections before they need them.
    open: Arc<Mutex<Vec<TcpStream>>>,
    /// The page's address through it.
    url: String,
}

impl Network {
    fn to(address: &str) -> Network {
        let rest = address.strip_prefix("http://").expect("it is an address");
        let (host, path) = rest.split_once('/').expect("it has a path");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port can be opened");
        let own = listener.local_addr().expect("it has an address");
        let up = Arc::new(AtomicBool::new(true));
        let open = Arc::new(Mutex::new(Vec::new()));
        let (is_up, opened, host) = (up.clone(), open.clone(), host.to_owned());
        thread::spawn(move || {
            for browser in listener.incoming().flatten() {
                if is_up.load(Ordering::SeqCst) {
                    let server = TcpStream::connect(&host).expect("the host is there");
                    join(&browser, &server);
                    join(&server, &browser);
                    opened.lock().expect("nobody panics with it").push(browser);
                }
            }
        });
        Network { up, open, url: format!("http://{own}/{path}") }
    }

    fn cut(&self) {
        self.up.store(false, Ordering::SeqCst);
        for stream in self.open.lock().expect("nobody panics with it").drain(..) {
            // It may have ended long ago.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.up.store(true, Ordering::SeqCst);
    }
}

/// Passes on what one says to the other.
fn join(from: &TcpStream, to: &TcpStream) {
    let both = [from, to].map(|stream| stream.try_clone().expect("a stream can be shared"));
    thread::spawn(move || {
        let [mut from, mut to] = both;
        // Whoever has gone need not be told.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.flush();
        let _ = to.shutdown(Shutdown::Write);
    });
}

fn open(page: &Page, url: &str) {
    page.goto_url("about:blank");
    page.goto_url(url);
    page.wait_until("the program to start", "!document.querySelector('#loading, .later')");
}

/// Waits until the browser has kept the site.
fn kept(page: &Page) {
    page.eval("(globalThis.kept = false, navigator.serviceWorker.ready.then(() => kept = true))");
    page.wait_until("the site is kept", "kept");
}

fn caches(page: &Page) -> usize {
    let names = page.eval_async("caches.keys().then(done)");
    names.as_array().map_or(0, Vec::len)
}

#[test]
fn a_site_that_was_visited_once_opens_without_a_network_with_every_lab() {
    let network = Network::to(&browser::address());
    let page = Page::blank();
    open(&page, &network.url);
    kept(&page);
    network.cut();
    open(&page, &network.url);
    page.wait_for_text("Raft");
    open(&page, &format!("{}#/lab/swim", network.url));
    page.click("Step");
    assert_eq!(caches(&page), 1);
    assert!(page.console_errors().iter().all(|error| error.contains("net::")), "only the network");
}

#[test]
fn the_site_can_be_installed() {
    let page = Page::open("");
    kept(&page);
    let errors = page.cdp("Page.getInstallabilityErrors", json!({}));
    let errors = errors["installabilityErrors"].as_array().cloned().unwrap_or_default();
    // A browser without a window of its own may not install anything.
    let errors: Vec<_> = errors.iter().filter(|error| error["errorId"] != "in-incognito").collect();
    assert!(errors.is_empty(), "{errors:?}");
    let manifest = page.cdp("Page.getAppManifest", json!({}));
    assert_eq!(manifest["errors"], json!([]));
    assert!(
        manifest["url"].as_str().is_some_and(|url| url.ends_with("/a/path/manifest.webmanifest"))
    );
}

/// A copy of the built page that may be changed.
fn copy(name: &str) -> PathBuf {
    let to = browser::root().join("target/browser").join(name);
    // It is there only if the test has run before.
    let _ = fs::remove_dir_all(&to);
    copy_folder(browser::dist(), &to);
    to
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("it can be read").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_folder(&from, &to);
        } else if !matches!(from.extension().and_then(|end| end.to_str()), Some("br" | "gz")) {
            fs::copy(&from, &to).expect("a file can be copied");
        }
    }
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("it can be read");
    assert!(text.contains(from), "{} has no {from}", file.display());
    fs::write(file, text.replace(from, to)).expect("it can be written");
}

/// Whether the page that one gets has this title.
fn shows(page: &Page, title: &str) -> bool {
    page.eval_async(&format!(
        "fetch('./').then((answer) => answer.text()).then((text) => done(text.includes('<title>{title}')))"
    )) == true
}

/// Puts another build on the host: the same page with another title.
fn renew(site: &Path, old: &str, new: &str) {
    edit(&site.join("index.html"), &format!("<title>{old}"), &format!("<title>{new}"));
}

/// Makes the list of files agree with the renewed page.
fn list(page: &Page, site: &Path, old: &str) {
    let digest = page.eval_async(
        "fetch('./', { cache: 'reload' }).then((answer) => answer.arrayBuffer()) \
         .then((bytes) => crypto.subtle.digest('SHA-256', bytes)) \
         .then((hash) => done('sha256-' + btoa(String.fromCharCode(...new Uint8Array(hash)))))",
    );
    let digest = digest.as_str().expect("it is a text");
    let worker = site.join("sw.js");
    let text = fs::read_to_string(&worker).expect("it can be read");
    let (_, after) = text.split_once("\"./\":\"").expect("the page is in the list");
    let (before, _) = after.split_once('"').expect("with its hash");
    edit(&worker, before, digest);
    edit(&worker, "const build = \"", &format!("const build = \"after{old}"));
}

#[test]
fn a_renewed_site_is_seen_at_once_and_kept_only_when_it_is_whole() {
    let site = copy("renewed-site");
    let network = Network::to(&browser::serve(&site));
    let page = Page::blank();
    open(&page, &network.url);
    kept(&page);

    renew(&site, "Faultline", "Second");
    open(&page, &network.url);
    assert!(shows(&page, "Second"), "with a network, the page is never old");

    // Half of it is there: the page, but not yet the list that it belongs to. What is kept stays whole.
    edit(&site.join("sw.js"), "const build = \"", "const build = \"half");
    let refused = page.eval_async(
        "navigator.serviceWorker.getRegistration().then((found) => { \
           found.addEventListener('updatefound', () => found.installing.addEventListener('statechange', ({ target }) => target.state === 'redundant' && done(true))); \
           found.update().catch(() => {}); })",
    );
    assert_eq!(refused, true);
    network.cut();
    open(&page, &network.url);
    assert!(shows(&page, "Faultline"), "without a network, it is the whole build before");
    network.mend();

    // All of it is there.
    list(&page, &site, "1");
    open(&page, &network.url);
    page.eval("(globalThis.found = null, navigator.serviceWorker.getRegistration().then((own) => (found = own, own.update())))");
    page.wait_until("the new build is kept", "!!found?.waiting");
    assert_eq!(caches(&page), 2, "the old one stays while its pages are open");
    page.goto_url("about:blank");
    open(&page, &network.url);
    page.wait_until(
        "the old one is gone",
        "(caches.keys().then((names) => globalThis.names = names), globalThis.names?.length === 1)",
    );
    network.cut();
    open(&page, &network.url);
    assert!(shows(&page, "Second"));
    // What could not be fetched while the network was cut is on the console.
    page.console_errors();
}
