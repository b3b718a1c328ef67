//! The benchmark page: how fast the network and its kernels are on the visitor's own device.

use leptos::prelude::*;

use super::browser;
use super::scans::DeviceSwitch;
use super::session::Session;
use crate::benchmark_text as text;
use crate::protocol::{Command, DeviceReport, MemoryReport, Timed};
use crate::user_error::UserError;

/// Where the page's address says that this is wanted.
pub(crate) const ADDRESS: &str = "#benchmark";

/// What is known of the benchmark; copies share it.
#[derive(Clone, Copy)]
pub(crate) struct Benchmark {
    pub(crate) running: RwSignal<bool>,
    /// What is shown, and copied as it is.
    shown: RwSignal<String>,
    /// How far it is.
    status: RwSignal<String>,
    done: StoredValue<usize>,
}

impl Benchmark {
    pub(crate) fn new() -> Self {
        Self {
            running: RwSignal::new(false),
            shown: RwSignal::new(String::new()),
            status: RwSignal::new(String::new()),
            done: StoredValue::new(0),
        }
    }

    fn add(&self, line: &str) {
        self.shown.update(|shown| {
            shown.push_str(line);
            shown.push('\n');
        });
    }

    pub(crate) fn device_came(&self, device: &DeviceReport) {
        self.add(&text::device(device));
    }

    pub(crate) fn timed(&self, timed: &Timed) {
        self.add(&text::line(timed));
        self.done.update_value(|done| *done += 1);
        let done = self.done.get_value();
        self.status.set(format!("{done} of {} measured", timed.of));
    }

    pub(crate) fn ended(&self, memory: Option<MemoryReport>, error: Option<UserError>) {
        self.running.set(false);
        if let Some(memory) = memory {
            self.add(&text::memory(memory));
        }
        self.status.set(match error {
            Some(error) => format!("{} {}", error.happened, error.mend),
            None => "Done.".to_owned(),
        });
    }
}

impl Session {
    fn measure(&self) {
        let benchmark = self.benchmark;
        self.suit_engine();
        let agent = browser::window().navigator().user_agent();
        benchmark.shown.set(String::new());
        benchmark.add(&text::head(&agent.unwrap_or_default()));
        benchmark.done.set_value(0);
        let status = "Testing the device and compiling its first programs";
        benchmark.status.set(status.to_owned());
        benchmark.running.set(true);
        self.send(Command::Benchmark(self.wish()), Vec::new());
    }

    /// Stops at once: the worker is ended, not asked. What was measured stays.
    fn stop_measuring(&self) {
        self.benchmark.running.set(false);
        self.benchmark.status.set("Stopped.".to_owned());
        self.renew_engine();
    }
}

#[component]
pub(crate) fn BenchmarkPage() -> impl IntoView {
    let session = expect_context::<Session>();
    let benchmark = session.benchmark;
    // Whoever leaves may want to read next, which would have to wait.
    on_cleanup(move || {
        if benchmark.running.get_untracked() {
            session.stop_measuring();
        }
    });
    let copy = move |_| {
        // Where the browser forbids it, the text can be marked by hand.
        let clipboard = browser::window().navigator().clipboard();
        let _ = clipboard.write_text(&benchmark.shown.get_untracked());
        benchmark.status.set("Copied.".to_owned());
    };
    let press = move |_| match benchmark.running.get_untracked() {
        true => session.stop_measuring(),
        false => session.measure(),
    };
    view! {
        <section class="benchmark">
            <h2>"How fast is this device?"</h2>
            <p>
                "The parts of the network that take most of its time, and the whole of a small one, are run here on \
                made-up numbers. It takes some seconds, on a slow device a minute or more."
            </p>
            <div class="row">
                <button class="primary" data-testid="benchmark-start" on:click=press>
                    {move || if benchmark.running.get() { "Cancel" } else { "Measure" }}
                </button>
                <DeviceSwitch />
                <button data-testid="benchmark-copy" on:click=copy>"Copy as text"</button>
                <a class="button quiet" href="#">"Back"</a>
            </div>
            <p role="status" data-testid="benchmark-status">{move || benchmark.status.get()}</p>
            <pre data-testid="benchmark-text">{move || benchmark.shown.get()}</pre>
            <p class="small">
                "Each time is the median of up to five runs after the first, which compiles. Other tabs, heat and \
                battery saving change it; browsers round their clocks. It says nothing of how right an answer is."
            </p>
        </section>
    }
}
