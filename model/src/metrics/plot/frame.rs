//! A square from 0 to 1 on both axes, with ticks and words.

use std::fmt::Write;

/// Edge of the square, in SVG units.
const SIDE: f64 = 320.0;
/// Where its upper left corner is.
const LEFT: f64 = 60.0;
const TOP: f64 = 40.0;

/// A plot on its way.
pub(super) struct Frame {
    body: String,
    notes: usize,
}

impl Frame {
    /// Axes with their names.
    pub(super) fn new(title: &str, x: &str, y: &str) -> Self {
        let mut frame = Self {
            body: String::new(),
            notes: 0,
        };
        let bottom = TOP + SIDE;
        let middle = (LEFT + SIDE / 2.0, TOP + SIDE / 2.0);
        frame.add(format_args!(
            r##"<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="#fff" stroke="#888"/>"##
        ));
        for tenth in [0, 2, 4, 6, 8, 10] {
            let share = f64::from(tenth) / 10.0;
            let (px, py) = at((share, share));
            frame.add(format_args!(
                r##"<path d="M{px:.1} {bottom}v5M{LEFT} {py:.1}h-5" stroke="#888"/><text x="{px:.1}" y="{:.1}" text-anchor="middle">{share:.1}</text><text x="{:.1}" y="{:.1}" text-anchor="end">{share:.1}</text>"##,
                bottom + 20.0,
                LEFT - 9.0,
                py + 4.0
            ));
        }
        frame.add(format_args!(
            r##"<text x="{}" y="24" text-anchor="middle" font-weight="bold">{}</text>"##,
            middle.0,
            escaped(title)
        ));
        frame.add(format_args!(
            r##"<text x="{}" y="{}" text-anchor="middle">{}</text>"##,
            middle.0,
            bottom + 42.0,
            escaped(x)
        ));
        frame.add(format_args!(
            r##"<text transform="translate(18 {}) rotate(-90)" text-anchor="middle">{}</text>"##,
            middle.1,
            escaped(y)
        ));
        frame
    }

    /// The diagonal, on which chance is, or what is as likely as it is said to be.
    pub(super) fn diagonal(&mut self) {
        let (right, bottom) = (LEFT + SIDE, TOP + SIDE);
        self.add(format_args!(
            r##"<path d="M{LEFT} {bottom}L{right} {TOP}" stroke="#bbb" stroke-dasharray="4 4"/>"##
        ));
    }

    /// A line through points of 0 to 1.
    pub(super) fn line(&mut self, points: impl Iterator<Item = (f64, f64)>) {
        self.coloured_line(points, "#06c");
    }

    /// The same in a colour.
    pub(super) fn coloured_line(&mut self, points: impl Iterator<Item = (f64, f64)>, colour: &str) {
        self.path(points, colour, "");
    }

    /// The same, dashed.
    pub(super) fn dashed_line(&mut self, points: impl Iterator<Item = (f64, f64)>, colour: &str) {
        self.path(points, colour, r#" stroke-dasharray="5 4""#);
    }

    fn path(&mut self, points: impl Iterator<Item = (f64, f64)>, colour: &str, dashes: &str) {
        let mut path = String::new();
        for (i, point) in points.enumerate() {
            let (x, y) = at(point);
            let letter = if i == 0 { 'M' } else { 'L' };
            // Writing to a String cannot fail.
            let _ = write!(path, "{letter}{x:.2} {y:.2}");
        }
        self.add(format_args!(
            r##"<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>"##
        ));
    }

    /// A disc at a point of 0 to 1, with what to say when it is pointed at.
    pub(super) fn disc(&mut self, point: (f64, f64), radius: f64, title: &str) {
        self.coloured_disc(point, radius, title, "#06c");
    }

    /// The same in a colour.
    pub(super) fn coloured_disc(
        &mut self,
        point: (f64, f64),
        radius: f64,
        title: &str,
        colour: &str,
    ) {
        let (x, y) = at(point);
        let title = escaped(title);
        self.add(format_args!(
            r##"<circle cx="{x:.2}" cy="{y:.2}" r="{radius:.1}" fill="{colour}" fill-opacity="0.7"><title>{title}</title></circle>"##
        ));
    }

    /// A line of words in the lower right corner, from below upwards.
    pub(super) fn note(&mut self, words: &str) {
        self.coloured_note(words, "#222");
    }

    /// The same in a colour.
    pub(super) fn coloured_note(&mut self, words: &str, colour: &str) {
        let y = TOP + SIDE - 12.0 - 18.0 * self.notes as f64;
        self.notes += 1;
        let words = escaped(words);
        let x = LEFT + SIDE - 10.0;
        self.add(format_args!(
            r##"<text x="{x}" y="{y}" text-anchor="end" fill="{colour}">{words}</text>"##
        ));
    }

    /// The whole picture.
    pub(super) fn finish(self) -> String {
        let (width, height) = (LEFT + SIDE + 25.0, TOP + SIDE + 60.0);
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="13" fill="#222"><rect width="100%" height="100%" fill="#fff"/>{}</svg>
"##,
            self.body
        )
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        let _ = self.body.write_fmt(element);
    }
}

fn at((x, y): (f64, f64)) -> (f64, f64) {
    (LEFT + x * SIDE, TOP + (1.0 - y) * SIDE)
}

fn escaped(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
