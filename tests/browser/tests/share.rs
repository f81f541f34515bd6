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
        "(() => { window.saved = []; let last; \
         URL.createObjectURL = (blob) => (last = blob, blob.text().then((text) => saved.push(text)), 'blob:none'); \
         HTMLAnchorElement.prototype.click = function () { saved.names = [...(saved.names ?? []), this.download]; }; })()",
    );
    page.eval(
        "document.querySelectorAll('.share-files button').forEach((button) => button.click())",
    );
    page.wait_until("nine files", "saved.length === 9 && saved.names.length === 9");
    for (what, begins) in [
        ("a script", "lab raft seed=42"),
        ("a log as a table", "step,time_us,node,cause,rules,event"),
        ("metrics", "step,time_us,"),
        ("the run's first step", "{\"index\":0,"),
        ("a drawing", "<svg"),
    ] {
        let found = format!("saved.some((text) => text.startsWith({}))", serde_json::json!(begins));
        page.wait_until(what, &found);
    }
    page.wait_until("a picture in pixels", "saved.some((text) => text.slice(1, 4) === 'PNG')");
    choose(&page, "lab bully seed=3\n1s crash n5\n2s stop\n");
    page.wait_until("the other lab", "location.hash.startsWith('#/lab/bully?script=')");
    page.click("Step");
}

/// Chooses a file with this text.
fn choose(page: &Page, text: &str) {
    page.eval(&format!(
        "(() => {{ const list = new DataTransfer(); list.items.add(new File([{}], 'mine.txt')); \
          const input = document.querySelector('.share input[type=file]'); input.files = list.files; \
          input.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()",
        serde_json::json!(text)
    ));
}

/// Drops it anywhere on the page; says whether the browser still would leave the page for it.
fn drop_file(page: &Page, text: &str) -> bool {
    let left = page.eval(&format!(
        "(() => {{ const dataTransfer = new DataTransfer(); dataTransfer.items.add(new File([{}], 'mine.txt')); \
          const drop = (type) => document.querySelector('.share').dispatchEvent(new DragEvent(type, {{ dataTransfer, bubbles: true, cancelable: true }})); \
          const over = drop('dragover'); return drop('drop') || over; }})()",
        serde_json::json!(text)
    ));
    left == true
}

#[test]
fn a_script_can_be_dropped_on_the_dialog() {
    let page = opened();
    assert!(!drop_file(&page, "lab bully seed=3\n1s crash n5\n2s stop\n"));
    page.wait_until("the other lab", "location.hash.startsWith('#/lab/bully?script=')");
    page.click("Step");
}

#[test]
fn a_file_that_is_no_run_is_refused_with_what_would_be_one() {
    let page = opened();
    page.click("File");
    choose(&page, "hello");
    page.wait_for_text("his is not a script");
    assert!(!drop_file(&page, "{\"end\":{\"script\":\"<img src=x onerror=alert(1)>\"}}"));
    drop_file(&page, "lab <b>none</b> seed=1");
    page.wait_for_text("here is no lab `<b>none</b>`");
    assert!(page.route().starts_with("#/lab/raft"), "it stays where it is");
}

#[test]
fn a_link_whose_run_is_another_one_today_says_so_and_plays_on() {
    let acts = "f=k1@1000~2s_stop";
    let page = Page::open(&format!("#/lab/raft?seed=42&{acts}&d=0123456789abcdef"));
    page.wait_for_text("made by another version of Faultline");
    page.click("Step");
    page.click("Play");
    page.click("Pause");
    // The link that is made of it today is the run of today, and says nothing.
    page.click("Share");
    page.wait_until("the link", "!!document.querySelector('.share textarea')");
    let url = shown(&page);
    page.goto_url("about:blank");
    page.goto_url(&url);
    page.wait_until("the lab", "!!document.querySelector('[data-clock]')?.textContent");
    assert!(url.contains("&d=") && !page.text().contains("another version"), "{url}");
}
