//! Surface distances against looking at every pair, and phantoms whose HD95 is known.

use imaging::{Affine, Grid, LabelMap, Mask, RasPoint, VoxelIndex};
use mts_unet::metrics::{ABSENT_HD95_MM, Region, hd95_mm, surface_distances_mm};

fn mask(dims: [usize; 3], spacing_mm: [f64; 3], inside: impl Fn([usize; 3]) -> bool) -> Mask {
    let affine = Affine::axis_aligned(spacing_mm, RasPoint([0.0; 3]));
    let mut mask = Mask::filled(Grid { dims, affine }, false);
    for offset in 0..mask.data.len() {
        mask.data[offset] = inside(mask.grid.index_of(offset).0);
    }
    mask
}

/// Surface voxels, by asking each face's neighbour.
fn surface(mask: &Mask) -> Vec<[usize; 3]> {
    let value = |index: [isize; 3]| {
        let inside = index.iter().all(|i| *i >= 0);
        inside && mask.get(VoxelIndex(index.map(|i| i as usize))) == Some(true)
    };
    (0..mask.data.len())
        .map(|offset| mask.grid.index_of(offset).0)
        .filter(|at| {
            let at = at.map(|i| i as isize);
            let neighbours = (0..3).flat_map(|axis| {
                [-1, 1].map(|step| {
                    let mut to = at;
                    to[axis] += step;
                    to
                })
            });
            value(at) && neighbours.into_iter().any(|to| !value(to))
        })
        .collect()
}

/// Distances of every surface voxel of `a` to the nearest of `b`, O(n²).
fn distances_by_pairs(a: &Mask, b: &Mask) -> Vec<f64> {
    let spacing = a.grid.spacing_mm();
    let (a, b) = (surface(a), surface(b));
    a.iter()
        .map(|p| {
            let square = |q: &[usize; 3]| -> f64 {
                (0..3)
                    .map(|i| ((p[i] as f64 - q[i] as f64) * spacing[i]).powi(2))
                    .sum()
            };
            b.iter().map(square).fold(f64::INFINITY, f64::min).sqrt()
        })
        .collect()
}

/// Two lumpy bodies that touch the grid's faces, with holes.
fn lumps(spacing: [f64; 3]) -> [Mask; 2] {
    [0.0, 1.3].map(|phase| {
        mask([13, 11, 9], spacing, |[x, y, z]| {
            let wave = (x as f64 * 0.9 + phase).sin() + (y as f64 * 0.7).cos();
            wave + (z as f64 * 1.1 - phase).sin() > 0.3
        })
    })
}

#[test]
fn the_distance_transform_gives_what_pairs_give() {
    let [a, b] = lumps([0.8, 1.0, 5.5]);
    let found = surface_distances_mm(&a, &b).unwrap().expect("not empty");
    for (found, expected) in found
        .iter()
        .zip([distances_by_pairs(&a, &b), distances_by_pairs(&b, &a)])
    {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9);
        }
    }
}

#[test]
fn a_shifted_box_is_as_far_as_it_was_shifted() {
    // Boxes of 4 voxels; a shift of one voxel along z is 5 mm there. Of each box's 56 surface voxels,
    // the 16 at the one end are a shift away and the 4 in the middle of the other end lie inside the
    // other box, one voxel of the x axis below its surface; so the 95th percentile is the shift.
    let spacing = [1.0, 2.0, 5.0];
    let block = |from: usize| {
        mask([6, 6, 12], spacing, move |[x, y, z]| {
            (1..5).contains(&x) && (1..5).contains(&y) && (from..from + 4).contains(&z)
        })
    };
    assert_eq!(hd95_mm(&block(2), &block(2)).unwrap(), 0.0);
    assert_eq!(hd95_mm(&block(2), &block(3)).unwrap(), 5.0);
    assert_eq!(hd95_mm(&block(2), &block(4)).unwrap(), 10.0);
    assert_eq!(hd95_mm(&block(4), &block(2)).unwrap(), 10.0);
}

