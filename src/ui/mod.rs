//! The page: draws a session, and turns what a person does into its inputs.
//!
//! | file | what it is |
//! |---|---|
//! | `app.rs` | places, theme, what is shown when the program fails |
//! | `home.rs` | the catalogue |
//! | `lab_page.rs` | one lab being played: owns the session and the frame loop |
//! | `compare/` | several runs beside each other, on one clock |
//! | `stage/` | nodes, links and messages, and the acts on them |
//! | `diagram.rs` | the space–time diagram |
//! | `script_bar.rs` | every act as a chip |
//! | `panels/` | inspector, rules, log, why, script |
//! | `parts/` | what several views use: icons, dialogs, tables |
//! | `machine.rs` | benchmarks and self-test, in this browser |
//! | `chunk.rs` | parts of the program that are fetched when they are needed |
//! | `labs.rs` | the labs, each a chunk |
//! | `light.rs` | what belongs to one event lights up together |
//! | `dom.rs` | what `html!` calls |
//! | `piece.rs` | parts of the page that only draw |
//! | `seeds.rs` | one script over many seeds |
//! | `keys.rs` | the keyboard map |
//! | `browser.rs` | every use of the browser |
//!
//! `LabPage` is the only component with state that matters. Its children get [`Shared`] data and one
//! `dispatch`; nothing renders unless the world or a choice of the learner changed. Between two events
//! only the [`painter`](stage::Painter) moves what is on the screen.
//!
//! The page runs under a policy without inline styles: where a place must be set from here, it is an
//! attribute of SVG or a property (`~style`), never the attribute `style`.

mod app;
mod browser;
mod chunk;
mod compare;
mod diagram;
mod dom;
mod embed;
mod failed;
mod groups;
mod home;
mod keys;
mod lab_page;
mod labs;
mod light;
mod machine;
mod number;
mod panels;
mod parts;
mod piece;
mod route;
mod script_bar;
mod seeds;
mod share;
mod shared;
mod stage;
mod state;
mod strip;
mod transport;

pub use app::App;
pub use failed::install as install_panic_hook;
