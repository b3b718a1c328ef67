//! The engine worker.

#[cfg(target_arch = "wasm32")]
fn main() {
    glioscope_app::engine::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("the engine runs in a browser; natively the same pipeline is `mts predict`");
}
