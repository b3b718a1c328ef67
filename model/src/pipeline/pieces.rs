//! Small pieces of tumour far from the rest: where a network is wrong, it is wrong in crumbs.

use imaging::{LabelMap, Mask, brain};

/// Takes away the pieces of tumour, of whatever kinds, that are smaller than `part` of the largest, and
/// says so.
pub(super) fn leave_out_small(labels: &mut LabelMap, part: f64) -> Option<String> {
    if part <= 0.0 {
        return None;
    }
    let mut tumour = Mask {
        grid: labels.grid,
        data: labels.data.iter().map(|&label| label > 0).collect(),
    };
    let before = tumour.volume_ml();
    let pieces = brain::drop_small(&mut tumour, part);
    for (label, stays) in labels.data.iter_mut().zip(&tumour.data) {
        if !stays {
            *label = 0;
        }
    }
    let (noun, verb) = if pieces == 1 {
        ("piece", "was")
    } else {
        ("pieces", "were")
    };
    (pieces > 0).then(|| {
        format!(
            "{pieces} {noun} of less than {:.0} % of the largest {verb} left out, {:.1} mL in all.",
            100.0 * part,
            before - tumour.volume_ml()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use imaging::{Affine, Grid, RasPoint, VoxelIndex};

    #[test]
    fn a_crumb_goes_with_its_kinds_and_the_rest_stays() {
        let grid = Grid {
            dims: [9, 8, 7],
            affine: Affine::axis_aligned([10.0, 10.0, 5.0], RasPoint([0.0; 3])),
        };
        let mut labels = LabelMap {
            grid,
            data: vec![0; grid.dims.iter().product()],
        };
        let mut set = |at: [usize; 3], label: u8| {
            labels.data[grid.offset_of(VoxelIndex(at))] = label;
        };
        for x in 0..9 {
            set([x, 1, 1], 1 + (x % 3) as u8);
        }
        set([8, 7, 6], 3);
        let before = labels.clone();
        assert_eq!(leave_out_small(&mut labels, 0.0), None);
        assert_eq!(leave_out_small(&mut labels, 0.1), None);
        assert_eq!(labels, before);
        let note = leave_out_small(&mut labels, 0.2).expect("a note");
        assert_eq!(
            note,
            "1 piece of less than 20 % of the largest was left out, 0.5 mL in all."
        );
        let gone = grid.offset_of(VoxelIndex([8, 7, 6]));
        for at in 0..labels.data.len() {
            let expected = if at == gone { 0 } else { before.data[at] };
            assert_eq!(labels.data[at], expected);
        }
    }
}
