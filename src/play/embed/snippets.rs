//! The lines that somebody copies to show a lab on a page of their own.

/// What a snippet shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The whole address of the embedded page.
    pub url: String,
    /// What it is, for those who cannot see it.
    pub title: String,
    /// In CSS pixels.
    pub height: u32,
}

/// A place to paste a frame into.
pub struct Snippet {
    /// Its name on the page: `Moodle`.
    pub place: &'static str,
    /// Where exactly to paste it.
    pub how: &'static str,
    pub write: fn(&Frame) -> String,
}

/// Every place, the plainest first.
pub static SNIPPETS: &[Snippet] = &[
    Snippet { place: "HTML", how: "Anywhere in a page.", write: iframe },
    Snippet {
        place: "Moodle",
        how: "Add a Text and media area (or a page), open the editor's HTML view, and paste.",
        write: iframe,
    },
    Snippet {
        place: "Canvas",
        how: "Edit a page, choose View → HTML Editor, and paste. Canvas keeps frames from https.",
        write: iframe,
    },
    Snippet {
        place: "mdBook, Markdown",
        how: "On a line of its own in a chapter, with an empty line before and after.",
        write: iframe,
    },
    Snippet { place: "Docusaurus", how: "In an .mdx page.", write: jsx },
    Snippet { place: "Quarto", how: "On lines of their own in a chapter.", write: quarto },
    Snippet {
        place: "Jupyter Book",
        how: "On a line of its own in a Markdown chapter, with an empty line before and after.",
        write: iframe,
    },
    Snippet { place: "reveal.js", how: "As a slide of its own.", write: reveal },
];

/// One line of HTML.
fn iframe(frame: &Frame) -> String {
    let Frame { url, title, height } = frame;
    format!(
        "<iframe src=\"{}\" title=\"{}\" width=\"100%\" height=\"{height}\" loading=\"lazy\" \
         allow=\"fullscreen\"></iframe>",
        attribute(url),
        attribute(title),
    )
}

fn jsx(frame: &Frame) -> String {
    let Frame { url, title, height } = frame;
    format!(
        "<iframe src=\"{}\" title=\"{}\" width=\"100%\" height={{{height}}} loading=\"lazy\" \
         allow=\"fullscreen\" />",
        attribute(url),
        attribute(title),
    )
}

fn quarto(frame: &Frame) -> String {
    format!("```{{=html}}\n{}\n```", iframe(frame))
}

fn reveal(frame: &Frame) -> String {
    format!(
        "<section data-background-iframe=\"{}\" data-background-interactive \
         aria-label=\"{}\"></section>",
        attribute(&frame.url),
        attribute(&frame.title),
    )
}

/// A text within the double quotes of an attribute.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        Frame {
            url: "https://host/#/embed/lab/raft?seed=42&f=k1@1000".into(),
            title: "Raft: \"kill\" the leader".into(),
            height: 600,
        }
    }

    #[test]
    fn a_frame_is_one_line_and_needs_no_script() {
        let line = iframe(&frame());
        let expected = "<iframe src=\"https://host/#/embed/lab/raft?seed=42&amp;f=k1@1000\" \
                        title=\"Raft: &quot;kill&quot; the leader\" width=\"100%\" height=\"600\" \
                        loading=\"lazy\" allow=\"fullscreen\"></iframe>";
        assert_eq!(line, expected);
    }

    #[test]
    fn every_place_gets_the_address_and_a_name_for_it() {
        for Snippet { place, write, .. } in SNIPPETS {
            let text = write(&frame());
            assert!(text.contains("/#/embed/lab/raft?seed=42&amp;f=k1@1000\""), "{place}");
            assert!(text.contains("&quot;kill&quot;"), "{place}");
            assert!(!text.contains("<script"), "{place}");
        }
    }
}
