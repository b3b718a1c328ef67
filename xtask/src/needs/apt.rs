//! Debian and Ubuntu packages, where apt is there and we may use it.

use std::{process::Command, sync::OnceLock};

use anyhow::{Result, bail};

use crate::shell::{look, run};

/// Whether packages can be installed without asking anybody: apt is there, and we are root or
/// sudo lets us without a password.
#[must_use]
pub fn can_install() -> bool {
    look(Command::new("apt-get").arg("--version")).is_some()
        && (is_root() || look(Command::new("sudo").args(["-n", "true"])).is_some())
}

/// Installs packages without recommendations; the package lists are renewed once a run.
///
/// # Errors
/// No apt, no rights, or apt fails; the message tells what to install by hand.
pub fn install(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    let by_hand = format!("Install by hand: {list} (Debian's names), then run this again.");
    if !can_install() {
        bail!("apt is not there, or needs a password. {by_hand}");
    }
    static RENEWED: OnceLock<()> = OnceLock::new();
    if RENEWED.get().is_none() {
        run(as_root("apt-get").args(["update", "-q"]), &by_hand)?;
        let _ = RENEWED.set(());
    }
    let mut apt = as_root("apt-get");
    apt.args(["install", "-y", "-q", "--no-install-recommends"])
        .args(packages);
    run(&mut apt, &by_hand)
}

/// A command with the rights to change the machine.
#[must_use]
pub fn as_root(program: &str) -> Command {
    // `env` sets the variable on both sides of sudo, which clears the environment.
    let mut words = vec!["env", "DEBIAN_FRONTEND=noninteractive", program];
    if !is_root() {
        words.splice(0..0, ["sudo", "-n"]);
    }
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

fn is_root() -> bool {
    look(Command::new("id").arg("-u")).as_deref() == Some("0")
}
