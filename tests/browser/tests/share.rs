//! A run is shared, as a link, a frame, a picture or a file, and comes out the same.

use browser::Page;

fn opened() -> Page {
    let page = Page::open("#/lab/raft?seed=42");
    kill_the_leader(&page);
    page.click("Share");
    page.wait_until("the dialog", "!!document.querySelector('.share textarea')");
    page
}

fn kill_the_leader(page: &Page) {
    let controls = page.controls();
    let leader = controls.iter().find_map(|control| {
        control.name.contains(", leader").then(|| control.name.split(',').next())?
    });
    page.click(&format!("Kill {}", leader.expect("somebody leads").to_lowercase()));
}

fn shown(page: &Page) -> String {
    let text = page.eval("document.querySelector('.share textarea').value");
    text.as_str().expect("it is a text").to_string()
}

#[test]
fn a_shared_link_opens_the_same_run_at_the_same_moment() {
    let page = opened();
    let url = shown(&page);
    assert!(url.contains("#/lab/raft?seed=42&f=k"), "{url}");
    let clock = page.text_of("[data-clock]");
    page.goto_url("about:blank");
    page.goto_url(&url);
    page.wait_until("the lab", "!!document.querySelector('[data-clock]')?.textContent");
    assert_eq!(page.text_of("[data-clock]"), clock);
    page.wait_for_text("crash n");
}

#[test]
fn what_is_shared_can_be_chosen_down_to_the_bare_set_up() {
    let page = opened();
    page.click("Empty: the same set-up, and nothing done to it");
    page.wait_until(
        "the bare link",
        "/#\\/lab\\/raft\\?seed=42$/.test(document.querySelector('.share textarea').value)",
    );
    page.wait_for_text("short enough for everywhere");
    page.click("QR code");
    page.wait_until(
        "the code",
        "document.querySelector('.qr path').getAttribute('d').length > 1000",
    );
}

#[test]
fn the_lines_to_paste_are_one_frame_as_it_was_chosen_with_a_preview_that_lives() {
    let page = opened();
    page.click("Embed");
    page.click("To look at only");
    page.wait_until(
        "the lock",
        "document.querySelector('.share textarea').value.includes('lock=1')",
    );
    let code = shown(&page);
    assert!(code.starts_with("<iframe src=\"http") && code.lines().count() == 1, "{code}");
    let preview = page.eval("document.querySelector('.share-preview').src");
    let preview = preview.as_str().unwrap_or_default();
    assert!(
        preview.contains("#/embed/lab/raft?seed=42") && preview.contains("lock=1"),
        "{preview}"
    );
}

#[test]
fn every_file_can_be_saved_and_a_script_brought_back() {
    let page = opened();
    page.click("File");
    page.eval(
        "(() => { window.saved = []; URL.createObjectURL = (blob) => (blob.text().then((text) => saved.push(text)), 'blob:none'); \
         HTMLAnchorElement.prototype.click = function () { saved.names = [...(saved.names ?? []), this.download]; }; })()",
    );
    page.eval(
        "document.querySelectorAll('.share-files button').forEach((button) => button.click())",
    );
    page.wait_until("seven files", "saved.length === 7 && saved.names.length === 7");
    page.wait_until(
        "a script among them",
        "saved.some((text) => text.startsWith('lab raft seed=42'))",
    );
    page.wait_until("a picture among them", "saved.some((text) => text.startsWith('<svg'))");
    page.eval(
        "(() => { const file = new File(['lab bully seed=3\\n1s crash n5\\n2s stop\\n'], 'mine.txt'); \
          const list = new DataTransfer(); list.items.add(file); \
          const input = document.querySelector('.share input[type=file]'); input.files = list.files; \
          input.dispatchEvent(new Event('change', { bubbles: true })); })()",
    );
    page.wait_until("the other lab", "location.hash.startsWith('#/lab/bully?script=')");
    page.click("Step");
}

#[test]
fn a_file_that_is_no_run_is_refused_with_what_would_be_one() {
    let page = opened();
    page.click("File");
    page.eval(
        "(() => { const list = new DataTransfer(); list.items.add(new File(['hello'], 'x.txt')); \
          const input = document.querySelector('.share input[type=file]'); input.files = list.files; \
          input.dispatchEvent(new Event('change', { bubbles: true })); })()",
    );
    page.wait_for_text("his is not a script");
}
