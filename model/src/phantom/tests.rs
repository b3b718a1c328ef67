//! Patients as a whole.

use super::*;

fn atlas() -> Atlas {
    Atlas::embedded().expect("embedded")
}

/// Writes phantoms for looking at: `GLIOSCOPE_PHANTOMS=DIR cargo test … phantoms_to_look_at`.
#[test]
fn phantoms_to_look_at() {
    let Some(dir) = std::env::var_os("GLIOSCOPE_PHANTOMS") else {
        return;
    };
    let number =
        |name: &str, or: u64| std::env::var(name).map_or(or, |v| v.parse().expect("number"));
    let (first, count) = (number("FIRST", 0), number("COUNT", 24));
    let options = Options {
        artefacts: number("ARTEFACTS", 1) == 1,
        ..Options::default()
    };
    let atlas = atlas();
    for seed in first..first + count {
        let started = std::time::Instant::now();
        let phantom = generate(seed, &atlas, &options);
        let seconds = started.elapsed().as_secs_f32();
        let to = std::path::Path::new(&dir).join(format!("{seed:05}"));
        std::fs::create_dir_all(&to).expect("made");
        for (name, volume) in ["flair", "t1", "t1ce", "t2"].iter().zip(&phantom.volumes) {
            let bytes = imaging::nifti::write_volume(volume).expect("writes");
            std::fs::write(to.join(format!("{name}.nii.gz")), bytes).expect("writes");
        }
        let labels = imaging::nifti::write_labels(&phantom.labels, &[], "").expect("writes");
        std::fs::write(to.join("seg.nii.gz"), labels).expect("writes");
        let plan = Plan::draw(seed);
        let t = phantom.truth;
        let text = format!(
            "{seed} G{} {:?}{} {:?}",
            t.grade,
            plan.kind,
            if plan.mismatch { " MM" } else { "" },
            plan.enhancement
        );
        println!("{text} {seconds:.2} s");
        std::fs::write(to.join("truth.txt"), text).expect("writes");
    }
}
