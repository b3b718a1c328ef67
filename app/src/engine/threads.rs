//! The threads that the engine computes on, where it was built for them.
//!
//! A thread is one more worker, on the same memory. The page starts those workers, and ends them with the engine's own:
//! so what a thread has to say (that it has panicked) reaches the page, even while the engine's worker waits for it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rayon::{ThreadBuilder, ThreadPoolBuilder};
use wasm_bindgen::prelude::wasm_bindgen;

use super::speaker::Speaker;
use crate::protocol::{Event, PROTOCOL};

/// How long the engine waits for the next thread's worker to come; then it goes on with those that have.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where workers wait for their part in the pool.
struct Hall {
    /// Workers that have come.
    workers: usize,
    /// Parts that nobody has taken.
    parts: Vec<ThreadBuilder>,
}

static HALL: Mutex<Hall> = Mutex::new(Hall {
    workers: 0,
    parts: Vec::new(),
});
static CHANGED: Condvar = Condvar::new();

fn enter() -> MutexGuard<'static, Hall> {
    HALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the worker of a thread does for as long as it lives.
#[wasm_bindgen]
pub fn thread() {
    super::abort::listen();
    let mut hall = enter();
    hall.workers += 1;
    CHANGED.notify_all();
    let part = loop {
        match hall.parts.pop() {
            Some(part) => break part,
            None => hall = CHANGED.wait(hall).unwrap_or_else(PoisonError::into_inner),
        }
    };
    drop(hall);
    part.run();
}

/// Asks the page to start the workers.
pub(super) fn ask(speaker: &Speaker) {
    let shared = [wasm_bindgen::module(), wasm_bindgen::memory()];
    speaker.say_with(&Event::Sharing { protocol: PROTOCOL }, &shared);
}

/// Makes this thread and those of so many `workers` the pool that everything is computed on.
pub(super) fn gather(workers: usize) {
    let mut hall = enter();
    while hall.workers < workers {
        let waited = CHANGED.wait_timeout(hall, PATIENCE);
        let (now, time) = waited.unwrap_or_else(PoisonError::into_inner);
        hall = now;
        if time.timed_out() {
            break;
        }
    }
    let threads = 1 + hall.workers.min(workers);
    drop(hall);
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .use_current_thread()
        .spawn_handler(|part| {
            enter().parts.push(part);
            CHANGED.notify_all();
            Ok(())
        });
    if let Err(error) = pool.build_global() {
        // Uncaught, so that the page learns of it and starts the ordinary engine.
        wasm_bindgen::throw_str(&error.to_string());
    }
}
