//! Faultline: break distributed systems and watch them recover.
//!
//! Real state machines run in a simulated world that can be stepped, rewound, forked and written down
//! as a few lines of text. This library is all of it but the page: the page (`src/ui`, in the browser)
//! and the command line (`src/bin/faultline.rs`) are two ways to use it.
//!
//! To read it, begin with [`sim`], the world, and there with [`sim::Protocol`] and [`sim::Step`]: a
//! protocol is what goes in, and steps are what comes out. Then a lab, the smallest first:
//! [`labs::bully`]. Then [`play::Session`], which moves through time. [`docs`] has the plan of the
//! house, how to add a lab, how to show one in another page, and the style.

#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
pub mod labs;
pub mod play;
pub mod sim;

/// The plan of the house, how to add to it, and how it is written.
pub mod docs {
    #[doc = include_str!("docs/architecture.md")]
    pub mod architecture {}
    #[doc = include_str!("docs/adding_a_lab.md")]
    pub mod adding_a_lab {}
    #[doc = include_str!("docs/embedding.md")]
    pub mod embedding {}
    #[doc = include_str!("docs/style.md")]
    pub mod style {}
}
