//! The voxels on display: four sequences and the labels on one grid, turned to RAS.

use imaging::Sequence;

use crate::protocol::{DisplayGrid, Scale};

use super::Window;

/// What the viewer shows.
#[derive(Clone, Debug)]
pub struct Shown {
    grid: DisplayGrid,
    scales: [Scale; 4],
    sequences: [Vec<u16>; 4],
    labels: Vec<u8>,
    brain: Vec<u8>,
}

/// Voxels that do not make a display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShowError {
    /// A volume has another number of voxels than the grid.
    WrongLength,
    /// The grid has no voxels, or no size in millimetres.
    EmptyGrid,
}

impl Shown {
    /// Takes voxels over, x fastest on `grid`; sequences in the order of [`Sequence::ALL`], an absent
    /// one empty; the brain, 1 inside, may be empty too.
    ///
    /// # Errors
    /// If a volume does not fill the grid, there is none, or the grid is empty.
    pub fn new(
        grid: DisplayGrid,
        scales: [Scale; 4],
        sequences: [Vec<u16>; 4],
        labels: Vec<u8>,
        brain: Vec<u8>,
    ) -> Result<Self, ShowError> {
        let voxels: usize = grid.dims.iter().product();
        if voxels == 0 || grid.spacing_mm.iter().any(|mm| *mm <= 0.0) {
            return Err(ShowError::EmptyGrid);
        }
        let fits = |s: &Vec<u16>| s.is_empty() || s.len() == voxels;
        let none = sequences.iter().all(Vec::is_empty);
        let brain_fits = brain.is_empty() || brain.len() == voxels;
        if labels.len() != voxels || none || !brain_fits || !sequences.iter().all(fits) {
            return Err(ShowError::WrongLength);
        }
        Ok(Self {
            grid,
            scales,
            sequences,
            labels,
            brain,
        })
    }

    /// Its grid.
    #[must_use]
    pub fn grid(&self) -> DisplayGrid {
        self.grid
    }

    /// The labels.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// Whether a voxel is in the brain; nowhere, where that is not known.
    #[must_use]
    pub fn is_brain(&self, at: usize) -> bool {
        self.brain.get(at).is_some_and(|inside| *inside != 0)
    }

    /// Whether a sequence is there.
    #[must_use]
    pub fn has(&self, sequence: Sequence) -> bool {
        !self.sequences[sequence.channel()].is_empty()
    }

    /// Stored numbers of a sequence that is there, and how they become values.
    #[must_use]
    pub fn sequence(&self, sequence: Sequence) -> (&[u16], Scale) {
        let at = sequence.channel();
        (&self.sequences[at], self.scales[at])
    }

    /// The window to start with.
    #[must_use]
    pub fn window(&self, sequence: Sequence) -> Window {
        let scale = self.scales[sequence.channel()];
        Window::between(scale.dark, scale.bright)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A display whose stored numbers count the voxels, with labels as given.
    pub(crate) fn counting(dims: [usize; 3], labels: &[(usize, u8)]) -> Shown {
        let voxels = dims.iter().product::<usize>();
        let scale = Scale {
            slope: 2.0,
            intercept: -10.0,
            dark: -10.0,
            bright: 2.0 * voxels as f32 - 10.0,
        };
        let mut map = vec![0; voxels];
        for (at, label) in labels {
            map[*at] = *label;
        }
        let count: Vec<u16> = (0..voxels as u16).collect();
        let grid = DisplayGrid {
            dims,
            spacing_mm: [1.0; 3],
            content: ([0; 3], dims),
            first_look: [0; 3],
        };
        Shown::new(
            grid,
            [scale; 4],
            std::array::from_fn(|_| count.clone()),
            map,
            Vec::new(),
        )
        .expect("fits")
    }

    impl Shown {
        /// With the brain as given.
        pub(crate) fn with_brain(mut self, brain: Vec<u8>) -> Self {
            self.brain = brain;
            self
        }
    }

    #[test]
    fn volumes_of_another_size_are_refused() {
        let ok = counting([2, 2, 2], &[]);
        let short = Shown::new(ok.grid, ok.scales, ok.sequences.clone(), vec![0; 7], vec![]);
        assert_eq!(short.err(), Some(ShowError::WrongLength));
        let none = Shown::new(ok.grid, ok.scales, Default::default(), vec![0; 8], vec![]);
        assert_eq!(none.err(), Some(ShowError::WrongLength));
        let mut three = ok.sequences.clone();
        three[Sequence::T2.channel()].clear();
        let three =
            Shown::new(ok.grid, ok.scales, three, vec![0; 8], vec![1; 8]).expect("T2 may lack");
        assert!(three.has(Sequence::T1) && !three.has(Sequence::T2));
        let flat = DisplayGrid {
            dims: [2, 2, 0],
            ..ok.grid
        };
        let empty = Shown::new(flat, ok.scales, ok.sequences, vec![], vec![]);
        assert_eq!(empty.err(), Some(ShowError::EmptyGrid));
    }
}
