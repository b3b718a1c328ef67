//! `cargo xtask doctor`: what is there, what is missing, what set-up would do. Changes nothing.

use crate::{
    needs::{Purpose, State, Weight, needs_for},
    places::Places,
    table::table,
};

/// Prints the table; true where every required need is met.
#[must_use]
pub fn report(places: &Places) -> bool {
    let mut well = true;
    let mut rows =
        vec![["need", "for", "state", "found, or what set-up would do"].map(String::from)];
    for need in needs_for(Purpose::LongTest) {
        let (state, words) = match need.look(places) {
            State::There(found) => ("there", found),
            State::Missing(found) => {
                let required =
                    need.weight() == Weight::Required && need.purpose() < Purpose::LongTest;
                well &= !required;
                let state = if required {
                    "MISSING"
                } else {
                    "missing, optional"
                };
                (state, format!("{found}; {}", need.plan(places)))
            }
        };
        let purpose = match need.purpose() {
            Purpose::Page => "serve",
            Purpose::Test => "test",
            Purpose::LongTest => "test --long",
        };
        rows.push([need.name().into(), purpose.into(), state.into(), words]);
    }
    print!("{}", table(&rows));
    println!("cache: {}", places.cache.display());
    println!(
        "{}",
        if well {
            "All there."
        } else {
            "`cargo xtask setup` puts what is missing there."
        }
    );
    well
}
