//! Starts engines, and gives each what was loaded before it.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::link::Link;
use super::session::{Kept, Session};
use super::threads::Flavour;
use crate::protocol::{Command, LoadItem};

impl Session {
    /// Sends a command to the engine, which is started if there is none.
    pub(crate) fn send(&self, command: Command, parts: Vec<JsValue>) {
        self.ensure_engine();
        self.post(command, parts);
    }

    /// Ends the engine and gives a new one what the old one had. Nothing that was loaded is lost.
    pub(crate) fn renew_engine(&self) {
        self.link.set_value(None);
        if self.kept.with_value(|kept| !kept.is_empty()) || self.models.is_waiting() {
            self.ensure_engine();
        }
    }

    /// There is an engine and it has, or will be given, every scan that is kept.
    pub(crate) fn ensure_engine(&self) {
        if self.link.with_value(Option::is_some) {
            return;
        }
        if !self.start_engine() {
            return;
        }
        let (items, parts) = self.kept.with_value(|kept| for_the_engine(kept));
        if !items.is_empty() {
            // Scans that had not been answered yet still want their picture.
            let known = self.series.with_untracked(Vec::len);
            let again = known == items.len();
            self.pending.set(items.len() - known.min(items.len()));
            self.post(Command::Load { items, again }, parts);
        }
        for (command, parts) in self.models.open_commands() {
            self.post(command, parts);
        }
    }

    /// There is an engine that suits what is to be computed, in the place of one that does not.
    pub(crate) fn suit_engine(&self) {
        let there = self
            .link
            .with_value(|link| link.as_ref().map(|link| link.flavour));
        if there.is_some_and(|flavour| flavour != self.flavour()) {
            self.link.set_value(None);
        }
        self.ensure_engine();
    }

    /// After an engine with threads has died, none of its kind is started any more. True if it had not even begun to
    /// listen: then the ordinary one gets what waited for it, and the person has not been troubled.
    pub(super) fn give_up_threads(&self) -> bool {
        let unsent = self.link.with_value(|link| match link {
            Some(link) if link.flavour != Flavour::Ordinary => {
                self.devices.without_threads();
                link.unsent()
            }
            _ => None,
        });
        let Some(unsent) = unsent else {
            return false;
        };
        if self.start_engine() {
            for (command, parts) in unsent {
                self.post(command, parts);
            }
        }
        true
    }

    /// False if it failed, which is shown then.
    fn start_engine(&self) -> bool {
        let session = *self;
        match Link::start(self.flavour(), move |news| session.hear(news)) {
            Ok(link) => {
                self.link.set_value(Some(link));
                true
            }
            Err(error) => {
                self.engine_died(&format!("{error:?}"));
                false
            }
        }
    }

    /// Has the engine, which is there, read scans, and keeps them for the next one.
    pub(super) fn send_scans(&self, scans: Vec<Kept>) {
        let (items, parts) = for_the_engine(&scans);
        self.pending.update(|n| *n += items.len());
        self.kept.update_value(|all| all.extend(scans));
        self.send(
            Command::Load {
                items,
                again: false,
            },
            parts,
        );
    }

    fn post(&self, command: Command, parts: Vec<JsValue>) {
        let posted = self.link.with_value(|link| match link {
            Some(link) => link.post(command, parts),
            // Its start has failed, which is shown already.
            None => Ok(()),
        });
        if let Err(error) = posted {
            self.engine_died(&format!("{error:?}"));
        }
    }
}

/// What [`Command::Load`] needs of scans.
fn for_the_engine(scans: &[Kept]) -> (Vec<LoadItem>, Vec<JsValue>) {
    let files = scans.iter().flat_map(|scan| &scan.files);
    (
        scans.iter().map(|scan| scan.item.clone()).collect(),
        files.map(JsValue::from).collect(),
    )
}
