//! Every kind of wrong input, each with its words; and changes that are none.

use imaging::check::{Check, Level};
use imaging::{
    Affine, AffineSource, Grid, Orientation, Sequence, Volume, VoxelIndex, reorient, resample,
};

use super::case::{Case, fill};
use Sequence::{Flair, T1, T1ce, T2};

/// Moved in the patient without a word in the header: the picture is resampled from elsewhere.
fn moved(volume: &Volume, mm: [f64; 3], degrees: f64) -> Volume {
    let (s, c) = degrees.to_radians().sin_cos();
    let turn = Affine([
        [c, -s, 0.0, mm[0]],
        [s, c, 0.0, mm[1]],
        [0.0, 0.0, 1.0, mm[2]],
    ]);
    let mut grid = volume.grid;
    let middle = grid.centre().0;
    grid.affine = turn.compose(&grid.affine);
    // About the middle of the picture.
    let turned = turn.apply(imaging::VoxelPoint(middle)).0;
    for (row, (middle, (turned, mm))) in grid
        .affine
        .0
        .iter_mut()
        .zip(middle.into_iter().zip(turned.into_iter().zip(mm)))
    {
        row[3] += middle - turned + mm;
    }
    Volume {
        grid: volume.grid,
        data: resample::linear(volume, &grid).data,
    }
}

/// The mean of `by` slices each, along the third axis.
fn thick(volume: &Volume, by: usize) -> Volume {
    let [nx, ny, nz] = volume.grid.dims;
    let mut grid = volume.grid;
    grid.dims[2] = nz / by;
    let middle = grid
        .affine
        .apply(imaging::VoxelPoint([0.0, 0.0, (by as f64 - 1.0) / 2.0]))
        .0;
    for (row, origin) in grid.affine.0.iter_mut().zip(middle) {
        row[2] *= by as f64;
        row[3] = origin;
    }
    let mut thick = Volume::filled(grid, 0.0);
    for at in 0..nx * ny * grid.dims[2] {
        let (plane, z) = (at % (nx * ny), at / (nx * ny));
        let sum: f32 = (0..by)
            .map(|i| volume.data[plane + nx * ny * (z * by + i)])
            .sum();
        thick.data[at] = sum / by as f32;
    }
    thick
}

#[test]
fn the_sample_is_sound() {
    assert_eq!(Case::sample().said(), []);
}

#[test]
fn a_scan_of_zeros_or_of_one_number_is_empty_by_name() {
    for (value, word) in [(0.0, "zero"), (1000.0, "constant")] {
        let mut case = Case::sample();
        case.values(Flair).fill(value);
        let verdict = case.says(Check::Empty, Level::Note, Some(Flair));
        assert!(
            verdict.words.contains("FLAIR is empty") && verdict.words.contains(word),
            "{verdict:?}"
        );
        assert!(
            case.said().iter().all(|v| v.check != Check::Skull),
            "{:?}",
            case.said()
        );
    }
}

#[test]
fn a_case_of_nothing_but_zeros_and_one_without_scans_are_survived() {
    let mut case = Case::sample();
    for sequence in Sequence::ALL {
        case.values(sequence).fill(0.0);
    }
    for sequence in Sequence::ALL {
        case.says(Check::Empty, Level::Note, Some(sequence));
    }
    assert_eq!(Case([const { None }; 4]).verdicts(), []);
}

#[test]
fn a_label_map_is_no_scan() {
    let mut case = Case::sample();
    for value in case.values(T2).iter_mut() {
        *value = (*value / 200.0).floor().clamp(0.0, 4.0);
    }
    let verdict = case.says(Check::LabelMap, Level::Doubtful, Some(T2));
    assert!(
        verdict.is_hopeless() && verdict.words.contains("T2"),
        "{verdict:?}"
    );
    // So is a mask whose 1 was scaled.
    let mut case = Case::sample();
    for value in case.values(T2).iter_mut() {
        *value = if *value > 0.0 { 0.996 } else { 0.0 };
    }
    case.says(Check::LabelMap, Level::Doubtful, Some(T2));
}

