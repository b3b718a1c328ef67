//! Patients as a whole.

use super::*;

fn atlas() -> Atlas {
    Atlas::embedded().expect("embedded")
}

/// Coarse, so that many patients are made in a moment.
fn coarse() -> Options {
    Options {
        spacing_mm: 4.0,
        ..Options::default()
    }
}

fn clean() -> Options {
    Options {
        spacing_mm: 3.0,
        artefacts: false,
        ..Options::default()
    }
}

#[test]
fn a_seed_gives_the_same_patient_and_another_seed_another() {
    let atlas = atlas();
    let one = generate(7, &atlas, &coarse());
    assert_eq!(one, generate(7, &atlas, &coarse()));
    assert_ne!(one.labels, generate(8, &atlas, &coarse()).labels);
    assert_eq!(one.truth, generate(7, &atlas, &clean()).truth);
}

#[test]
fn every_patient_has_a_tumour_inside_a_brain_of_human_size() {
    let atlas = atlas();
    for seed in 0..40 {
        let p = generate(seed, &atlas, &coarse());
        let [flair, ..] = &p.volumes;
        let ml = flair.grid.voxel_volume_ml();
        let brain = flair.data.iter().filter(|v| **v > 0.0).count() as f64 * ml;
        assert!((900.0..2000.0).contains(&brain), "seed {seed}: {brain} mL");
        let whole = p.labels.data.iter().filter(|l| **l > 0).count() as f64 * ml;
        assert!((5.0..260.0).contains(&whole), "seed {seed}: {whole} mL");
        for volume in &p.volumes {
            assert_eq!(volume.grid, p.labels.grid);
            for (v, inside) in volume.data.iter().zip(&flair.data) {
                assert!(v.is_finite() && *v >= 0.0);
                assert_eq!(*v > 0.0, *inside > 0.0, "one mask for all sequences");
            }
        }
        for (o, label) in p.labels.data.iter().enumerate().filter(|(_, l)| **l > 0) {
            assert!(*label <= 3 && flair.data[o] > 0.0, "seed {seed}, voxel {o}");
        }
    }
}

#[test]
fn what_enhances_lies_in_the_core_or_touches_it() {
    let atlas = atlas();
    for seed in (0..24).filter(|s| Plan::draw(*s).enhancement != biology::Enhancement::None) {
        let (plan, chance) = (Plan::draw(seed), &mut Chance::new(seed, Part::Growth));
        let person = Person::draw(&mut Chance::new(seed, Part::Anatomy), &atlas, 3.0);
        let (tumour, _) = tumour::grow(chance, &plan, &person, &atlas);
        let enhancing = tumour
            .labels
            .iter()
            .filter(|l| **l == tumour::ENHANCING)
            .count();
        for (o, _) in tumour
            .labels
            .iter()
            .enumerate()
            .filter(|(_, l)| **l == tumour::ENHANCING)
        {
            assert!(tumour.core[o] > 0.1, "seed {seed}, voxel {o}");
        }
        let core = tumour.labels.iter().filter(|l| **l == tumour::CORE).count();
        assert!(enhancing > 0 || core < 60, "seed {seed}: {plan:?}");
    }
}

/// Middles of a volume over voxels that are nearly all of one tissue: CSF, grey, white.
fn tissue_middles(volume: &Volume, anatomy: &anatomy::Anatomy, labels: &LabelMap) -> [f32; 3] {
    [0, 1, 2].map(|t| {
        let mut values: Vec<f32> = (0..volume.data.len())
            .filter(|&o| anatomy.tissues[t][o] > 0.9 && labels.data[o] == 0)
            .map(|o| volume.data[o])
            .collect();
        let middle = values.len() / 2;
        *values.select_nth_unstable_by(middle, f32::total_cmp).1
    })
}

#[test]
fn tissues_keep_their_order_in_each_sequence() {
    let atlas = atlas();
    for seed in 0..8 {
        let (plan, chance) = (Plan::draw(seed), &mut Chance::new(seed, Part::Growth));
        let person = Person::draw(&mut Chance::new(seed, Part::Anatomy), &atlas, 3.0);
        let (_, anatomy) = tumour::grow(chance, &plan, &person, &atlas);
        let p = generate(seed, &atlas, &clean());
        let [flair, t1, t1ce, t2] = p.volumes.map(|v| tissue_middles(&v, &anatomy, &p.labels));
        assert!(
            flair[0] < flair[2] && flair[2] < flair[1] * 1.03,
            "{seed} {flair:?}"
        );
        assert!(t1[0] < t1[1] && t1[1] < t1[2], "{seed} {t1:?}");
        assert!(t1ce[0] < t1ce[1] && t1ce[1] < t1ce[2], "{seed} {t1ce:?}");
        assert!(t2[0] > t2[1] && t2[1] > t2[2] * 0.97, "{seed} {t2:?}");
    }
}

#[test]
fn labels_lie_in_the_tumours_signal() {
    let atlas = atlas();
    for seed in 0..12 {
        let p = generate(seed, &atlas, &clean());
        let plan = Plan::draw(seed);
        // Middles, not means: CSF is much brighter on T2 than any tumour.
        let middle = |sequence: usize, label: u8| {
            let of = p.labels.data.iter().zip(&p.volumes[sequence].data);
            let mut found: Vec<f32> = of
                .filter(|(l, v)| **l == label && **v > 0.0)
                .map(|(_, v)| *v)
                .collect();
            let half = found.len() / 2;
            (half > 10).then(|| *found.select_nth_unstable_by(half, f32::total_cmp).1)
        };
        let healthy = [0, 1, 2, 3].map(|s| middle(s, 0).expect("brain"));
        if let Some(oedema) = middle(0, tumour::OEDEMA) {
            assert!(oedema > healthy[0], "seed {seed}");
        }
        if let Some(shining) = middle(2, tumour::ENHANCING) {
            assert!(shining > healthy[2], "seed {seed}: {plan:?}");
        }
        if let Some(core) = middle(3, tumour::CORE) {
            assert!(core > healthy[3], "seed {seed}");
        }
    }
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
            let bytes = imaging::nifti::write_volume(volume, None).expect("writes");
            std::fs::write(to.join(format!("{name}.nii.gz")), bytes).expect("writes");
        }
        let labels = imaging::nifti::write_labels(&phantom.labels, &[], "", None).expect("writes");
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
