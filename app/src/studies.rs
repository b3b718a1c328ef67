//! A folder's examinations and series, as the page lists them.

use imaging::recognise::{Candidate, choose};

use crate::protocol::{Examination, Part};

/// Places in `parts` of the series to load.
#[must_use]
pub fn chosen(parts: &[Part]) -> Vec<usize> {
    let candidate = |part: &Part| Candidate {
        guess: part.guess,
        is_aside: part.aside.is_some(),
        is_derived: part.derived,
        is_volume: part.why_not.is_none(),
        dims: part.dims,
        spacing_mm: part.spacing_mm,
    };
    let candidates: Vec<Candidate> = parts.iter().map(candidate).collect();
    choose(&candidates)
}

/// What an examination is called in the list.
#[must_use]
pub fn title(examination: &Examination) -> String {
    let when = match (examination.number, examination.days_after_first) {
        (1, _) => "first examination".to_owned(),
        (_, Some(0)) => format!("examination {}, the same day", examination.number),
        (_, Some(1)) => format!("examination {}, 1 day later", examination.number),
        (_, Some(days)) => format!("examination {}, {days} days later", examination.number),
        (_, None) => format!("examination {}", examination.number),
    };
    format!("Patient {}, {when}", examination.patient)
}

/// What a series is, in a line: description, plane, slices, spacing.
#[must_use]
pub fn line(part: &Part) -> String {
    let mut words = vec![match part.description.trim() {
        "" => "no description".to_owned(),
        description => description.to_owned(),
    }];
    words.extend(part.plane.clone());
    words.push(match part.slices {
        1 => "1 slice".to_owned(),
        n => format!("{n} slices"),
    });
    if let Some([x, y, z]) = part.spacing_mm {
        words.push(format!("{x:.2} × {y:.2} × {z:.2} mm"));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(description: &str, slice_mm: f64, slices: usize) -> Part {
        Part {
            description: description.into(),
            plane: Some("axial".into()),
            slices,
            dims: [256, 256, slices],
            spacing_mm: Some([0.9, 0.9, slice_mm]),
            guess: None,
            aside: None,
            derived: false,
            why_not: None,
            files: Vec::new(),
            nth: 0,
        }
    }

    #[test]
    fn a_series_and_an_examination_are_told_in_a_line() {
        let part = part("ax T2", 5.5, 26);
        assert_eq!(
            line(&part),
            "ax T2, axial, 26 slices, 0.90 × 0.90 × 5.50 mm"
        );
        let mut examination = Examination {
            patient: 2,
            number: 1,
            days_after_first: Some(0),
            under_18: false,
            parts: Vec::new(),
        };
        assert_eq!(title(&examination), "Patient 2, first examination");
        (examination.number, examination.days_after_first) = (3, Some(91));
        assert_eq!(
            title(&examination),
            "Patient 2, examination 3, 91 days later"
        );
    }
}