#[test]
fn scans_that_moved_are_named_and_told_by_how_much() {
    for (mm, turn, level) in [
        ([3.5, 0.0, 0.0], 0.0, Level::Note),
        ([4.0, -3.0, 3.0], 0.0, Level::Doubtful),
        ([15.0, 4.0, 0.0], 8.0, Level::Doubtful),
        ([0.0, 0.0, 0.0], 12.0, Level::Doubtful),
    ] {
        for sequence in [Flair, T2] {
            let mut case = Case::sample();
            let scan = &mut case.scan(sequence).volume;
            *scan = moved(scan, mm, turn);
            let said = case.said();
            let named = said
                .iter()
                .find(|v| v.check == Check::Registration && v.sequence == Some(sequence));
            let worst = said.iter().map(|v| v.level).max();
            assert!(named.is_some(), "{mm:?} {sequence}: {said:#?}");
            assert!(worst >= Some(level), "{mm:?} {sequence}: {said:#?}");
            let others = said.iter().filter(|v| v.check == Check::Registration);
            assert!(
                others.clone().all(|v| v.sequence == Some(sequence)),
                "{said:#?}"
            );
        }
    }
}

#[test]
fn two_scans_that_moved_together_are_both_named() {
    let mut case = Case::sample();
    for sequence in [Flair, T2] {
        let scan = &mut case.scan(sequence).volume;
        *scan = moved(scan, [15.0, 4.0, 0.0], 8.0);
    }
    for sequence in [Flair, T2] {
        case.says(Check::Registration, Level::Doubtful, Some(sequence));
    }
    assert!(
        case.said()
            .iter()
            .all(|v| v.check != Check::Registration || v.sequence != Some(T1))
    );
}

#[test]
fn a_mirrored_scan_is_called_mirrored() {
    for sequence in Sequence::ALL {
        let mut case = Case::sample();
        let scan = &mut case.scan(sequence).volume;
        let width = scan.grid.dims[0];
        scan.data.chunks_exact_mut(width).for_each(<[f32]>::reverse);
        case.says(Check::Mirrored, Level::Doubtful, Some(sequence));
    }
}

#[test]
fn exchanged_names_are_noticed_and_the_exchange_is_offered() {
    for (i, a) in Sequence::ALL.into_iter().enumerate() {
        for b in Sequence::ALL.into_iter().skip(i + 1) {
            let mut case = Case::sample();
            case.exchange(a, b);
            let verdict = case.says(Check::Sequence, Level::Doubtful, None);
            let mut pair = [verdict.sequence, verdict.against];
            pair.sort();
            let mut expected = [Some(a), Some(b)];
            expected.sort();
            assert_eq!(pair, expected, "{verdict:?}");
        }
    }
}

#[test]
fn one_picture_given_twice_is_noticed_though_it_was_rescaled() {
    let rescale: [fn(f32) -> f32; 3] = [|v| 2.0 * v, |v| (v / 3.0).round(), |v| v.powf(0.8)];
    for rescale in rescale {
        let mut case = Case::sample();
        let t1: Vec<f32> = case
            .values(T1)
            .iter()
            .map(|v| rescale(v.max(0.0)))
            .collect();
        *case.values(T1ce) = t1;
        let verdict = case.says(Check::SamePicture, Level::Doubtful, None);
        assert!(
            verdict.words.contains("T1") && verdict.words.contains("T1ce"),
            "{verdict:?}"
        );
    }
}

#[test]
fn one_picture_given_twice_is_noticed_behind_a_curve_shading_and_noise() {
    for (gamma, shading, noise) in [(0.7, 0.2, 0.05), (1.5, -0.3, 0.03), (1.0, 0.3, 0.1)] {
        let mut case = Case::sample();
        let mut t1ce = case.scan(T1).volume.clone();
        let mean =
            t1ce.data.iter().sum::<f32>() / t1ce.data.iter().filter(|v| **v > 0.0).count() as f32;
        let mut random = 1_u32;
        fill(&mut t1ce, |[x, y, z], v| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let uneven =
                1.0 + shading * (0.03 * (x as f32 - 0.6 * y as f32 + 0.8 * z as f32)).sin();
            let uniform = (random >> 8) as f32 / (1 << 24) as f32 - 0.5;
            let changed = mean * (v.max(0.0) / mean).powf(gamma) * uneven;
            // A uniform number is as wide as √12 of its standard deviation.
            if v > 0.0 {
                changed + noise * mean * uniform * 12_f32.sqrt()
            } else {
                0.0
            }
        });
        *case.values(T1ce) = t1ce.data;
        let verdict = case.says(Check::SamePicture, Level::Doubtful, None);
        let pair = [verdict.sequence, verdict.against];
        assert!(
            pair.contains(&Some(T1)) && pair.contains(&Some(T1ce)),
            "{verdict:?}"
        );
    }
}

