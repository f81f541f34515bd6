//! The labs as the page has them: all are listed, each is fetched when it is opened.

use faultline::labs::{LISTING, Lab, Listing};

use super::chunk::{Chunk, Part, fetch};

macro_rules! chunks {
    ($($lab:ident)*) => {
        /// In the order of [`LISTING`].
        static CHUNKS: [Chunk<&'static Lab>; LISTING.len()] =
            [$(Chunk::new(fetch!(&'static Lab = &faultline::labs::$lab::LAB, in $lab))),*];
    };
}

faultline::every_lab!(chunks);

/// The lab at a place in the list.
pub fn at(place: usize) -> &'static Chunk<&'static Lab> {
    &CHUNKS[place]
}

/// The lab with this id.
pub fn find(id: &str) -> Option<&'static Chunk<&'static Lab>> {
    let place = LISTING.iter().position(|lab| lab.id == id)?;
    Some(&CHUNKS[place])
}

/// What is listed of the lab with this id.
pub fn listed(id: &str) -> Option<&'static Listing> {
    LISTING.iter().find(|lab| lab.id == id)
}

/// All labs, to be fetched together.
pub fn parts() -> impl Iterator<Item = &'static dyn Part> {
    CHUNKS.iter().map(|chunk| chunk as &dyn Part)
}

/// All labs, once [`parts`] are here.
pub fn all() -> Vec<&'static Lab> {
    CHUNKS.iter().map(Chunk::get).collect()
}
