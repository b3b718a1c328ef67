//! The learning curve.

use super::frame::Frame;

/// Lines' names and colours.
const LINES: [(&str, &str); 3] = [
    ("whole tumour", "#56b4e9"),
    ("core", "#d55e00"),
    ("enhancing", "#b8a800"),
];

/// Soft Dice of whole tumour, core and enhancing against the part of the run that is over, each a mean
/// over so many steps around that a tenth of the run is seen at once; a step without a region has none.
#[must_use]
pub fn learning_curve(title: &str, steps: &[[Option<f64>; 3]]) -> String {
    let mut frame = Frame::new(title, "part of the run", "soft Dice of the windows drawn");
    let reach = (steps.len() / 20).max(1);
    for (region, (name, colour)) in LINES.into_iter().enumerate() {
        let points = (0..steps.len()).step_by(reach).filter_map(|at| {
            let around = &steps[at.saturating_sub(reach)..(at + reach).min(steps.len())];
            let known: Vec<f64> = around.iter().filter_map(|step| step[region]).collect();
            let mean = known.iter().sum::<f64>() / known.len() as f64;
            let part = at as f64 / steps.len() as f64;
            (!known.is_empty()).then_some((part, mean))
        });
        let points: Vec<(f64, f64)> = points.collect();
        let last = points.last().map_or(f64::NAN, |p| p.1);
        if !points.is_empty() {
            frame.coloured_note(&format!("{name} {last:.2} at the end"), colour);
            frame.coloured_line(points.into_iter(), colour);
        }
    }
    frame.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_is_never_there_has_no_line() {
        let steps: Vec<_> = (0..400)
            .map(|i| {
                [
                    Some(f64::from(i) / 400.0),
                    (i % 2 == 0).then_some(0.5),
                    None,
                ]
            })
            .collect();
        let svg = learning_curve("run", &steps);
        // The last point is the mean of the steps from 360 on.
        assert!(svg.contains("whole tumour 0.95 at the end"), "{svg}");
        assert!(svg.contains("core 0.50 at the end") && !svg.contains("enhancing"));
        assert!(!svg.contains("NaN") && !learning_curve("none", &[]).contains("NaN"));
    }
}