#[test]
fn a_picture_that_is_no_scan_of_its_sequence_is_noticed() {
    // Smoothed until no detail is left, as a map of shading is.
    let mut case = Case::sample();
    let flair = &mut case.scan(Flair).volume;
    let coarse = resample::linear(flair, &Grid::covering(&flair.grid, [24.0; 3]));
    let smooth = resample::linear(&coarse, &flair.grid);
    for (value, smooth) in flair.data.iter_mut().zip(&smooth.data) {
        *value = if *value > 0.0 { smooth.max(1.0) } else { 0.0 };
    }
    let verdict = case.says(Check::Typical, Level::Doubtful, Some(Flair));
    assert!(verdict.words.contains("too smooth"), "{verdict:?}");

    // One half drawn from the other.
    let mut case = Case::sample();
    let volume = &mut case.scan(Flair).volume;
    let (whole, middle) = (volume.clone(), middle_of(volume));
    fill(volume, |[x, y, z], v| match (2 * middle).checked_sub(x) {
        Some(other) if x > middle && other < whole.grid.dims[0] => {
            whole.get(VoxelIndex([other, y, z])).unwrap_or(v)
        }
        _ => v,
    });
    let verdict = case.says(Check::Typical, Level::Doubtful, Some(Flair));
    assert!(verdict.words.contains("mirror images"), "{verdict:?}");

    // Cut off at a brightness.
    let mut case = Case::sample();
    let t1ce = case.values(T1ce);
    let mut inside: Vec<f32> = t1ce.iter().copied().filter(|v| *v > 0.0).collect();
    inside.sort_unstable_by(f32::total_cmp);
    let most = inside[inside.len() * 6 / 10];
    t1ce.iter_mut().for_each(|v| *v = v.min(most));
    let verdict = case.says(Check::Typical, Level::Doubtful, Some(T1ce));
    assert!(verdict.words.contains("one brightness"), "{verdict:?}");

    // Absolute differences of neighbours.
    let mut case = Case::sample();
    let t2 = case.scan(T2).volume.clone();
    let [nx, ny, nz] = t2.grid.dims;
    fill(&mut case.scan(T2).volume, |[x, y, z], v| {
        let next = |x: usize, y: usize, z: usize| {
            t2.get(VoxelIndex([x.min(nx - 1), y.min(ny - 1), z.min(nz - 1)]))
                .unwrap_or(v)
        };
        let steps = [
            next(x + 1, y, z) - v,
            next(x, y + 1, z) - v,
            next(x, y, z + 1) - v,
        ];
        if v > 0.0 {
            1.0 + steps.iter().map(|s| s.abs()).sum::<f32>()
        } else {
            0.0
        }
    });
    case.says(Check::Typical, Level::Doubtful, Some(T2));
}

/// The column in the middle of what is shown.
fn middle_of(volume: &Volume) -> usize {
    let nx = volume.grid.dims[0];
    let shown = |x: &usize| (0..volume.data.len() / nx).any(|row| volume.data[row * nx + x] > 0.0);
    let (first, last) = ((0..nx).find(shown), (0..nx).rev().find(shown));
    (first.expect("a head") + last.expect("a head")) / 2
}

#[test]
fn a_slab_among_whole_scans_is_said_to_cover_a_part() {
    let mut case = Case::sample();
    let scan = &mut case.scan(T1ce).volume;
    *scan = scan.window([0, 0, 45], [240, 240, 70], 0.0);
    let verdict = case.says(Check::Coverage, Level::Doubtful, Some(T1ce));
    assert!(verdict.words.contains("field of view"), "{verdict:?}");
    assert!(
        case.said().iter().all(|v| v.check != Check::Skull),
        "{:?}",
        case.said()
    );
}

#[test]
fn a_scan_that_is_empty_above_a_slice_shows_a_part() {
    let mut case = Case::sample();
    fill(
        &mut case.scan(T1ce).volume,
        |[_, _, z], v| if z > 90 { 0.0 } else { v },
    );
    let verdict = case.says(Check::Coverage, Level::Doubtful, Some(T1ce));
    assert!(verdict.words.contains("empty"), "{verdict:?}");
}

