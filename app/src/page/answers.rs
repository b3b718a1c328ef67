//! The answers: IDH, 1p/19q, grade, volumes, and their export.

use leptos::prelude::*;
use mts_unet::report::{Auc, Grade, Report, Standing, UNTRAINED};

use super::doubts::{Doubtful, NoAnswer};
use super::export::Exports;
use super::model_card::ModelCard;
use super::preparation::Preparation;
use super::reading::Device;
use super::session::Session;
use crate::{doubts, words};

/// In a probability's place where the bundle's own figures do not bear it.
const NOT_ESTABLISHED: &str = "not established for this bundle";

/// Before a probability too near the middle.
const NOT_SURE: &str = "not sure:";

#[component]
pub(crate) fn Answers() -> impl IntoView {
    let session = expect_context::<Session>();
    let Some(outcome) = session.outcome.get_untracked() else {
        return ().into_any();
    };
    let report = outcome.report.clone();
    let has_banner = !report.bundle.trained || !doubts::reasons(&report).is_empty();
    view! {
        {has_banner.then(|| view! {
            <div class="banners">
                {(!report.bundle.trained).then(|| view! { <p class="untrained" role="note">{UNTRAINED}</p> })}
                <Doubtful outcome=outcome.clone() />
            </div>
        })}
        <section class="answers" aria-label="Answers">
            {(!report.withheld.is_empty()).then(|| view! { <NoAnswer outcome=outcome.clone() /> })}
            {report.idh.map(|p| view! {
                <Binary
                    id="idh"
                    title="IDH"
                    yes="mutant"
                    no="wild type"
                    answer=(p.mutant, p.standing)
                    spread=report.mirrored.and_then(|m| m.idh)
                    auc=report.measured.idh
                />
            })}
            {report.codeletion_1p19q.map(|p| view! {
                <Binary
                    id="codeletion"
                    title="1p/19q"
                    yes="codeleted"
                    no="intact"
                    answer=(p.codeleted, p.standing)
                    spread=report.mirrored.and_then(|m| m.codeletion_1p19q)
                    auc=report.measured.codeletion_1p19q
                />
            })}
            {report.grade.map(|grade| view! { <GradeCard grade report=report.clone() /> })}
            <Volumes report=report.clone() />
            {not_offered(&report).map(|words| view! { <p class="small note" data-testid="not-offered">{words}</p> })}
            {report.derived.clone().map(|words| view! { <p class="derived">{words}</p> })}
            {doubts::notes(&report, &[UNTRAINED]).into_iter().map(|note| view! {
                <p class="small note" data-testid="note">{note}</p>
            }).collect_view()}
            <Preparation outcome=outcome.clone() />
            <Exports />
            <Device />
            <ModelCard />
        </section>
    }
    .into_any()
}

/// A card for a head with two outcomes.
#[component]
fn Binary(
    id: &'static str,
    title: &'static str,
    yes: &'static str,
    no: &'static str,
    answer: (f32, Standing),
    spread: Option<f32>,
    auc: Option<Auc>,
) -> impl IntoView {
    let (p, standing) = answer;
    view! {
        <article class="card" data-testid=id data-probability=p.to_string()>
            <h2>{title}</h2>
            {match standing {
                Standing { established: false, .. } => view! {
                    <p class="absent">{NOT_ESTABLISHED}</p>
                    <p class="small">{measured(auc)}</p>
                }.into_any(),
                standing => view! {
                    <p class="answer">
                        {(!standing.sure).then(|| view! { <strong>{NOT_SURE}</strong>" " })}
                        {yes}" "<strong>{words::percent(p)}</strong>
                        <span class="small">{format!(" {no} {}", words::percent(1.0 - p))}</span>
                    </p>
                    <meter min="0" max="1" value=p.to_string() aria-label=format!("{title} {yes}")></meter>
                    {spread.map(|spread| view! { <p class="small" data-testid=format!("{id}-spread")>{words::apart(spread)}</p> })}
                    <p class="small">{measured(auc)}</p>
                }.into_any(),
            }}
        </article>
    }
}

