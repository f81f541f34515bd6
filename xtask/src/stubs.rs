//! A small page for each lab, at `lab/NAME/`: what search engines, link previews and readers without
//! script see. A browser goes on from it to the lab itself.
//!
//! | file | for |
//! |---|---|
//! | `lab/NAME/index.html` | title, description, the lab in words; goes on to `#/lab/NAME` |
//! | `lab/NAME/poster.svg` | the still picture that an embedded lab shows before it is started |
//! | `lab/NAME/card.svg` | the small picture of the stage in the catalogue |
//! | `lab/NAME/preview.png` | the picture of a link's preview |

use anyhow::{Context, Result, anyhow};
use faultline::labs::{self, Lab};
use faultline::play::export::card;
use faultline::play::export::svg::{self, Sheet};
use faultline::play::{Script, Session};
use faultline::sim::Span;
use resvg::{tiny_skia, usvg};
use std::fs;
use std::path::Path;

/// Where they lie in the built page.
pub const FOLDER: &str = "lab";

/// How much of a run a picture shows, at most.
const SPAN: Span = Span::from_ms(600);

/// And at least.
const SPAN_MIN: Span = Span::from_ms(50);

/// A poster is no longer than this, in bytes before it is compressed: it is there before anything else.
/// Of a lab that talks much it shows a shorter time.
const POSTER_MAX: usize = 24_000;

/// A scenario is followed for at most so many steps.
const STEPS_MAX: u64 = 100_000;

/// The width of a preview, in pixels: what most sites show.
const PREVIEW: u32 = 1200;

/// Writes them all into the built page.
pub fn write(dist: &Path) -> Result<()> {
    for lab in labs::ALL {
        let folder = dist.join(FOLDER).join(lab.id);
        fs::create_dir_all(&folder)?;
        let poster = poster(lab).with_context(|| format!("no poster of {}", lab.title))?;
        fs::write(folder.join("preview.png"), png(&poster)?)?;
        fs::write(folder.join("poster.svg"), poster)?;
        fs::write(folder.join("index.html"), html(lab))?;
        fs::write(folder.join("card.svg"), card::file(lab))?;
    }
    Ok(())
}

/// The diagram of the lab's first story, about its first fault.
fn poster(lab: &'static Lab) -> Result<String> {
    let scenario = lab.scenarios.first().context("the lab has no scenario")?;
    let script: Script = scenario.script.parse()?;
    let mut session = Session::play_script(&script)?;
    session.follow_script(STEPS_MAX);
    let title = format!("{}: {}", lab.title, scenario.title);
    let mut span = SPAN;
    loop {
        let (from, to) = svg::telling_part(&mut session, span);
        let poster =
            svg::diagram(&mut session, &Sheet { title: title.clone(), from, to, blank: false });
        if poster.len() <= POSTER_MAX || span <= SPAN_MIN {
            return Ok(poster);
        }
        span = Span(span.us() * 2 / 3);
    }
}

fn png(poster: &str) -> Result<Vec<u8>> {
    let tree = usvg::Tree::from_str(poster, &usvg::Options::default())?;
    let size = tree.size().to_int_size().scale_to_width(PREVIEW).context("the poster is empty")?;
    let mut picture =
        tiny_skia::Pixmap::new(size.width(), size.height()).context("the poster is too large")?;
    let scale = size.width() as f32 / tree.size().width();
    let transform = tiny_skia::Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut picture.as_mut());
    picture.encode_png().map_err(|error| anyhow!("the preview: {error}"))
}

fn html(lab: &Lab) -> String {
    let (title, summary, id) = (escaped(lab.title), escaped(lab.summary), lab.id);
    let item = |name: &str, text: &str| {
        format!("      <li><strong>{}</strong> {}</li>\n", escaped(name), escaped(text))
    };
    let stories: String =
        lab.scenarios.iter().map(|scenario| item(scenario.title, scenario.shows)).collect();
    let claims: String = lab
        .invariants
        .iter()
        .map(|claim| item(&format!("{}:", claim.name.replace('-', " ")), claim.means))
        .collect();
    format!(
        r##"<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>{title} · Faultline</title>
    <meta name="description" content="{summary}">
    <meta property="og:type" content="website">
    <meta property="og:site_name" content="Faultline">
    <meta property="og:title" content="{title}: break it and watch it recover">
    <meta property="og:description" content="{summary}">
    <meta property="og:image" content="preview.png">
    <meta name="twitter:card" content="summary_large_image">
    <meta http-equiv="refresh" content="0; url=../../#/lab/{id}">
    <link rel="icon" href="../../favicon.svg" type="image/svg+xml">
  </head>
  <body>
    <main>
      <h1>{title}</h1>
      <p>{summary}</p>
      <p><a href="../../#/lab/{id}">Open the lab</a></p>
      <p><img src="poster.svg" alt="Space–time diagram of a run" width="1200"></p>
      <h2>Stories that it tells</h2>
      <ul>
{stories}      </ul>
      <h2>What always holds</h2>
      <ul>
{claims}      </ul>
      <p>Faultline runs in the browser and needs JavaScript and WebAssembly.</p>
    </main>
  </body>
</html>
"##
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use lol_html::{RewriteStrSettings, element, rewrite_str};
    use std::cell::RefCell;

    #[test]
    fn a_stub_names_the_lab_and_goes_on_to_it() {
        for lab in labs::ALL {
            let seen = RefCell::new(Vec::new());
            let settings = RewriteStrSettings::new().append_element_content_handler(element!(
                "meta[property='og:title'], meta[http-equiv], a[href], img[src]",
                |element| {
                    let names = ["content", "href", "src"];
                    let value = names.iter().find_map(|name| element.get_attribute(name));
                    seen.borrow_mut().push(value.unwrap_or_default());
                    Ok(())
                }
            ));
            rewrite_str(&html(lab), settings).unwrap();
            let seen = seen.into_inner();
            assert!(seen[0].starts_with(lab.title), "{seen:?}");
            assert_eq!(seen[1], format!("0; url=../../#/lab/{}", lab.id));
            assert_eq!(seen[2], format!("../../#/lab/{}", lab.id));
            assert!(html(lab).contains(&escaped(lab.scenarios[0].title)));
            assert!(!html(lab).contains("<script"), "{} needs no script", lab.id);
        }
    }

    #[test]
    fn every_lab_has_a_poster_and_a_preview_that_fit_into_an_embed() {
        for lab in labs::ALL {
            let poster = poster(lab).unwrap();
            let mut packed = Vec::new();
            let params = brotli::enc::BrotliEncoderParams::default();
            brotli::BrotliCompress(&mut poster.as_bytes(), &mut packed, &params).unwrap();
            assert!(packed.len() < 4_000, "{}: {} bytes", lab.id, packed.len());
            assert!(png(&poster).unwrap().starts_with(b"\x89PNG"), "{}", lab.id);
        }
    }
}
