//! The page: choose four scans, read them, look at the answer.
//!
//! [`session`] and [`models`] are the state, [`hear`] and [`choose`] change it, the rest draws it.

mod answers;
mod app;
mod benchmark;
mod browser;
mod canvas;
mod choose;
mod controls;
mod doubts;
mod export;
mod feed;
mod given;
mod hear;
mod keys;
mod link;
mod model_card;
mod model_kind;
mod model_news;
mod model_panel;
mod models;
mod preparation;
mod problems;
mod reading;
mod said;
mod sample;
mod scans;
mod session;
mod slice_view;
mod studies;
mod threads;
mod unused;
mod viewer;
mod welcome;

/// Shows the page in the shell's `#app`.
pub fn start() {
    use wasm_bindgen::JsCast;
    console_error_panic_hook::set_once();
    let root = browser::document().get_element_by_id("app");
    match root.and_then(|root| root.dyn_into().ok()) {
        Some(root) => leptos::mount::mount_to(root, app::App).forget(),
        None => leptos::mount::mount_to_body(app::App),
    }
}
