//! The brain mask of stripped scans, and whether scans are stripped.

mod support;

use imaging::brain::{self, SkullVerdict};
use imaging::{Affine, Grid, ImagingError, Mask, RasPoint, Volume, VoxelIndex, reorient};
use std::collections::VecDeque;
use support::{Random, painted};

fn grid(dims: [usize; 3]) -> Grid {
    Grid {
        dims,
        affine: Affine::axis_aligned([1.0, 1.5, 2.0], RasPoint([0.0; 3])),
    }
}

/// Which pieces there are, by flooding voxel after voxel: for each voxel of `value`, its piece.
fn pieces(data: &[bool], grid: &Grid, value: bool) -> Vec<Vec<usize>> {
    let mut seen = vec![false; data.len()];
    let mut found = Vec::new();
    for start in 0..data.len() {
        if seen[start] || data[start] != value {
            continue;
        }
        let mut piece = Vec::new();
        let mut queue = VecDeque::from([start]);
        seen[start] = true;
        while let Some(offset) = queue.pop_front() {
            piece.push(offset);
            let at = grid.index_of(offset).0;
            for axis in 0..3 {
                for up in [false, true] {
                    let mut next = at;
                    next[axis] = if up {
                        at[axis] + 1
                    } else {
                        at[axis].wrapping_sub(1)
                    };
                    if next[axis] >= grid.dims[axis] {
                        continue;
                    }
                    let next = grid.offset_of(VoxelIndex(next));
                    if !seen[next] && data[next] == value {
                        seen[next] = true;
                        queue.push_back(next);
                    }
                }
            }
        }
        found.push(piece);
    }
    found
}

fn twin(volume: &Volume) -> Vec<bool> {
    let grid = &volume.grid;
    let above: Vec<bool> = volume.data.iter().map(|v| *v > 0.0).collect();
    let mut kept = vec![false; above.len()];
    let all = pieces(&above, grid, true);
    // The first of the largest: `max_by_key` would take the last.
    let largest = all.iter().rev().max_by_key(|p| p.len()).expect("something");
    for offset in largest {
        kept[*offset] = true;
    }
    for piece in pieces(&kept, grid, false) {
        let reaches = piece.iter().any(|offset| {
            let at = grid.index_of(*offset).0;
            (0..3).any(|a| at[a] == 0 || at[a] + 1 == grid.dims[a])
        });
        if !reaches {
            for offset in piece {
                kept[offset] = true;
            }
        }
    }
    kept
}

#[test]
fn noise_of_any_density_gives_what_plain_flooding_gives() {
    let mut random = Random(1);
    let mut holes = 0;
    for density in [0.05, 0.25, 0.32, 0.4, 0.6, 0.8, 0.93] {
        for dims in [[9, 7, 11], [1, 8, 8], [16, 3, 5], [5, 1, 1]] {
            let g = grid(dims);
            let mut data: Vec<f32> = (0..g.voxel_count())
                .map(|_| f32::from(u8::from(random.unit() < density)))
                .collect();
            data[0] = 1.0;
            let v = Volume { grid: g, data };
            let mask = brain::mask(&[&v]).expect("something");
            let expected = twin(&v);
            assert_eq!(mask.data, expected, "{density} {dims:?}");
            holes += expected
                .iter()
                .zip(&v.data)
                .filter(|(m, v)| **m && **v == 0.0)
                .count();
        }
    }
    assert!(holes > 20, "the noise had {holes} hole voxels to fill");
}

/// An ellipsoid brain of value 100 with an empty ventricle, ringing of both signs around it, and a
/// piece that does not belong to it.
fn brain_like(shift: f64) -> Volume {
    let ellipsoid = move |p: [f64; 3], r: [f64; 3]| {
        let q = [p[0] - 20.0 - shift, p[1] - 24.0, p[2] - 28.0];
        (0..3).map(|a| (q[a] / r[a]).powi(2)).sum::<f64>() <= 1.0
    };
    painted(grid([41, 33, 29]), move |p| {
        if ellipsoid(p, [3.0, 4.0, 5.0]) {
            0.0
        } else if ellipsoid(p, [10.0, 14.0, 17.0]) {
            if p[0] > 20.0 { 100.0 } else { -100.0 }
        } else if p[0] < 3.0 && p[1] < 3.0 && p[2] < 4.0 {
            50.0
        } else {
            0.09 * (p[0] * 7.0 + p[1]).sin()
        }
    })
}

#[test]
fn ringing_specks_and_ventricles_are_told_from_brain() {
    let v = brain_like(0.0);
    let mask = brain::mask(&[&v]).expect("a brain");
    let volume = std::f64::consts::PI * 4.0 / 3.0 * 10.0 * 14.0 * 17.0 / 1000.0;
    assert!(
        (mask.volume_ml() / volume - 1.0).abs() < 0.05,
        "{}",
        mask.volume_ml()
    );
    assert_eq!(mask.get(VoxelIndex([20, 16, 14])), Some(true), "ventricle");
    assert_eq!(mask.get(VoxelIndex([0, 0, 0])), Some(false), "speck");
    assert_eq!(brain::skull(&mask), SkullVerdict::Stripped);
}

#[test]
fn the_mask_is_the_union_of_the_sequences() {
    let (a, b) = (brain_like(0.0), brain_like(4.0));
    let both = brain::mask(&[&a, &b]).expect("a brain");
    let (a, b) = (
        brain::mask(&[&a]).expect("a"),
        brain::mask(&[&b]).expect("b"),
    );
    for i in 0..both.data.len() {
        assert_eq!(both.data[i], a.data[i] || b.data[i]);
    }
    assert!(both.count() > a.count());
}

