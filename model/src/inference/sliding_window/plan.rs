//! Where the windows lie: pure arithmetic, known before anything runs.

use super::SlidingWindow;

/// The windows over one volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowPlan {
    /// The volume's edges, padded to at least the window's.
    pub padded: [usize; 3],
    /// Zeros before and after each axis, half each; the odd one after.
    pub padding: [(usize, usize); 3],
    /// First voxel of each window in the padded volume; z varies fastest.
    pub positions: Vec<[usize; 3]>,
}

impl SlidingWindow {
    /// Where the windows lie over a volume of `dims` voxels (MONAI's `dense_patch_slices`): steps
    /// of window × (1 − overlap), rounded down; the last window of an axis is moved back to end
    /// with the volume.
    #[must_use]
    pub fn plan(&self, dims: [usize; 3]) -> WindowPlan {
        let mut padded = dims;
        let mut padding = [(0, 0); 3];
        let mut starts = [const { Vec::new() }; 3];
        for axis in 0..3 {
            let missing = self.window[axis].saturating_sub(dims[axis]);
            padded[axis] += missing;
            padding[axis] = (missing / 2, missing - missing / 2);
            starts[axis] = self.starts(axis, padded[axis]);
        }
        let [x, y, z] = &starts;
        let mut positions = Vec::with_capacity(x.len() * y.len() * z.len());
        for &x in x {
            for &y in y {
                positions.extend(z.iter().map(|&z| [x, y, z]));
            }
        }
        WindowPlan {
            padded,
            padding,
            positions,
        }
    }

    fn starts(&self, axis: usize, edge: usize) -> Vec<usize> {
        let window = self.window[axis];
        let step = ((window as f64 * (1.0 - self.overlap)) as usize).clamp(1, window.max(1));
        let last = edge - window;
        let mut starts: Vec<usize> = (0..last).step_by(step).collect();
        starts.push(last);
        starts
    }
}

impl WindowPlan {
    /// Bytes of the largest buffer that running it needs: the sum of `channels` predictions. None
    /// is needed where one window covers all.
    #[must_use]
    pub fn accumulator_bytes(&self, channels: usize) -> u64 {
        match self.positions.len() {
            0 | 1 => 0,
            _ => self.padded.iter().map(|&edge| edge as u64).product::<u64>() * channels as u64 * 4,
        }
    }

    /// The part of the padded volume that is the volume itself.
    pub(super) fn inner(&self, axis: usize) -> std::ops::Range<usize> {
        self.padding[axis].0..self.padded[axis] - self.padding[axis].1
    }
}
