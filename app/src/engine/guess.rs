//! What a scan is taken for when it is loaded: by its name, and by its voxels where they are labels.

use imaging::recognise::{Kind, Named, is_label_map, read_name};
use imaging::{Sequence, Volume};

/// The sequence that the names of its files say, or the other kind of picture that it is. Voxels that are labels
/// outweigh any name.
#[must_use]
pub fn guess(names: &[String], volume: &Volume) -> (Option<Sequence>, Option<Kind>) {
    if is_label_map(&volume.data, volume.grid.dims) {
        return (None, Some(Kind::Mask));
    }
    let mut said = names.iter().map(|name| read_name(name));
    let said = said.find(|said| *said != Named::Unknown);
    said.map_or((None, None), |said| (said.sequence(), said.aside()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use imaging::{Affine, Grid, RasPoint};

    fn volume(value: impl Fn(usize) -> f32) -> Volume {
        let affine = Affine::axis_aligned([1.0; 3], RasPoint([0.0; 3]));
        let dims = [8, 8, 8];
        let grid = Grid { dims, affine };
        Volume {
            grid,
            data: (0..512).map(value).collect(),
        }
    }

    #[test]
    fn labels_are_a_mask_whatever_they_are_called() {
        let labels = volume(|at| f32::from(u8::from(at > 300)));
        let names = ["t2.nii.gz".to_owned()];
        assert_eq!(guess(&names, &labels), (None, Some(Kind::Mask)));
        let scan = volume(|at| at as f32 * 1.5);
        assert_eq!(guess(&names, &scan), (Some(Sequence::T2), None));
    }

    #[test]
    fn the_first_name_that_says_something_counts() {
        let scan = volume(|at| at as f32 * 1.5);
        let names = ["T2/x.hdr".to_owned(), "T2/x_adc.img".to_owned()];
        assert_eq!(guess(&names, &scan), (None, Some(Kind::Diffusion)));
        assert_eq!(guess(&names[..1], &scan), (None, None));
    }
}
