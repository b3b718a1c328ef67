//! What is shown while the engine reads: stage, bar, time, device, *Cancel*.

use gloo_timers::callback::Interval;
use leptos::prelude::*;

use super::session::Session;
use crate::protocol::DeviceKind;
use crate::words;

#[component]
pub(crate) fn Reading() -> impl IntoView {
    let session = expect_context::<Session>();
    // A stage can be one long computation without news; the bar goes on by the clock meanwhile.
    let tick = RwSignal::new(0u32);
    let timer = StoredValue::new_local(Some(Interval::new(250, move || {
        tick.update(|n| *n = n.wrapping_add(1));
    })));
    on_cleanup(move || timer.set_value(None));

    let now = move || {
        tick.track();
        let (report, since) = session.progress.get()?;
        let waited = since.elapsed().as_secs_f64();
        let left = report.remaining_s.map(|left| (left - waited).max(0.0));
        let fraction = match report.remaining_s {
            Some(whole) if whole > 0.0 => {
                // Never quite to the end: the end is the engine's to say.
                let gone = (waited / whole).min(0.98);
                report.fraction + (1.0 - report.fraction) * gone
            }
            _ => report.fraction,
        };
        Some((report.stage, fraction, left))
    };
    let stage = move || match now() {
        Some((stage, ..)) => stage.words(),
        None => "Starting the engine",
    };
    let left = move || {
        let left = now().and_then(|(_, _, left)| left);
        left.map_or_else(|| "estimating the time".to_owned(), words::remaining)
    };
    let plan = move || {
        session.windows.get().map(|n| match n {
            1 => "the whole brain at once".to_owned(),
            n => format!("{n} windows"),
        })
    };
    view! {
        <section class="reading" aria-label="Reading">
            <h2 aria-live="polite">{stage}</h2>
            <progress
                data-testid="progress"
                max="1"
                value=move || now().map_or(0.0, |(_, fraction, _)| fraction).to_string()
                aria-label="Progress of the reading"
            ></progress>
            <p class="row">
                <span>{left}</span>
                <span class="small">{plan}</span>
            </p>
            <Device />
            <button data-testid="cancel" on:click=move |_| session.cancel()>"Cancel"</button>
            <p class="small">"The tab stays usable. Nothing is sent anywhere."</p>
        </section>
    }
}

/// Which device reads or has read, and why that one.
#[component]
pub(crate) fn Device() -> impl IntoView {
    let session = expect_context::<Session>();
    let kind = move || {
        session.device.get().map(|d| match d.kind {
            DeviceKind::Gpu => "gpu",
            DeviceKind::Cpu => "cpu",
        })
    };
    let words = move || {
        session.device.get().map_or_else(
            || "Device: being chosen".to_owned(),
            |d| format!("Device: {}. Why: {}.", d.name, d.why),
        )
    };
    view! { <p class="device small" data-testid="device" data-device=kind>{words}</p> }
}
