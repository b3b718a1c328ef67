//! The engine as the page holds it: a worker that is fed once it listens and ended when dropped.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::protocol::{Command, Event, PROTOCOL, wire};

/// What a worker tells the page.
pub(crate) enum News {
    /// Something the engine said, with its parts.
    Said(Event, Vec<JsValue>),
    /// The worker died, or could not be started; in the browser's words.
    Died(String),
}

/// A running engine. Dropping it ends the worker at once, whatever it is computing.
pub(crate) struct Link {
    worker: Worker,
    /// Commands until the engine listens; `None` from then on.
    waiting: Rc<RefCell<Option<Vec<Message>>>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

type Message = (Command, Vec<JsValue>);

impl Link {
    /// Starts an engine; this is when its files are first fetched.
    pub(crate) fn start(hear: impl Fn(News) + Clone + 'static) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&super::browser::url("engine_loader.js"), &options)?;
        let waiting = Rc::new(RefCell::new(Some(Vec::<Message>::new())));

        let on_message = {
            let (hear, waiting, worker) = (hear.clone(), waiting.clone(), worker.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(
                move |message: MessageEvent| match wire::receive::<Event>(&message.data()) {
                    Some((Event::Ready { protocol: PROTOCOL }, _)) => {
                        for (command, parts) in waiting.take().into_iter().flatten() {
                            if let Err(error) = wire::post(&worker, &command, &parts) {
                                hear(News::Died(format!("{error:?}")));
                            }
                        }
                    }
                    Some((Event::Ready { protocol }, _)) => hear(News::Died(format!(
                        "page and engine are of different builds ({PROTOCOL}, {protocol}); reload the page"
                    ))),
                    Some((event, parts)) => hear(News::Said(event, parts)),
                    None => hear(News::Died("the engine spoke in unknown words".to_owned())),
                },
            )
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
            worker,
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
}

impl Drop for Link {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