#[component]
fn GradeCard(grade: Grade, report: Report) -> impl IntoView {
    let rows = [("2", grade.two), ("3", grade.three), ("4", grade.four)];
    view! {
        <article
            class="card"
            data-testid="grade"
            data-probability-2=grade.two.to_string()
            data-probability-3=grade.three.to_string()
            data-probability-4=grade.four.to_string()
        >
            <h2>"WHO grade"</h2>
            {match grade.standing {
                Standing { established: false, .. } => view! {
                    <p class="absent">{NOT_ESTABLISHED}</p>
                    <p class="small">{measured_grade(&report)}</p>
                }.into_any(),
                standing => view! {
                    {(!standing.sure).then(|| view! { <p class="answer"><strong>{NOT_SURE}</strong></p> })}
                    <dl class="grades">
                        {rows.map(|(grade, p)| view! {
                            <div>
                                <dt>{grade}</dt>
                                <dd><meter min="0" max="1" value=p.to_string() aria-label=format!("Grade {grade}")></meter></dd>
                                <dd class="number">{words::percent(p)}</dd>
                            </div>
                        })}
                    </dl>
                    {report.mirrored.and_then(|m| m.grade).map(|spread| view! { <p class="small">{words::apart(spread)}</p> })}
                    <p class="small">{measured_grade(&report)}</p>
                }.into_any(),
            }}
        </article>
    }
}

#[component]
fn Volumes(report: Report) -> impl IntoView {
    let v = report.volumes_ml;
    let apart = report.mirrored.map(|m| m.volumes_ml);
    let rows = [
        ("volume-wt", "Whole tumour", v.wt, apart.map(|a| a.wt)),
        ("volume-tc", "Tumour core", v.tc, apart.map(|a| a.tc)),
        ("volume-et", "Enhancing", v.et, apart.map(|a| a.et)),
    ];
    view! {
        <article class="card">
            <h2>"Volumes"</h2>
            <dl class="volumes">
                {rows.map(|(id, name, ml, apart)| view! {
                    <div>
                        <dt>{name}</dt>
                        <dd class="number" data-testid=id data-ml=ml.to_string()>
                            {words::millilitres(ml)}
                            {apart.map(|apart| format!(" ± {}", words::millilitres(apart)))}
                        </dd>
                    </div>
                })}
            </dl>
        </article>
    }
}

/// Names the heads that the bundle lacks: there is no card for what it never learnt. Where no head answers, which
/// it lacks cannot be told from which are silent.
fn not_offered(report: &Report) -> Option<String> {
    if !report.withheld.is_empty() {
        return None;
    }
    let heads = [
        ("IDH", report.idh.is_none()),
        ("1p/19q", report.codeletion_1p19q.is_none()),
        ("WHO grade", report.grade.is_none()),
    ];
    let absent: Vec<&str> = heads.into_iter().filter(|h| h.1).map(|h| h.0).collect();
    (!absent.is_empty()).then(|| format!("Not predicted by this model: {}.", absent.join(", ")))
}

/// What was measured of a head, as its bundle's card says.
fn measured(auc: Option<Auc>) -> String {
    match auc {
        Some(a) => format!(
            "Measured AUC {:.2} ({:.2} to {:.2}), {} patients",
            a.value, a.low, a.high, a.patients
        ),
        None => "AUC of this model: not measured".to_owned(),
    }
}

/// The same of grade, whose average over the three grades can hide that 2 and 3 are not told apart.
fn measured_grade(report: &Report) -> String {
    let all = measured(report.measured.grade);
    match report.measured.grade_3_or_2 {
        Some(lower) => format!("{all}. Grade 3 against 2: {}", measured(Some(lower))),
        None => all,
    }
}