#[test]
fn voxels_that_are_no_numbers_are_counted() {
    let mut case = Case::sample();
    case.scan(T1).info.non_finite_voxels = 5000;
    let verdict = case.says(Check::NotNumbers, Level::Note, Some(T1));
    assert!(
        verdict
            .words
            .starts_with("5000 voxels of T1 are not a number"),
        "{verdict:?}"
    );
}

#[test]
fn values_that_wrapped_are_told() {
    let mut case = Case::sample();
    let scan = case.scan(T2);
    scan.info.datatype = "int16".into();
    for value in &mut scan.volume.data {
        let scaled = *value * 40.0;
        *value = if scaled > 32767.0 {
            scaled - 65536.0
        } else {
            scaled
        };
    }
    case.says(Check::Wrapped, Level::Doubtful, Some(T2));
}

#[test]
fn hot_voxels_are_told_and_vessels_are_not() {
    let mut case = Case::sample();
    let at = case
        .values(T2)
        .iter()
        .position(|v| *v > 100.0)
        .expect("brain");
    case.values(T2)[at] = 1e6;
    case.says(Check::Outliers, Level::Note, Some(T2));
}

#[test]
fn a_background_that_is_not_zero_is_taken_off_and_is_no_skull() {
    let mut case = Case::sample();
    for sequence in Sequence::ALL {
        case.values(sequence)
            .iter_mut()
            .for_each(|v| *v = *v / 150.0 - 1.25);
    }
    for sequence in Sequence::ALL {
        case.says(Check::Background, Level::Note, Some(sequence));
    }
    assert!(
        case.said().iter().all(|v| v.check == Check::Background),
        "{:?}",
        case.said()
    );
}

#[test]
fn faint_air_is_no_skull() {
    let mut case = Case::sample();
    let mut state = 1u32;
    for value in case.values(Flair).iter_mut().filter(|v| **v == 0.0) {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32 / u32::MAX as f32
        };
        *value = 8.0 * ((0..12).map(|_| next()).sum::<f32>() - 6.0);
    }
    let said = case.said();
    assert!(said.iter().all(|v| v.level < Level::Doubtful), "{said:?}");
}

#[test]
fn one_skull_among_stripped_scans_is_named() {
    let mut case = Case::sample();
    let all = case.clone();
    let dims = all.0[0].as_ref().expect("FLAIR").volume.grid.dims;
    let inside = |[x, y, z]: [usize; 3]| {
        all.0.iter().flatten().any(|s| {
            s.volume
                .get(VoxelIndex([x, y, z]))
                .is_some_and(|v| v != 0.0)
        })
    };
    // Something bright from 5 to 14 voxels around the brain, along each axis.
    let near = |at: [usize; 3], reach: usize| {
        (0..3).any(|axis| {
            [-1isize, 1].into_iter().any(|way| {
                let mut to = at;
                let moved = to[axis] as isize + way * reach as isize;
                to[axis] = moved.clamp(0, dims[axis] as isize - 1) as usize;
                inside(to)
            })
        })
    };
    fill(&mut case.scan(T1ce).volume, |at, v| {
        if !inside(at) && (6..15).any(|reach| near(at, reach)) && !near(at, 4) {
            300.0
        } else {
            v
        }
    });
    let verdict = case.says(Check::Skull, Level::Doubtful, Some(T1ce));
    assert!(verdict.words.contains("T1ce"), "{verdict:?}");
    assert_eq!(
        case.said()
            .iter()
            .filter(|v| v.check == Check::Skull)
            .count(),
        1
    );
}

#[test]
fn lost_spacing_is_said_before_anything_else() {
    let mut case = Case::sample();
    for sequence in Sequence::ALL {
        let scan = &mut case.scan(sequence).volume;
        *scan = thick(scan, 5);
        for row in &mut scan.grid.affine.0 {
            row[2] /= 5.0;
        }
    }
    let first = case.said().remove(0);
    assert_eq!((first.check, first.level), (Check::Size, Level::Doubtful));
    assert!(
        first.words.contains("mm high") && first.words.contains("spacing"),
        "{first:?}"
    );
}

