//! The page: mounts the playground in the browser.

#[cfg(target_arch = "wasm32")]
mod ui;

#[cfg(target_arch = "wasm32")]
fn main() {
    ui::install_panic_hook();
    yew::Renderer::<ui::App>::new().render();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program is a web page. Build and open it with: cargo xtask serve");
    std::process::exit(2);
}