#[test]
fn masks_of_nothing_are_errors() {
    assert_eq!(brain::mask(&[]), Err(ImagingError::NoVolume));
    let empty = Volume::filled(grid([4, 5, 6]), 0.0);
    assert_eq!(brain::mask(&[&empty]), Err(ImagingError::NoBrain));
    let other = Volume::filled(grid([4, 5, 7]), 1.0);
    let error = brain::mask(&[&empty, &other]).expect_err("two grids");
    assert!(matches!(error, ImagingError::GridMismatch { .. }));
}

#[test]
fn one_voxel_on_any_face_but_the_lower_is_a_border() {
    let g = grid([20, 21, 22]);
    for axis in 0..3 {
        for end in [0, g.dims[axis] - 1] {
            let mut at = [10; 3];
            let mut m = Mask::filled(g, false);
            m.data[g.offset_of(VoxelIndex(at))] = true;
            assert!(!brain::skull(&m).is_on());
            at[axis] = end;
            m.data[g.offset_of(VoxelIndex(at))] = true;
            let expected = if (axis, end) == (2, 0) {
                SkullVerdict::Stripped
            } else {
                SkullVerdict::TouchesBorder { voxels: 1 }
            };
            assert_eq!(brain::skull(&m), expected, "{axis} {end}");
        }
    }
}

#[test]
fn the_lower_face_may_be_cut_by_a_brainstem_but_not_by_a_neck() {
    let upright = grid([60, 60, 60]);
    for orientation in ["RAS", "LPI", "SRP", "AIL"] {
        // 1 mm × 1.5 mm voxels: a brainstem of 45 cm², a neck of 54 cm².
        for (wide, is_on) in [(50, false), (60, true)] {
            let mut m = Mask::filled(upright, false);
            for j in 0..60 {
                for i in 0..wide {
                    m.data[upright.offset_of(VoxelIndex([i, j, 0]))] = true;
                }
            }
            // Off the other faces: only the lower one is in question.
            let margin = m.window([-2, -2, 0], [64, 64, 62], false);
            let turned = reorient(&margin, orientation.parse().expect("an orientation"));
            assert_eq!(brain::skull(&turned).is_on(), is_on, "{orientation} {wide}");
        }
    }
}

#[test]
fn more_than_35_percent_is_too_much_for_a_brain() {
    let g = grid([10, 10, 10]);
    let mut m = Mask::filled(g, false);
    // 7×7×7 = 34.3 %, away from the border; then one more slice's worth.
    for k in 1..8 {
        for j in 1..8 {
            for i in 1..8 {
                m.data[g.offset_of(VoxelIndex([i, j, k]))] = true;
            }
        }
    }
    assert_eq!(brain::skull(&m), SkullVerdict::Stripped);
    for j in 1..8 {
        m.data[g.offset_of(VoxelIndex([8, j, 4]))] = true;
        m.data[g.offset_of(VoxelIndex([8, j, 5]))] = true;
    }
    let verdict = brain::skull(&m);
    assert!(matches!(verdict, SkullVerdict::FillsVolume { .. }));
    assert!(verdict.to_string().contains("36 %"), "{verdict}");
}

#[test]
fn a_brain_cropped_to_its_box_is_stripped_but_a_head_or_a_slab_is_not() {
    // An ellipsoid that meets the faces of its box, `cut` voxels of it cut off at both ends of z.
    let ellipsoid = |dims: [usize; 3], cut: usize| {
        let affine = Affine::axis_aligned([1.0; 3], RasPoint([0.0; 3]));
        let g = Grid {
            dims: [dims[0], dims[1], dims[2] - 2 * cut],
            affine,
        };
        let mut m = Mask::filled(g, false);
        for offset in 0..m.data.len() {
            let mut at = g.index_of(offset).0;
            at[2] += cut;
            let r = |a: usize| {
                let half = dims[a] as f64 / 2.0;
                ((at[a] as f64 + 0.5 - half) / half).powi(2)
            };
            m.data[offset] = r(0) + r(1) + r(2) < 1.0;
        }
        m
    };
    let verdict = |dims, cut| brain::skull(&ellipsoid(dims, cut));
    assert_eq!(verdict([136, 176, 132], 0), SkullVerdict::Stripped);
    assert_eq!(verdict([136, 176, 132], 2), SkullVerdict::Stripped);
    assert!(verdict([190, 240, 230], 0).is_on(), "a head of 5.5 L");
    assert!(verdict([190, 240, 230], 90).is_on(), "1.9 L of a head");
}

#[test]
fn pieces_smaller_than_a_part_of_the_largest_are_dropped() {
    let g = grid([12, 9, 7]);
    let mut m = Mask::filled(g, false);
    let mut piece = |from: [usize; 3], length: usize| {
        for i in 0..length {
            m.data[g.offset_of(VoxelIndex([from[0] + i, from[1], from[2]]))] = true;
        }
    };
    piece([1, 1, 1], 10);
    piece([2, 5, 3], 5);
    piece([0, 8, 6], 4);
    piece([11, 4, 0], 1);
    let before = m.clone();
    assert_eq!(brain::drop_small(&mut m, 0.0), 0);
    assert_eq!(m, before);
    // Exactly half of the largest stays.
    assert_eq!(brain::drop_small(&mut m, 0.5), 2);
    assert_eq!(m.count(), 15);
    assert_eq!(m.get(VoxelIndex([4, 5, 3])), Some(true));
    assert_eq!(m.get(VoxelIndex([0, 8, 6])), Some(false));
    assert_eq!(brain::drop_small(&mut Mask::filled(g, false), 0.5), 0);
}
