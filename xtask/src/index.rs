//! Reads and rewrites `index.html`.
//!
//! `index.html` is the one list of what the page is made of: its `data-trunk` links. Trunk reads the
//! same links, so `trunk serve` works as it is; we support those of Trunk's kinds that we use, with
//! Trunk's meaning, and refuse the rest by name.

use anyhow::{Context, Result, anyhow, bail};
use lol_html::html_content::{ContentType, Element};
use lol_html::{RewriteStrSettings, element, rewrite_str};
use std::path::PathBuf;

/// One `<link data-trunk …>`; paths are relative to `index.html`.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    /// `rel="css"`: a style sheet, copied and linked.
    Css(PathBuf),
    /// `rel="icon"`: the favicon, copied and linked; with its MIME type.
    Icon(PathBuf, String),
    /// `rel="copy-file"`: copied, not linked.
    CopyFile(PathBuf),
    /// `rel="copy-dir"`: a folder, copied with all in it.
    CopyDir(PathBuf),
    /// `rel="rust"`: the program; the name of its binary.
    Rust(String),
}

/// The links in the order in which they stand.
pub fn links(html: &str) -> Result<Vec<Link>> {
    let mut links = Vec::new();
    rewrite(html, |link| {
        links.push(link.clone());
        String::new()
    })?;
    if !links.iter().any(|link| matches!(link, Link::Rust(_))) {
        bail!(
            "index.html has no <link data-trunk rel=\"rust\" …>, so there is no program to build"
        );
    }
    Ok(links)
}

/// The document with each link replaced by the HTML that `replacement` gives for it.
pub fn rewrite(html: &str, mut replacement: impl FnMut(&Link) -> String) -> Result<String> {
    let settings = RewriteStrSettings::new().append_element_content_handler(element!(
        "[data-trunk]",
        |element| {
            element.replace(&replacement(&read(element)?), ContentType::Html);
            Ok(())
        }
    ));
    rewrite_str(html, settings).map_err(|error| anyhow!("index.html: {error}"))
}

fn read(element: &Element) -> Result<Link> {
    if element.tag_name() != "link" {
        bail!("<{} data-trunk> is not supported here; use <link data-trunk …>", element.tag_name());
    }
    let rel = element.get_attribute("rel").context("a <link data-trunk> has no `rel`")?;
    let href = || {
        let href = element
            .get_attribute("href")
            .with_context(|| format!("rel=\"{rel}\" has no `href`"))?;
        anyhow::Ok(PathBuf::from(href))
    };
    Ok(match rel.as_str() {
        "css" => Link::Css(href()?),
        "icon" => Link::Icon(
            href()?,
            element.get_attribute("type").unwrap_or_else(|| "image/svg+xml".into()),
        ),
        "copy-file" => Link::CopyFile(href()?),
        "copy-dir" => Link::CopyDir(href()?),
        "rust" => {
            Link::Rust(element.get_attribute("data-bin").context("rel=\"rust\" has no `data-bin`")?)
        }
        other => bail!(
            "rel=\"{other}\" is not supported here; known are css, icon, copy-file, copy-dir, rust"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_in_order_and_replaced_where_they_stand() {
        let html = r#"<head><link rel="canonical" href="x"><link data-trunk rel="css" href="a/b.css"><link data-trunk rel="rust" data-bin="page"></head>"#;
        assert_eq!(links(html).unwrap(), [Link::Css("a/b.css".into()), Link::Rust("page".into())]);
        let out = rewrite(html, |link| format!("<!--{link:?}-->")).unwrap();
        assert_eq!(
            out,
            r#"<head><link rel="canonical" href="x"><!--Css("a/b.css")--><!--Rust("page")--></head>"#
        );
    }

    #[test]
    fn an_unknown_kind_of_link_is_refused_by_name() {
        let error = links(r#"<link data-trunk rel="sass" href="a.scss">"#).unwrap_err();
        assert!(error.to_string().contains("rel=\"sass\" is not supported"), "{error}");
    }
}
