//! A benchmark as a person reads and copies it.

use crate::protocol::{DeviceReport, MemoryReport, Timed};

/// `12.3 ms`, `1.46 s`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    if seconds < 0.0995 {
        format!("{:.1} ms", 1e3 * seconds)
    } else if seconds < 0.9995 {
        format!("{:.0} ms", 1e3 * seconds)
    } else {
        format!("{seconds:.2} s")
    }
}

/// `7.8 GFLOP/s` or `3.1 GB/s`; nothing where neither was counted.
#[must_use]
pub fn rate(timed: &Timed) -> String {
    let per_second = |amount: f64| amount / timed.seconds / 1e9;
    match (timed.flop, timed.bytes) {
        (Some(flop), _) => format!("{:.1} GFLOP/s", per_second(flop)),
        (None, Some(bytes)) => format!("{:.1} GB/s", per_second(bytes)),
        (None, None) => String::new(),
    }
}

/// `GPU memory reserved 336 MiB; engine 368 MiB`.
#[must_use]
pub fn memory(report: MemoryReport) -> String {
    let mib = |bytes: u64| format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20));
    let engine = format!("engine {}", mib(report.engine_bytes));
    match report.gpu_bytes {
        Some(bytes) => format!("GPU memory reserved {}; {engine}", mib(bytes)),
        None => engine,
    }
}

/// What *Copy as text* copies: device, browser, times, memory. Nothing of any scan is in it.
#[must_use]
pub fn text(
    device: Option<&DeviceReport>,
    browser: &str,
    all: &[Timed],
    taken: Option<MemoryReport>,
) -> String {
    let mut lines = vec![format!("Glioscope {} benchmark", env!("CARGO_PKG_VERSION"))];
    if let Some(device) = device {
        lines.push(format!("Device: {} ({})", device.name, device.why));
    }
    lines.push(format!("Browser: {browser}"));
    for timed in all {
        let mut line = format!("{}: {}", timed.name, duration(timed.seconds));
        let rate = rate(timed);
        if !rate.is_empty() {
            line.push_str(&format!(", {rate}"));
        }
        line.push_str(&format!(" (first {})", duration(timed.first_s)));
        lines.push(line);
    }
    lines.extend(taken.map(|report| format!("Memory: {}", memory(report))));
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::DeviceKind;

    fn timed(flop: Option<f64>, bytes: Option<f64>) -> Timed {
        Timed {
            name: "Convolution".to_owned(),
            first_s: 1.5,
            seconds: 0.05,
            flop,
            bytes,
            of: 1,
        }
    }

    #[test]
    fn times_keep_three_digits() {
        assert_eq!(duration(0.0123), "12.3 ms");
        assert_eq!(duration(0.4567), "457 ms");
        assert_eq!(duration(0.9999), "1.00 s");
    }

    #[test]
    fn a_rate_is_of_what_was_counted() {
        assert_eq!(rate(&timed(Some(1e9), None)), "20.0 GFLOP/s");
        assert_eq!(rate(&timed(None, Some(1e8))), "2.0 GB/s");
        assert_eq!(rate(&timed(None, None)), "");
    }

    #[test]
    fn the_copied_text_says_it_all() {
        let device = DeviceReport {
            kind: DeviceKind::Cpu,
            name: "CPU, one thread".to_owned(),
            why: "chosen by hand".to_owned(),
        };
        let taken = MemoryReport {
            gpu_bytes: Some(336 << 20),
            engine_bytes: 368 << 20,
        };
        let all = [timed(Some(1e9), None)];
        let text = text(Some(&device), "Mozilla/5.0", &all, Some(taken));
        for part in [
            "Device: CPU, one thread (chosen by hand)",
            "Browser: Mozilla/5.0",
            "Convolution: 50.0 ms, 20.0 GFLOP/s (first 1.50 s)",
            "GPU memory reserved 336 MiB; engine 368 MiB",
        ] {
            assert!(text.contains(part), "no {part:?} in {text}");
        }
    }
}
