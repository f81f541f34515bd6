//! A lab as a package for a learning management system: one zip that holds everything, for SCORM 1.2
//! and, by the same files, for systems that launch xAPI content ("tin can").
//!
//! | file | what it is |
//! |---|---|
//! | `imsmanifest.xml` | SCORM 1.2's list of what is in the package (ADL SCORM 1.2 CAM §2.3) |
//! | `tincan.xml` | the same for an xAPI launch |
//! | `index.html` | the page that the system opens: the lab in a frame |
//! | `lms.js` | passes score and state on to the system |
//! | `faultline.html` | the whole of Faultline in one file |
//!
//! The score is the share of the link's expectations (`expect …` lines) that came true.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// What a package is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package<'a> {
    /// What the course shows as its name.
    pub title: &'a str,
    /// What tells it from others: letters, digits and dashes.
    pub id: &'a str,
    /// The embedded lab: what stands behind the `#`, as in `/embed/lab/raft?seed=4`.
    pub hash: &'a str,
    /// Faultline as one file.
    pub page: &'a [u8],
}

const LMS: &str = include_str!("../../../assets/package/lms.js");

impl Package<'_> {
    /// The bytes of the zip. The same package gives the same bytes.
    pub fn zip(&self) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let texts = [
            ("imsmanifest.xml", self.manifest()),
            ("tincan.xml", self.tincan()),
            ("index.html", self.index()),
            ("lms.js", LMS.to_string()),
        ];
        let files = texts.iter().map(|(name, text)| (*name, text.as_bytes()));
        // All that it writes to is memory, which takes whatever comes.
        for (name, bytes) in files.chain([("faultline.html", self.page)]) {
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Stored)
                .last_modified_time(DateTime::default());
            zip.start_file(name, options).expect("a file begins");
            zip.write_all(bytes).expect("a file is written");
        }
        zip.finish().expect("the list of files is written").into_inner()
    }

    fn manifest(&self) -> String {
        let (id, title) = (escaped(self.id), escaped(self.title));
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="faultline-{id}" version="1.2"
    xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
    xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>1.2</schemaversion>
  </metadata>
  <organizations default="course">
    <organization identifier="course">
      <title>{title}</title>
      <item identifier="lab" identifierref="page">
        <title>{title}</title>
        <adlcp:masteryscore>100</adlcp:masteryscore>
      </item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="page" type="webcontent" adlcp:scormtype="sco" href="index.html">
      <file href="index.html"/>
      <file href="lms.js"/>
      <file href="faultline.html"/>
    </resource>
  </resources>
</manifest>
"#
        )
    }

    fn tincan(&self) -> String {
        let (id, title) = (escaped(self.id), escaped(self.title));
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<tincan xmlns="http://projecttincan.com/tincan.xsd">
  <activities>
    <activity id="urn:faultline:{id}" type="http://adlnet.gov/expapi/activities/simulation">
      <name>{title}</name>
      <description lang="en">{title}</description>
      <launch lang="en">index.html</launch>
    </activity>
  </activities>
</tincan>
"#
        )
    }

    fn index(&self) -> String {
        let (title, hash) = (escaped(self.title), escaped(self.hash));
        format!(
            r##"<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>{title}</title>
    <style>html, body, iframe {{ margin: 0; border: 0; width: 100%; height: 100%; display: block; }}</style>
  </head>
  <body>
    <iframe src="faultline.html#{hash}" title="{title}" allow="fullscreen"></iframe>
    <script src="lms.js"></script>
  </body>
</html>
"##
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn package() -> Package<'static> {
        Package {
            title: "Raft & the <leader>",
            id: "raft-1",
            hash: "/embed/lab/raft?seed=4&lock=1",
            page: b"<!doctype html>",
        }
    }

    fn file(name: &str) -> String {
        let mut zip = zip::ZipArchive::new(Cursor::new(package().zip())).unwrap();
        let mut text = String::new();
        zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_manifest_lists_every_file_of_the_package_and_no_other() {
        let manifest = file("imsmanifest.xml");
        let document = roxmltree::Document::parse(&manifest).unwrap();
        let files = document.descendants().filter(|node| {
            node.has_tag_name(("http://www.imsproject.org/xsd/imscp_rootv1p1p2", "file"))
        });
        let mut listed: Vec<&str> = files.filter_map(|file| file.attribute("href")).collect();
        listed.extend(["imsmanifest.xml", "tincan.xml"]);
        listed.sort_unstable();
        let zip = zip::ZipArchive::new(Cursor::new(package().zip())).unwrap();
        let mut there: Vec<&str> = zip.file_names().collect();
        there.sort_unstable();
        assert_eq!(listed, there);
        assert!(document.descendants().any(|node| node.text() == Some("Raft & the <leader>")));
    }

    #[test]
    fn the_page_that_the_system_opens_shows_the_lab() {
        let page = file("index.html");
        assert!(
            page.contains("src=\"faultline.html#/embed/lab/raft?seed=4&amp;lock=1\""),
            "{page}"
        );
        assert!(roxmltree::Document::parse(&file("tincan.xml")).is_ok());
        assert_eq!(file("faultline.html"), "<!doctype html>");
    }

    #[test]
    fn the_same_package_gives_the_same_bytes() {
        assert_eq!(package().zip(), package().zip());
    }
}
