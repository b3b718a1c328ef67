//! What cross-validation found, in lines.

use mts_unet::metrics::BinarySummary;
use mts_unet::training::heads::{Against, Apart, Figures, Findings};

/// All of it.
pub(super) fn findings(findings: &Findings) {
    let binary = |name: &str, figures: &Option<Figures<BinarySummary>>| {
        let Some(figures) = figures else { return };
        let baseline = figures.baseline.as_ref();
        task(
            name,
            figures,
            [Some(&figures.head), Some(&figures.uncalibrated), baseline],
        );
    };
    binary("IDH", &findings.idh);
    binary("1p/19q", &findings.codeletion_1p19q);
    if let Some(grade) = &findings.grade {
        let auc = grade.head.macro_auc.unwrap_or(f64::NAN);
        println!("grade       macro AUC {auc:.3}");
        let all = [
            Some(&grade.head),
            Some(&grade.uncalibrated),
            grade.baseline.as_ref(),
        ];
        task(
            "  3 or 2",
            grade,
            all.map(|summary| summary?.three_or_two.as_ref()),
        );
    }
    for other in &findings.ablation {
        let grade = other.grade.as_ref().and_then(|g| g.three_or_two.as_ref());
        println!("{:?}", other.source);
        println!("            IDH           {}", line(other.idh.as_ref()));
        println!(
            "            1p/19q        {}",
            line(other.codeletion_1p19q.as_ref())
        );
        println!("            grade 3 or 2  {}", line(grade));
    }
}

/// Synthetic against real.
pub(super) fn apart(found: &[Apart]) {
    for Apart { source, synthetic } in found {
        println!("synthetic or real, {source:?}  {}", line(Some(synthetic)));
    }
}

fn task<S>(name: &str, figures: &Figures<S>, summaries: [Option<&BinarySummary>; 3]) {
    let [head, uncalibrated, baseline] = summaries.map(line);
    println!("{name:<11} head          {head}");
    println!("            uncalibrated  {uncalibrated}");
    println!("            baseline      {baseline}");
    if let Some(Against { difference, p, n }) = figures.against_baseline {
        println!("            head - baseline {difference:+.3}, p {p:.3}, {n} cases");
    }
    let luck = figures.ece_of_luck.unwrap_or(f64::NAN);
    println!("            an ECE of {luck:.3} is to be expected by luck alone");
    println!(
        "            sure from {:.2}: {:.0} % answered, {:.0} % of them right",
        figures.sure_from,
        100.0 * figures.answered,
        100.0 * figures.right
    );
}

fn line(summary: Option<&BinarySummary>) -> String {
    let Some(of) = summary else {
        return "no answers".into();
    };
    let (auc, ci) = (of.auc.unwrap_or(f64::NAN), of.ci.map(<[f64; 2]>::from));
    let [low, high] = ci.unwrap_or([f64::NAN; 2]);
    format!(
        "AUC {auc:.3} ({low:.3} to {high:.3}), Brier {:.3}, ECE {:.3}, {} cases",
        of.brier, of.ece, of.n
    )
}
