//! The model's card: where its weights come from, how good they were measured to be, where they fail.

use leptos::prelude::*;
use mts_unet::card::{Card, Dice, Measured};

use super::session::Session;

#[component]
pub(crate) fn ModelCard() -> impl IntoView {
    let session = expect_context::<Session>();
    let Some(outcome) = session.outcome.get_untracked() else {
        return ().into_any();
    };
    let (name, card) = (outcome.report.bundle.name.clone(), outcome.card.clone());
    let data = card
        .training_data
        .iter()
        .map(|data| format!("{}: {} patients ({})", data.name, data.cases, data.licence));
    view! {
        <details class="card model-card" data-testid="model-card">
            <summary>{format!("Model: {name}")}</summary>
            <p>{card.summary.clone()}</p>
            {list("Learnt from", data.collect())}
            {list("Overlap with experts (Dice, 95 % interval)", dice(&card.dice))}
            {list("By collection", by_cohort(&card))}
            {list("Known to go wrong", card.failure_modes.clone())}
            <p class="small">{format!("Licence of the weights: {}", card.licence)}</p>
        </details>
    }
    .into_any()
}

/// A heading and its points; nothing where there are none.
fn list(title: &'static str, points: Vec<String>) -> impl IntoView {
    (!points.is_empty()).then(|| {
        view! {
            <h3>{title}</h3>
            <ul>{points.into_iter().map(|point| view! { <li>{point}</li> }).collect_view()}</ul>
        }
    })
}

fn by_cohort(card: &Card) -> Vec<String> {
    let of = |(cohort, of): (&String, &Dice)| format!("{cohort}: {}", dice(of).join("; "));
    card.dice_by_cohort.iter().map(of).collect()
}

fn dice(of: &Dice) -> Vec<String> {
    let rows = [
        ("Whole tumour", of.wt),
        ("Tumour core", of.tc),
        ("Enhancing", of.et),
    ];
    let row = |(name, measured): (&str, Option<Measured>)| {
        let m = measured?;
        let (value, low, high) = (m.value, m.low, m.high);
        Some(format!(
            "{name} {value:.2} ({low:.2} to {high:.2}), {} patients",
            m.cases
        ))
    };
    rows.into_iter().filter_map(row).collect()
}
