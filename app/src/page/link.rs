//! The engine as the page holds it: a worker that is fed once it listens and ended when dropped, with the workers of
//! its threads, if it has some.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::threads::Flavour;
use crate::protocol::{Command, Event, PROTOCOL, wire};

/// What a worker tells the page.
pub(crate) enum News {
    /// Something the engine said, with its parts.
    Said(Event, Vec<JsValue>),
    /// A worker died, or could not be started; in the browser's words.
    Died(String),
}

/// A running engine. Dropping it ends all its workers at once, whatever they are computing.
pub(crate) struct Link {
    /// Which engine it is.
    pub(crate) flavour: Flavour,
    /// The engine's own worker.
    worker: Worker,
    threads: Rc<RefCell<Vec<Worker>>>,
    waiting: Waiting,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

pub(crate) type Message = (Command, Vec<JsValue>);

/// Commands until the engine listens; `None` from then on.
type Waiting = Rc<RefCell<Option<Vec<Message>>>>;

impl Link {
    /// Starts an engine; this is when its files are first fetched.
    pub(crate) fn start(
        flavour: Flavour,
        hear: impl Fn(News) + Clone + 'static,
    ) -> Result<Self, JsValue> {
        let worker = match flavour {
            Flavour::Ordinary => start("engine_loader.js", "engine"),
            Flavour::Threads(_) => start(WITH_THREADS, "engine"),
        }?;
        let waiting: Waiting = Rc::new(RefCell::new(Some(Vec::new())));
        let threads = Rc::new(RefCell::new(Vec::new()));

        let on_message = {
            let (hear, waiting) = (hear.clone(), waiting.clone());
            let (worker, threads) = (worker.clone(), threads.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
                let done = match wire::receive::<Event>(&message.data()) {
                    Some((Event::Ready { protocol: PROTOCOL }, _)) => {
                        let mut waiting = waiting.take().into_iter().flatten();
                        waiting
                            .try_for_each(|(command, parts)| wire::post(&worker, &command, &parts))
                    }
                    Some((Event::Sharing { protocol: PROTOCOL }, shared)) => {
                        share(&worker, &shared, flavour, &mut threads.borrow_mut())
                    }
                    Some((Event::Ready { protocol } | Event::Sharing { protocol }, _)) => {
                        hear(News::Died(format!(
                            "page and engine are of different builds ({PROTOCOL}, {protocol}); reload the page"
                        )));
                        Ok(())
                    }
                    Some((event, parts)) => {
                        hear(News::Said(event, parts));
                        Ok(())
                    }
                    None => {
                        hear(News::Died("the engine spoke in unknown words".to_owned()));
                        Ok(())
                    }
                };
                if let Err(error) = done {
                    hear(News::Died(format!("{error:?}")));
                }
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));

        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |error: ErrorEvent| {
            let said = js_sys::Reflect::get(&error, &"message".into());
            let words = said.ok().and_then(|m| m.as_string());
            hear(News::Died(
                words.unwrap_or_else(|| "it could not be loaded".to_owned()),
            ));
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));

        Ok(Self {
            flavour,
            worker,
            threads,
            waiting,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Sends a command, at once or as soon as the engine listens.
    pub(crate) fn post(&self, command: Command, parts: Vec<JsValue>) -> Result<(), JsValue> {
        if let Some(waiting) = self.waiting.borrow_mut().as_mut() {
            waiting.push((command, parts));
            return Ok(());
        }
        wire::post(&self.worker, &command, &parts)
    }

    /// What waits for the engine to listen; none once it does.
    pub(crate) fn unsent(&self) -> Option<Vec<Message>> {
        self.waiting.borrow().clone()
    }
}

/// The engine with threads: its own worker and that of each thread begin with the same file.
const WITH_THREADS: &str = "engine_threads_loader.js";

fn start(file: &str, name: &str) -> Result<Worker, JsValue> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name(name);
    Worker::new_with_options(&super::browser::url(file), &options)
}

/// Starts the threads of an `engine`, which are heard like itself, and tells it how many will come.
fn share(
    engine: &Worker,
    shared: &[JsValue],
    flavour: Flavour,
    threads: &mut Vec<Worker>,
) -> Result<(), JsValue> {
    let Flavour::Threads(number) = flavour else {
        return Err("an ordinary engine asked for threads".into());
    };
    // The engine's own worker is the first.
    for _ in 1..number {
        let thread = start(WITH_THREADS, "thread")?;
        thread.set_onmessage(engine.onmessage().as_ref());
        thread.set_onerror(engine.onerror().as_ref());
        thread.post_message(&shared.iter().collect::<Array>())?;
        threads.push(thread);
    }
    let workers = threads.len();
    wire::post(engine, &Command::Threads { workers }, &[])
}

impl Drop for Link {
    fn drop(&mut self) {
        for worker in self.threads.borrow().iter().chain([&self.worker]) {
            worker.set_onmessage(None);
            worker.set_onerror(None);
            worker.terminate();
        }
    }
}
