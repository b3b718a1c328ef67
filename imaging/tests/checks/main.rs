//! What the checks say of the sample case, sound and spoilt in every way that users of neighbouring tools reported, and
//! of the sound cases of the development data.

#[path = "../support/mod.rs"]
mod support;

mod case;
mod kinds;
mod naming;
mod sound;
