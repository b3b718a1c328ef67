//! The benchmark page: how fast the network and its kernels are on the visitor's own device.

use leptos::prelude::*;

use super::browser;
use super::scans::DeviceSwitch;
use super::session::Session;
use crate::benchmark_text::{duration, memory, rate, text};
use crate::protocol::{Command, DeviceReport, MemoryReport, Timed};
use crate::user_error::UserError;

/// Where the page's address says that this is wanted.
pub(crate) const ADDRESS: &str = "#benchmark";

/// What is known of the benchmark; copies share it.
#[derive(Clone, Copy)]
pub(crate) struct Benchmark {
    pub(crate) running: RwSignal<bool>,
    device: RwSignal<Option<DeviceReport>>,
    all: RwSignal<Vec<Timed>>,
    memory: RwSignal<Option<MemoryReport>>,
    error: RwSignal<Option<UserError>>,
}

impl Benchmark {
    pub(crate) fn new() -> Self {
        Self {
            running: RwSignal::new(false),
            device: RwSignal::new(None),
            all: RwSignal::new(Vec::new()),
            memory: RwSignal::new(None),
            error: RwSignal::new(None),
        }
    }

    pub(crate) fn device_came(&self, device: DeviceReport) {
        self.device.set(Some(device));
    }

    pub(crate) fn timed(&self, timed: Timed) {
        self.all.update(|all| all.push(timed));
    }

    pub(crate) fn ended(&self, memory: Option<MemoryReport>, error: Option<UserError>) {
        self.running.set(false);
        self.memory.set(memory);
        self.error.set(error);
    }

    fn text(&self) -> String {
        let agent = browser::window().navigator().user_agent();
        self.device.with_untracked(|device| {
            self.all.with_untracked(|all| {
                let agent = agent.unwrap_or_default();
                text(device.as_ref(), &agent, all, self.memory.get_untracked())
            })
        })
    }
}

impl Session {
    fn measure(&self) {
        let benchmark = self.benchmark;
        benchmark.device.set(None);
        benchmark.all.set(Vec::new());
        benchmark.ended(None, None);
        self.ensure_engine();
        benchmark.running.set(true);
        let device = self.choice.get_untracked();
        self.send(Command::Benchmark { device }, Vec::new());
    }

    /// Stops at once: the worker is ended, not asked. What was measured stays.
    fn stop_measuring(&self) {
        self.benchmark.running.set(false);
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
    let copied = RwSignal::new(false);
    let copy = move |_| {
        // Where the browser forbids it, the button keeps its words.
        let clipboard = browser::window().navigator().clipboard();
        let _ = clipboard.write_text(&benchmark.text());
        copied.set(true);
    };
    let measure = move |_| {
        copied.set(false);
        session.measure();
    };
    let has_some = move || !benchmark.all.with(Vec::is_empty);
    let how_far = move || {
        if !benchmark.running.get() {
            return match (benchmark.memory.get(), has_some()) {
                (Some(_), _) => "Done.".to_owned(),
                (None, true) => "Stopped.".to_owned(),
                (None, false) => String::new(),
            };
        }
        let done = benchmark.all.with(Vec::len);
        match benchmark.all.with(|all| all.last().map(|last| last.of)) {
            Some(of) => format!("{done} of {of} measured"),
            None => "Testing the device, compiling its first programs".to_owned(),
        }
    };
    view! {
        <section class="benchmark" aria-labelledby="benchmark-title">
            <h2 id="benchmark-title">"How fast is this device?"</h2>
            <p>
                "The parts of the network that take most of its time, and the whole of a small one, are run here on \
                made-up numbers. It takes some seconds, on a slow device a minute or more."
            </p>
            <div class="row">
                <button
                    class="primary"
                    data-testid="benchmark-start"
                    disabled=move || benchmark.running.get()
                    on:click=measure
                >
                    "Measure"
                </button>
                <DeviceSwitch />
                <Show when=move || benchmark.running.get()>
                    <button data-testid="benchmark-cancel" on:click=move |_| session.stop_measuring()>"Cancel"</button>
                </Show>
                <a class="button quiet" href="#">"Back"</a>
            </div>
            <p role="status" class="small" data-testid="benchmark-status">{how_far}</p>
            {move || benchmark.error.get().map(|error| view! {
                <p class="problems" role="alert"><strong>{error.happened}</strong>" "{error.mend}</p>
            })}
            {move || benchmark.device.get().map(|device| view! {
                <p class="small" data-testid="benchmark-device">{format!("Device: {}. Why: {}.", device.name, device.why)}</p>
            })}
            <Show when=has_some>
                <table data-testid="benchmark-table">
                    <thead>
                        <tr>
                            <th scope="col">"What"</th>
                            <th scope="col">"Time"</th>
                            <th scope="col">"Rate"</th>
                            <th scope="col">"First run"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {move || benchmark.all.get().into_iter().map(|timed| view! {
                            <tr>
                                <th scope="row">{timed.name.clone()}</th>
                                <td>{duration(timed.seconds)}</td>
                                <td>{rate(&timed)}</td>
                                <td>{duration(timed.first_s)}</td>
                            </tr>
                        }).collect_view()}
                    </tbody>
                </table>
                {move || benchmark.memory.get().map(|report| view! {
                    <p class="small" data-testid="benchmark-memory">{format!("Memory: {}.", memory(report))}</p>
                })}
                <p class="small">
                    "Each time is the median of up to five runs after the first, which compiles. Other tabs, heat and \
                    battery saving change it; browsers round their clocks. It says nothing of how right an answer is."
                </p>
                <button data-testid="benchmark-copy" on:click=copy>
                    {move || if copied.get() { "Copied" } else { "Copy as text" }}
                </button>
            </Show>
        </section>
    }
}
