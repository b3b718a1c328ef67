//! `cargo xtask serve`: set up, build, serve, open.

use std::{env, path::PathBuf};

use anyhow::Result;

use crate::{
    needs::{Purpose, set_up},
    page::{self, Flavour},
    places::Places,
    server::{Options, Port, Server},
    shell::look,
};

/// How to serve.
#[derive(Debug, Clone, Default)]
pub struct ServeOptions {
    /// This port, or from 8080 on the first free one.
    pub port: Option<u16>,
    /// Leave the desktop's browser alone.
    pub no_open: bool,
    /// A page built before, served as it is.
    pub built: Option<PathBuf>,
}

/// Serves until the process is ended.
///
/// # Errors
/// Set-up or build fail, or no port is free.
pub fn serve(places: &Places, options: ServeOptions) -> Result<()> {
    let folder = match options.built {
        Some(folder) => folder,
        None => {
            set_up(places, Purpose::Page)?;
            println!("Building the page (the first time takes minutes)");
            page::build(places, Flavour::Release)?
        }
    };
    let port = options.port.map_or(Port::From(8080), Port::Exactly);
    let server = Server::start(Options {
        port,
        ..Options::new(folder)
    })?;
    println!("Glioscope is at {} (Ctrl-C ends it)", server.url());
    if !options.no_open {
        open(places, &server.url());
    }
    server.wait();
    Ok(())
}

/// Opens the page where there is a desktop to open it on.
fn open(places: &Places, url: &str) {
    let set = |variable| env::var_os(variable).is_some_and(|value| !value.is_empty());
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if set("DISPLAY") || set("WAYLAND_DISPLAY") {
        "xdg-open"
    } else {
        return;
    };
    if look(places.command(opener).arg(url)).is_none() {
        println!("`{opener}` could not open it: visit the address yourself.");
    }
}
