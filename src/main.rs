//! The page: mounts the playground in the browser.

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    yew::Renderer::<App>::new().render();
}

#[cfg(target_arch = "wasm32")]
#[yew::component]
fn App() -> yew::Html {
    yew::html! { <main><h1>{ "Faultline" }</h1></main> }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program is a web page. Build and open it with: cargo xtask serve");
    std::process::exit(2);
}
