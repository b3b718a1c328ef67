//! What a report's checks ask of the page: reasons over the answer, notes below it, exchanges to offer.

use imaging::Sequence;
use imaging::check::{Check, Level, Verdict};
use mts_unet::report::Report;

/// The reasons of a doubtful answer, each once; empty where nothing is doubtful.
#[must_use]
pub fn reasons(report: &Report) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    for words in report.doubts().map(|verdict| &verdict.words) {
        if !words.is_empty() && !reasons.contains(words) {
            reasons.push(words.clone());
        }
    }
    reasons
}

/// What was noticed beside: the checks' notes, and the reading's own but those of `hidden` words.
#[must_use]
pub fn notes(report: &Report, hidden: &[&str]) -> Vec<String> {
    let reasons = reasons(report);
    let is_note = |verdict: &&Verdict| {
        verdict.level == Level::Note && !verdict.words.is_empty() && !is_step(verdict)
    };
    let checks = report
        .checks
        .iter()
        .filter(is_note)
        .map(|verdict| &verdict.words);
    let mut notes: Vec<String> = Vec::new();
    for words in checks.chain(&report.notes) {
        let known = notes.contains(words) || reasons.contains(words);
        if !known && !hidden.contains(&words.as_str()) {
            notes.push(words.clone());
        }
    }
    notes
}

/// What was done to the scans, a sentence a step.
#[must_use]
pub fn steps(report: &Report) -> Vec<String> {
    let steps = report.checks.iter().filter(|verdict| is_step(verdict));
    steps.map(|verdict| verdict.words.clone()).collect()
}

fn is_step(verdict: &Verdict) -> bool {
    matches!(verdict.check, Check::Moved | Check::Stripped)
}

/// Pictures that seem exchanged, each pair once.
#[must_use]
pub fn exchanges(report: &Report) -> Vec<(Sequence, Sequence)> {
    let mut pairs: Vec<(Sequence, Sequence)> = Vec::new();
    for verdict in report
        .doubts()
        .filter(|verdict| verdict.check == Check::Sequence)
    {
        if let (Some(a), Some(b)) = (verdict.sequence, verdict.against)
            && a != b
            && !pairs.contains(&(a, b))
            && !pairs.contains(&(b, a))
        {
            pairs.push((a, b));
        }
    }
    pairs
}

/// Whether the scans were read as they are though something was to be done.
#[must_use]
pub fn as_they_are(report: &Report) -> bool {
    let of = |verdict: &Verdict| verdict.check == Check::Insisted && verdict.matters();
    report.checks.iter().any(of)
}

/// Why no head answers, but for what stands over the answer already.
#[must_use]
pub fn withheld(report: &Report) -> Vec<String> {
    let reasons = reasons(report);
    let mut withheld = report.withheld.clone();
    withheld.retain(|words| !reasons.contains(words));
    withheld
}

#[cfg(test)]
mod tests {
    use super::*;
    use imaging::check::Check::{Moved, Overlap, Skull};

    fn report(checks: Vec<Verdict>, notes: &[&str]) -> Report {
        let json = serde_json::json!({
            "disclaimer": "", "device": "", "space": Sequence::T1ce, "seconds": {},
            "bundle": { "name": "", "sha256": "", "trained": true, "licence": "" },
            "volumes_ml": { "wt": 0.0, "tc": 0.0, "et": 0.0 },
            "checks": checks, "notes": notes, "withheld": ["moved", "no tumour was found"],
        });
        serde_json::from_value(json).expect("a report")
    }

    fn exchange(a: Sequence, b: Sequence) -> Verdict {
        let words = format!("{a} and {b} seem exchanged");
        Verdict::new(Check::Sequence, Level::Doubtful, words)
            .of(a)
            .against(b)
    }

    #[test]
    fn a_reason_a_note_and_an_exchange_are_each_told_once() {
        let checks = vec![
            exchange(Sequence::T1, Sequence::T1ce),
            exchange(Sequence::T1ce, Sequence::T1),
            Verdict::new(Overlap, Level::Doubtful, "moved"),
            Verdict::new(Overlap, Level::Doubtful, "moved"),
            Verdict::new(Skull, Level::Note, "thin"),
            Verdict::new(Skull, Level::Fine, ""),
            Verdict::new(Moved, Level::Note, "T2 was moved"),
        ];
        let report = report(checks, &["thin", "moved", "untrained", "one thread"]);
        let expected = [
            "T1 and T1ce seem exchanged",
            "T1ce and T1 seem exchanged",
            "moved",
        ];
        assert_eq!(reasons(&report), expected);
        assert_eq!(notes(&report, &["untrained"]), ["thin", "one thread"]);
        assert_eq!(steps(&report), ["T2 was moved"]);
        assert_eq!(exchanges(&report), [(Sequence::T1, Sequence::T1ce)]);
        assert_eq!(withheld(&report), ["no tumour was found"]);
        assert!(!as_they_are(&report));
    }

    #[test]
    fn a_sound_case_has_no_banner() {
        let report = report(vec![Verdict::new(Overlap, Level::Fine, "")], &[]);
        assert!(reasons(&report).is_empty() && exchanges(&report).is_empty());
    }
}
