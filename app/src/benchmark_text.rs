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

/// The first line: the program and the browser.
#[must_use]
pub fn head(browser: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("Glioscope {version} benchmark\nBrowser: {browser}")
}

/// `Device: CPU, one thread (chosen by hand)`.
#[must_use]
pub fn device(device: &DeviceReport) -> String {
    format!("Device: {} ({})", device.name, device.why)
}

/// `Convolution: 50.0 ms, 20.0 GFLOP/s (first run 1.50 s)`.
#[must_use]
pub fn line(timed: &Timed) -> String {
    let mut line = format!("{}: {}", timed.name, duration(timed.seconds));
    let rate = rate(timed);
    if !rate.is_empty() {
        line.push_str(", ");
        line.push_str(&rate);
    }
    line + &format!(" (first run {})", duration(timed.first_s))
}

/// `Memory: GPU, reserved, 336 MiB; engine 368 MiB`.
#[must_use]
pub fn memory(report: MemoryReport) -> String {
    let mib = |bytes: u64| bytes >> 20;
    let engine = mib(report.engine_bytes);
    match report.gpu_bytes {
        Some(bytes) => format!(
            "Memory: GPU, reserved, {} MiB; engine {engine} MiB",
            mib(bytes)
        ),
        None => format!("Memory: engine {engine} MiB"),
    }
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
    fn the_lines_say_it_all() {
        let report = DeviceReport {
            kind: DeviceKind::Cpu,
            name: "CPU, one thread".to_owned(),
            why: "chosen by hand".to_owned(),
        };
        assert_eq!(device(&report), "Device: CPU, one thread (chosen by hand)");
        assert!(head("Mozilla/5.0").ends_with("Browser: Mozilla/5.0"));
        let timed = timed(Some(1e9), None);
        let words = "Convolution: 50.0 ms, 20.0 GFLOP/s (first run 1.50 s)";
        assert_eq!(line(&timed), words);
        let taken = MemoryReport {
            gpu_bytes: Some(336 << 20),
            engine_bytes: 368 << 20,
        };
        let words = "Memory: GPU, reserved, 336 MiB; engine 368 MiB";
        assert_eq!(memory(taken), words);
    }
}
