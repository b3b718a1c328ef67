//! The learning curves.

use super::frame::Frame;

/// What the lines show.
const REGIONS: [&str; 3] = ["whole tumour", "core", "enhancing"];
const TASKS: [&str; 3] = ["inpainting", "rotation", "contrast"];

/// The lines' colours.
const COLOURS: [&str; 3] = ["#56b4e9", "#d55e00", "#b8a800"];

/// Three numbers of a step, each where there is one.
type Three = [Option<f64>; 3];

/// Soft Dice of whole tumour, core and enhancing against the part of the run that is over, each a mean
/// over so many steps around that a tenth of the run is seen at once; a step without a region has none.
/// `looks`, one a step and mostly of none, are Dice of cases that are not learnt from: a disc a look,
/// with a dashed line.
#[must_use]
pub fn learning_curve(title: &str, steps: &[Three], looks: &[Three]) -> String {
    let mut frame = Frame::new(title, "part of the run", "soft Dice of the windows drawn");
    lines(&mut frame, REGIONS, steps);
    let mut looked_at = false;
    for (region, colour) in COLOURS.into_iter().enumerate() {
        let dice = |(at, look): (usize, &Three)| {
            Some(((at + 1) as f64 / looks.len() as f64, look[region]?))
        };
        let points: Vec<(f64, f64)> = looks.iter().enumerate().filter_map(dice).collect();
        for point in &points {
            let title = format!("{} {:.3}", REGIONS[region], point.1);
            frame.coloured_disc(*point, 3.0, &title, colour);
        }
        if points.len() > 1 {
            frame.dashed_line(points.iter().copied(), colour);
        }
        looked_at |= !points.is_empty();
    }
    if looked_at {
        frame.note("dashed: cases not learnt from");
    }
    frame.finish()
}

/// The losses of a pretraining's tasks as parts of what guessing would cost, as [`learning_curve`]
/// averages; what is dearer than guessing is drawn at the upper edge.
#[must_use]
pub fn pretraining_curve(title: &str, steps: &[Three]) -> String {
    let mut frame = Frame::new(
        title,
        "part of the run",
        "loss, as a part of what guessing costs",
    );
    lines(&mut frame, TASKS, steps);
    frame.finish()
}

fn lines(frame: &mut Frame, names: [&str; 3], steps: &[Three]) {
    let reach = (steps.len() / 20).max(1);
    for (line, (name, colour)) in names.into_iter().zip(COLOURS).enumerate() {
        let points = (0..steps.len()).step_by(reach).filter_map(|at| {
            let around = &steps[at.saturating_sub(reach)..(at + reach).min(steps.len())];
            let known: Vec<f64> = around.iter().filter_map(|step| step[line]).collect();
            let mean = known.iter().sum::<f64>() / known.len() as f64;
            let part = at as f64 / steps.len() as f64;
            (!known.is_empty()).then_some((part, mean))
        });
        let points: Vec<(f64, f64)> = points.collect();
        let last = points.last().map_or(f64::NAN, |p| p.1);
        if !points.is_empty() {
            frame.coloured_note(&format!("{name} {last:.2} at the end"), colour);
            let inside = points.into_iter().map(|(part, mean)| (part, mean.min(1.0)));
            frame.coloured_line(inside, colour);
        }
    }
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
        let svg = learning_curve("run", &steps, &[]);
        // The last point is the mean of the steps from 360 on.
        assert!(svg.contains("whole tumour 0.95 at the end"), "{svg}");
        assert!(svg.contains("core 0.50 at the end") && !svg.contains("enhancing"));
        assert!(!svg.contains("NaN") && !svg.contains("not learnt from"));
        assert!(!learning_curve("none", &[], &[]).contains("NaN"));
    }

    #[test]
    fn every_look_is_a_disc() {
        let steps = vec![[Some(0.5); 3]; 40];
        let looks: Vec<_> = (1..=40)
            .map(|step| {
                [
                    (step % 10 == 0).then_some(0.25),
                    None,
                    (step == 40).then_some(0.5),
                ]
            })
            .collect();
        let svg = learning_curve("run", &steps, &looks);
        assert_eq!(svg.matches("<circle").count(), 5);
        assert_eq!(svg.matches("stroke-dasharray").count(), 1);
        assert!(svg.contains("cases not learnt from") && svg.contains("enhancing 0.500"));
    }

    #[test]
    fn what_is_dearer_than_guessing_stays_inside_the_frame() {
        let dear = pretraining_curve("encoder", &[[Some(3.0), None, None]; 5]);
        let at_edge = pretraining_curve("encoder", &[[Some(1.0), None, None]; 5]);
        let path = |svg: &str| svg.split("<path d=\"M").last().map(str::to_owned);
        assert!(dear.contains("inpainting 3.00 at the end"));
        assert_eq!(path(&dear), path(&at_edge));
    }
}
