//! The command line. All of it is in [`faultline::cli`].

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    faultline::cli::main()
}

/// In the browser there is the page.
#[cfg(target_arch = "wasm32")]
fn main() {}
