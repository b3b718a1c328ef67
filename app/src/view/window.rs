//! Window and level: which values are black, which white.

/// Values shown black and white; what lies between is grey in proportion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The value in the middle.
    pub level: f32,
    /// From black to white; never 0.
    pub width: f32,
}

impl Window {
    /// From its two ends.
    #[must_use]
    pub fn between(dark: f32, bright: f32) -> Self {
        Self {
            level: f32::midpoint(dark, bright),
            width: (bright - dark).max(f32::MIN_POSITIVE),
        }
    }

    /// This window after a drag. To the right widens it, down lowers the level and so brightens, as
    /// on a workstation. `right` and `down` are in lengths of a view: half a view doubles the width.
    #[must_use]
    pub fn dragged(self, right: f32, down: f32) -> Self {
        Self {
            level: self.level - down * self.width,
            width: self.width * (2.0 * right).clamp(-6.0, 6.0).exp2(),
        }
    }

    /// Multiplier and addend that take a value to 0..255 before clamping.
    #[must_use]
    pub fn ramp(self) -> (f32, f32) {
        let gain = 255.0 / self.width;
        (gain, 127.5 - self.level * gain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_black_and_white() {
        let (gain, offset) = Window::between(200.0, 600.0).ramp();
        assert!((200.0 * gain + offset).abs() < 1e-3);
        assert!((600.0 * gain + offset - 255.0).abs() < 1e-3);
    }

    #[test]
    fn dragging_right_widens_and_dragging_down_brightens() {
        let start = Window::between(0.0, 100.0);
        assert_eq!(start.dragged(0.5, 0.0).width, 200.0);
        assert_eq!(start.dragged(0.0, 0.25).level, 25.0);
        assert!(start.dragged(-40.0, 0.0).width > 1.0);
    }
}
