//! The chromedriver process, on a port that the system chose.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
};

use anyhow::{Context, Result, bail};

use crate::programs::Programs;

/// A running chromedriver; dropping it ends it.
#[derive(Debug)]
pub struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// Starts one and waits until it listens.
    ///
    /// # Errors
    /// It cannot be started, or ends before it names its port.
    pub fn start(programs: &Programs) -> Result<Self> {
        let mut process = Command::new(&programs.chromedriver)
            .args(["--port=0", "--log-level=WARNING"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("starting {}", programs.chromedriver.display()))?;
        let output = process.stdout.take().context("its output is piped")?;
        let mut lines = BufReader::new(output).lines();
        while let Some(Ok(line)) = lines.next() {
            let Some(port) = port_of(&line) else { continue };
            // It goes on to talk, and would stop where nobody listens.
            thread::spawn(move || lines.for_each(drop));
            return Ok(Self { process, port });
        }
        let _ = process.kill();
        bail!("chromedriver ended before it named its port");
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The port in `ChromeDriver was started successfully on port 37215.`
fn port_of(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("started successfully on port ")?;
    rest.trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::port_of;

    #[test]
    fn the_port_is_read_from_the_greeting_alone() {
        let greeting = "ChromeDriver was started successfully on port 37215.";
        assert_eq!(port_of(greeting), Some(37215));
        assert_eq!(port_of("Starting ChromeDriver 156.0 on port 0"), None);
    }
}
