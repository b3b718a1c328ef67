//! Where to look: the box that holds the head, and the slice that holds most of the tumour.

/// The smallest box around the voxels of which `shows` holds, widened by a fortieth a side: first
/// voxel and voxels along x, y, z. Everything, where it holds nowhere.
#[must_use]
pub fn content(dims: [usize; 3], shows: impl Fn(usize) -> bool) -> ([usize; 3], [usize; 3]) {
    let (mut low, mut high) = ([usize::MAX; 3], [0; 3]);
    for row in 0..dims[1] * dims[2] {
        let first = row * dims[0];
        let Some(left) = (0..dims[0]).find(|x| shows(first + x)) else {
            continue;
        };
        let right = (left..dims[0]).rfind(|x| shows(first + x)).unwrap_or(left);
        let (y, z) = (row % dims[1], row / dims[1]);
        for (axis, (a, b)) in [(left, right), (y, y), (z, z)].into_iter().enumerate() {
            low[axis] = low[axis].min(a);
            high[axis] = high[axis].max(b);
        }
    }
    if low[0] == usize::MAX {
        return ([0; 3], dims);
    }
    let first = [0, 1, 2].map(|axis| low[axis].saturating_sub(dims[axis] / 40));
    let size = [0, 1, 2].map(|axis| {
        let end = (high[axis] + 1 + dims[axis] / 40).min(dims[axis]);
        end - first[axis]
    });
    (first, size)
}

/// The axial, coronal and sagittal slice with the most labelled voxels, or the middle where nothing
/// is labelled.
#[must_use]
pub fn first_look(dims: [usize; 3], labels: &[u8]) -> [usize; 3] {
    let mut counts = dims.map(|n| vec![0u32; n]);
    for (row, voxels) in labels.chunks_exact(dims[0]).enumerate() {
        let (y, z) = (row % dims[1], row / dims[1]);
        for (x, label) in voxels.iter().enumerate() {
            if *label != 0 {
                counts[0][x] += 1;
                counts[1][y] += 1;
                counts[2][z] += 1;
            }
        }
    }
    std::array::from_fn(|axis| {
        let most = counts[axis].iter().max().copied().unwrap_or(0);
        if most == 0 {
            return dims[axis] / 2;
        }
        (counts[axis].iter().position(|n| *n == most)).unwrap_or(dims[axis] / 2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// dims 4, 5, 6: offsets x + 4y + 20z.
    fn at(x: usize, y: usize, z: usize) -> usize {
        x + 4 * y + 20 * z
    }

    #[test]
    fn the_first_look_is_where_most_of_the_tumour_is() {
        let mut labels = vec![0; 120];
        assert_eq!(first_look([4, 5, 6], &labels), [2, 2, 3]);
        for (place, label) in [(at(1, 2, 4), 2), (at(3, 2, 4), 1), (at(3, 0, 5), 3)] {
            labels[place] = label;
        }
        assert_eq!(first_look([4, 5, 6], &labels), [3, 2, 4]);
    }

    #[test]
    fn the_content_is_boxed_on_every_side() {
        let inside = [at(1, 4, 2), at(2, 1, 3), at(3, 2, 5)];
        let found = content([4, 5, 6], |place| inside.contains(&place));
        assert_eq!(found, ([1, 1, 2], [3, 4, 4]));
        assert_eq!(content([4, 5, 6], |_| false), ([0; 3], [4, 5, 6]));
    }

    #[test]
    fn a_large_box_gets_a_margin_that_stays_inside() {
        let found = content([100, 1, 1], |place| (1..50).contains(&place));
        assert_eq!(found, ([0, 0, 0], [52, 1, 1]));
    }
}