#[test]
fn hd95_is_the_larger_direction_as_scipy_and_numpy_reckon_it() {
    // MONAI's steps in other people's code, on voxels that are not alike and bodies that are not alike:
    //   x, y, z = np.indices((20, 22, 12)); spacing = (0.9, 1.2, 3.0)
    //   edges = lambda m: m ^ ndimage.binary_erosion(m)
    //   d = lambda p, q: ndimage.distance_transform_edt(~edges(q), sampling=spacing)[edges(p)]
    //   np.percentile(d(a, b), 95), np.percentile(d(b, a), 95)
    let spacing = [0.9, 1.2, 3.0];
    let square = |i: usize, middle: usize| i.abs_diff(middle).pow(2);
    let a = mask([20, 22, 12], spacing, |[x, y, z]| {
        4 * square(x, 8) + 3 * square(y, 9) + 9 * square(z, 5) <= 144
    });
    // With a second piece that lies on two faces of the grid.
    let b = mask([20, 22, 12], spacing, |[x, y, z]| {
        5 * square(x, 10) + 2 * square(y, 11) + 12 * square(z, 6) <= 160
            || ((15..19).contains(&x) && y < 3 && z < 4)
    });
    assert_eq!((a.count(), b.count()), (669, 837));
    let [there, back] = surface_distances_mm(&a, &b).unwrap().expect("not empty");
    assert_eq!((there.len(), back.len()), (290, 394));
    // There 3.6598718891167232, back 8.469356528095862; pooled it would be 6.676511694871316.
    for found in [hd95_mm(&a, &b).unwrap(), hd95_mm(&b, &a).unwrap()] {
        assert!((found - 8.469_356_528_095_862).abs() < 1e-9, "{found}");
    }
}

#[test]
fn single_voxels_are_their_distance_apart() {
    let spacing = [1.0, 1.5, 4.0];
    let voxel = |at: [usize; 3]| mask([8, 8, 8], spacing, move |i| i == at);
    let far = hd95_mm(&voxel([1, 2, 3]), &voxel([4, 4, 4])).unwrap();
    assert!((far - (9.0_f64 + 9.0 + 16.0).sqrt()).abs() < 1e-12);
}

#[test]
fn five_percent_of_the_surface_may_be_anywhere() {
    // A sheet is all surface. One voxel of 101 is 40 mm off: beyond the 95th percentile; six are not.
    let sheet = |stray: usize| {
        mask([102, 1, 21], [1.0, 1.0, 2.0], move |[x, _, z]| {
            (x < 101 - stray && z == 0) || ((101 - stray..101).contains(&x) && z == 20)
        })
    };
    assert_eq!(hd95_mm(&sheet(0), &sheet(0)).unwrap(), 0.0);
    let one = hd95_mm(&sheet(0), &sheet(1)).unwrap();
    assert!(one <= 1.0, "{one}");
    assert!(hd95_mm(&sheet(0), &sheet(6)).unwrap() >= 40.0);
}

#[test]
fn empty_masks_follow_brats() {
    let empty = mask([4, 4, 4], [1.0; 3], |_| false);
    let full = mask([4, 4, 4], [1.0; 3], |_| true);
    assert_eq!(hd95_mm(&empty, &empty).unwrap(), 0.0);
    assert_eq!(hd95_mm(&empty, &full).unwrap(), ABSENT_HD95_MM);
    assert_eq!(hd95_mm(&full, &empty).unwrap(), ABSENT_HD95_MM);
    let other = mask([4, 4, 4], [2.0; 3], |_| true);
    assert!(hd95_mm(&full, &other).is_err());
}

#[test]
fn regions_are_scored_with_their_volumes() {
    let grid = mask([4, 1, 1], [10.0; 3], |_| false).grid;
    let labels = |data: [u8; 4]| LabelMap {
        grid,
        data: data.to_vec(),
    };
    let (found, truth) = (labels([2, 2, 1, 0]), labels([0, 2, 2, 0]));
    let whole = Region::Wt.score(&found, &truth).unwrap();
    assert_eq!(whole.dice, 0.8);
    assert_eq!((whole.found_ml, whole.truth_ml), (3.0, 2.0));
    let core = Region::Tc.score(&found, &truth).unwrap();
    assert_eq!((core.dice, core.hd95_mm), (0.0, ABSENT_HD95_MM));
    let enhancing = Region::Et.score(&found, &truth).unwrap();
    assert_eq!((enhancing.dice, enhancing.hd95_mm), (1.0, 0.0));
}
