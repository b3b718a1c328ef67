//! The page.

#[cfg(target_arch = "wasm32")]
fn main() {
    glioscope_app::page::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("the page runs in a browser: `cargo xtask serve`");
}