#[test]
fn heads_of_another_unit_are_hopeless() {
    for (factor, word) in [
        (0.001, "far too small"),
        (0.1, "far too small"),
        (10.0, "far too large"),
    ] {
        let mut case = Case::sample();
        for sequence in Sequence::ALL {
            let affine = &mut case.scan(sequence).volume.grid.affine;
            affine.0.iter_mut().flatten().for_each(|v| *v *= factor);
        }
        let first = case.said().remove(0);
        assert!(
            first.is_hopeless() && first.words.contains(word),
            "{factor}: {first:?}"
        );
    }
}

#[test]
fn one_slice_is_no_volume() {
    let mut case = Case::sample();
    let scan = &mut case.scan(T1ce).volume;
    *scan = scan.window([0, 0, 80], [240, 240, 1], 0.0);
    let verdict = case.says(Check::Size, Level::Doubtful, Some(T1ce));
    assert!(verdict.words.contains("1 slice"), "{verdict:?}");
}

#[test]
fn a_slab_of_all_four_is_said() {
    let mut case = Case::sample();
    for sequence in Sequence::ALL {
        let scan = &mut case.scan(sequence).volume;
        *scan = scan.window([0, 0, 45], [240, 240, 68], 0.0);
    }
    let first = case.said().remove(0);
    assert_eq!((first.check, first.level), (Check::Size, Level::Doubtful));
    assert!(first.words.contains("slab"), "{first:?}");
}

#[test]
fn a_brain_that_lies_wrongly_by_its_header_is_noticed() {
    let sample = Case::sample();
    for (stored, words) in [
        ("LPS", "back to front"),
        ("RPI", "upside down"),
        ("PSR", "side"),
    ] {
        let mut case = sample.clone();
        for sequence in Sequence::ALL {
            let scan = &mut case.scan(sequence).volume;
            *scan = reorient(scan, stored.parse::<Orientation>().expect("an orientation"));
            // The header forgets.
            scan.grid.affine = Affine::IDENTITY;
        }
        let verdict = case.says(Check::Upright, Level::Doubtful, None);
        assert!(verdict.words.contains(words), "{stored}: {verdict:?}");
    }
}

#[test]
fn a_header_that_says_nothing_is_a_guess() {
    let mut case = Case::sample();
    for sequence in Sequence::ALL {
        case.scan(sequence).info.affine_source = AffineSource::Neither;
    }
    let verdict = case.says(Check::Geometry, Level::Note, Some(T1ce));
    assert!(verdict.words.contains("orientation"), "{verdict:?}");
    let mut case = Case::sample();
    case.scan(T2).info.affine_source = AffineSource::Neither;
    case.says(Check::Geometry, Level::Doubtful, Some(T2));
}

#[test]
fn thick_planes_holes_and_bias_are_no_faults() {
    let mut case = Case::sample();
    let scan = &mut case.scan(Flair).volume;
    *scan = thick(scan, 6);
    let brightness = |[x, y, _]: [usize; 3], v: f32| v * (0.8 + 0.4 * (x + y) as f32 / 480.0);
    fill(&mut case.scan(T1).volume, brightness);
    fill(
        &mut case.scan(T2).volume,
        |_, v| if v < 150.0 { 0.0 } else { v },
    );
    let said = case.said();
    assert!(said.iter().all(|v| v.level < Level::Doubtful), "{said:#?}");
}

#[test]
fn fewer_scans_are_checked_as_well() {
    let mut case = Case::sample();
    case.0[T2.channel()] = None;
    assert_eq!(case.said(), []);
    case.exchange(Flair, T1);
    case.says(Check::Sequence, Level::Doubtful, None);
    let mut alone = Case::sample();
    for sequence in [Flair, T1, T2] {
        alone.0[sequence.channel()] = None;
    }
    assert_eq!(alone.said(), []);
}

/// Nothing but its mask says that it is of this head.
#[test]
fn noise_inside_the_right_mask_is_doubted_by_name() {
    let mut case = Case::sample();
    let mut state = 7_u32;
    for value in case
        .values(Sequence::Flair)
        .iter_mut()
        .filter(|v| **v != 0.0)
    {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *value = 50.0 + (state >> 24) as f32;
    }
    let said = case.says(Check::Related, Level::Doubtful, Some(Sequence::Flair));
    assert!(said.words.contains("nothing of"), "{}", said.words);
}
