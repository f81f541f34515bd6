//! The page inside somebody else's page: what an address may ask of it, what the two say to each
//! other, and the lines that a host copies.
//!
//! ```text
//! #/embed/lab/raft?seed=42&f=k1@1000~r1@2500&ui=min&actions=kill,cut&theme=light
//! ```

pub mod messages;
pub mod options;
pub mod package;
pub mod snippets;

pub use messages::{Notice, Request};
pub use options::{Embed, Keys, Motion, Theme, Ui};
pub use package::Package;
pub use snippets::{Frame, SNIPPETS, Snippet};
