//! Parts of the program that are fetched when they are needed.
//!
//! Everything that is only reached through a [`chunk!`] stands in a file of its own: functions, tables
//! and texts alike. `cargo xtask build` takes the program apart there (with the feature `split`); built
//! otherwise the program is one file, and a chunk is always here at once.
//!
//! A part of the page that needs chunks is put into it by [`later`], which shows that they are being
//! fetched, and says so if they cannot be.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::OnceLock;

use markup::html;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::{Callback, Component, Context, Html, MouseEvent, Properties};

/// A part of the program, and what it gives once it is here: a table, a function.
pub struct Chunk<T: 'static> {
    here: OnceLock<T>,
    fetch: fn() -> Fetching<Option<T>>,
}

/// A fetch under way; `None` at its end if it failed. What was left of it is cleared away, so that it
/// may be tried again.
pub type Fetching<T> = Pin<Box<dyn Future<Output = T>>>;

impl<T: Copy> Chunk<T> {
    pub const fn new(fetch: fn() -> Fetching<Option<T>>) -> Chunk<T> {
        Chunk { here: OnceLock::new(), fetch }
    }

    /// What the chunk gives. Panics if it has not been fetched: what calls this stands inside the
    /// [`later`] that names the chunk.
    pub fn get(&self) -> T {
        *self.here.get().expect("a chunk is used where it has been waited for")
    }
}

/// A chunk, whatever it gives.
pub trait Part: Sync {
    /// Whether it has been fetched.
    fn is_here(&self) -> bool;

    /// Fetches it. False if that failed.
    fn fetch(&'static self) -> Fetching<bool>;
}

impl<T: Copy + Send + Sync> Part for Chunk<T> {
    fn is_here(&self) -> bool {
        self.here.get().is_some()
    }

    fn fetch(&'static self) -> Fetching<bool> {
        let fetching = (self.fetch)();
        Box::pin(
            async move { fetching.await.map(|value| self.here.get_or_init(|| value)).is_some() },
        )
    }
}

/// Makes a chunk: `chunk!(NAME: TYPE = VALUE, in FILE)`. All that only `VALUE` reaches is fetched as
/// `FILE.wasm`.
macro_rules! chunk {
    ($(#[$doc:meta])* $visible:vis $name:ident: $type:ty = $value:expr, in $file:ident) => {
        $(#[$doc])*
        $visible static $name: $crate::ui::chunk::Chunk<$type> =
            $crate::ui::chunk::Chunk::new($crate::ui::chunk::fetch!($type = $value, in $file));
    };
}

/// The function that fetches a value of a chunk.
macro_rules! fetch {
    ($type:ty = $value:expr, in $file:ident) => {{
        #[cfg(feature = "split")]
        #[wasm_split_helpers::wasm_split($file, fallible)]
        fn value() -> Result<$type, wasm_split_helpers::SplitLoaderError> {
            Ok($value)
        }
        #[cfg(not(feature = "split"))]
        async fn value() -> Result<$type, std::convert::Infallible> {
            Ok($value)
        }
        || Box::pin(async { value().await.ok() })
    }};
}

pub(super) use {chunk, fetch};

/// How things stand with the chunks of a [`later`].
#[derive(Clone, Copy, PartialEq)]
enum State {
    Here,
    Fetching,
    Failed,
}

#[derive(Properties)]
struct LaterProps {
    needs: Vec<&'static dyn Part>,
    draw: Rc<dyn Fn() -> Html>,
}

/// What is drawn may be another thing each time.
impl PartialEq for LaterProps {
    fn eq(&self, _other: &LaterProps) -> bool {
        false
    }
}

/// Waits for chunks.
struct Later {
    state: State,
    /// Tells what was asked for last from what was asked for before.
    asked: u32,
}

enum LaterMsg {
    /// A chunk is here, or not: when it was asked for, and which of the two.
    Done(u32, bool),
    Again,
}

impl Component for Later {
    type Message = LaterMsg;
    type Properties = LaterProps;

    fn create(ctx: &Context<Later>) -> Later {
        let mut later = Later { state: State::Here, asked: 0 };
        later.look(ctx);
        later
    }

    fn changed(&mut self, ctx: &Context<Later>, _old: &LaterProps) -> bool {
        self.look(ctx);
        true
    }

    fn update(&mut self, ctx: &Context<Later>, msg: LaterMsg) -> bool {
        match msg {
            LaterMsg::Done(asked, here) => {
                let current = asked == self.asked && self.state == State::Fetching;
                let all = ctx.props().needs.iter().all(|part| part.is_here());
                self.state = match (current, here) {
                    (false, _) => return false,
                    (true, false) => State::Failed,
                    (true, true) if all => State::Here,
                    (true, true) => return false,
                };
            }
            LaterMsg::Again => self.look(ctx),
        }
        true
    }

    fn view(&self, ctx: &Context<Later>) -> Html {
        match self.state {
            State::Here => (ctx.props().draw)(),
            State::Fetching => html! {
                <div class="later" role="status"><p>{ "Loading…" }</p><div class="later-bar" aria-hidden="true" /></div>
            },
            State::Failed => {
                let onclick = ctx.link().callback(|_: MouseEvent| LaterMsg::Again);
                failed(onclick)
            }
        }
    }
}

impl Later {
    /// Fetches what is missing.
    fn look(&mut self, ctx: &Context<Later>) {
        self.asked += 1;
        self.state = State::Here;
        for part in ctx.props().needs.iter().filter(|part| !part.is_here()) {
            self.state = State::Fetching;
            let (link, asked, fetching) = (ctx.link().clone(), self.asked, part.fetch());
            spawn_local(async move {
                let here = fetching.await;
                link.send_message(LaterMsg::Done(asked, here));
            });
        }
    }
}

fn failed(again: Callback<MouseEvent>) -> Html {
    html! {
        <div class="later" role="alert">
            <h2>{ "This part could not be fetched" }</h2>
            <p>{ "Perhaps the connection is gone. If trying again does not help, the page may have been renewed on its server: reload it." }</p>
            <p><button type="button" class="button main" onclick={again}>{ "Try again" }</button></p>
        </div>
    }
}

/// A part of the page that needs chunks: drawn when they are here, fetched when it is first shown.
pub fn later(needs: Vec<&'static dyn Part>, draw: impl Fn() -> Html + 'static) -> Html {
    let draw: Rc<dyn Fn() -> Html> = Rc::new(draw);
    yew::html! { <Later {needs} {draw} /> }
}

/// A part of the page that a chunk draws: `how` it does, and what it is given.
pub fn drawn<C: Copy + Send + Sync, T: Clone + 'static>(
    chunk: &'static Chunk<C>,
    how: fn(C) -> fn(T) -> Html,
    given: T,
) -> Html {
    later(vec![chunk], move || how(chunk.get())(given.clone()))
}
