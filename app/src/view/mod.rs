//! What the viewer draws, without the drawing: planes, windows, overlays, pixels.

mod data;
mod ends;
mod look;
mod overlay;
mod paint;
mod place;
mod plane;
mod window;

pub use data::{ShowError, Shown};
pub use ends::{Ends, background};
pub use look::{content, first_look};
pub use overlay::{LABELS, Label, OUTLINE, Overlay};
pub use paint::paint;
pub use place::{Place, SplitPoint};
pub use plane::{Plane, Side, SliceMap};
pub use window::Window;

/// All that decides how the three views look; the renderer gets it whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scene {
    /// The voxel under the crosshair.
    pub cross: [usize; 3],
    /// Which side of the patient is on the screen's left.
    pub side: Side,
    /// Which sequence is shown.
    pub sequence: imaging::Sequence,
    /// Grey values of that sequence.
    pub window: Window,
    /// What lies over it.
    pub overlay: Overlay,
}
