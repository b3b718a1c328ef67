//! The labels' names and colours, and how they lie over a scan.

use mts_unet::report::LABEL_COLOURS;

/// A label as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its number in the label map.
    pub value: u8,
    /// Its name in the legend.
    pub name: &'static str,
    /// Red, green, blue.
    pub colour: [u8; 3],
}

/// BraTS 2023's labels.
pub const LABELS: [Label; 3] = [
    Label {
        value: 1,
        name: "Non-enhancing core",
        colour: LABEL_COLOURS[0],
    },
    Label {
        value: 2,
        name: "Oedema or infiltration",
        colour: LABEL_COLOURS[1],
    },
    Label {
        value: 3,
        name: "Enhancing tumour",
        colour: LABEL_COLOURS[2],
    },
];

/// The colour of the brain's outline: none of the labels'.
pub const OUTLINE: [u8; 3] = [0x00, 0xd0, 0x90];

/// Which labels are shown and how strongly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlay {
    /// 0 shows the scan alone, 1 the labels alone.
    pub opacity: f32,
    /// In the order of [`LABELS`].
    pub visible: [bool; 3],
    /// The brain's edge is drawn.
    pub outline: bool,
}

impl Default for Overlay {
    fn default() -> Self {
        Self {
            opacity: 0.45,
            visible: [true; 3],
            outline: false,
        }
    }
}

impl Overlay {
    /// The colour to lay over a voxel; `None` for background, hidden and unknown labels.
    #[must_use]
    pub fn colour(&self, label: u8) -> Option<[u8; 3]> {
        let at = usize::from(label.checked_sub(1)?);
        (*self.visible.get(at)? && self.opacity > 0.0).then(|| LABELS[at].colour)
    }
}
