//! Draws slices with Canvas 2D, behind a trait that another renderer can take on.

use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::browser;
use crate::view::{Place, Plane, Scene, Shown, SliceMap, paint};

/// Draws one view of a scene onto its surface.
pub(crate) trait SliceRenderer {
    /// Draws `plane` as `scene` says, as large as the surface is now.
    fn draw(&mut self, shown: &Shown, plane: Plane, scene: &Scene) -> Result<(), DrawError>;
}

/// The surface would not be drawn on; in the browser's words.
#[derive(Debug)]
pub(crate) struct DrawError(pub(crate) String);

impl From<JsValue> for DrawError {
    fn from(error: JsValue) -> Self {
        Self(format!("{error:?}"))
    }
}

/// One canvas, and one more of the slice's own size that the browser scales from.
pub(crate) struct Canvas2d {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    slice: HtmlCanvasElement,
    slice_context: CanvasRenderingContext2d,
}

const CROSSHAIR: &str = "#7fe0c3";
const LETTERS: &str = "#ffffff";

impl Canvas2d {
    pub(crate) fn new(canvas: HtmlCanvasElement) -> Result<Self, DrawError> {
        let slice = browser::document().create_element("canvas")?;
        let slice: HtmlCanvasElement = slice.unchecked_into();
        Ok(Self {
            context: context(&canvas)?,
            slice_context: context(&slice)?,
            canvas,
            slice,
        })
    }

    /// Lines through the voxel, with a gap so that they do not hide it.
    fn crosshair(&self, place: &Place, x: f64, y: f64, dot: f64) {
        let c = &self.context;
        let gap = 9.0 * dot;
        c.set_stroke_style_str(CROSSHAIR);
        c.set_line_width(dot);
        c.begin_path();
        for (from, to) in [(place.x, x - gap), (x + gap, place.x + place.width)] {
            if to > from {
                c.move_to(from, y);
                c.line_to(to, y);
            }
        }
        for (from, to) in [(place.y, y - gap), (y + gap, place.y + place.height)] {
            if to > from {
                c.move_to(x, from);
                c.line_to(x, to);
            }
        }
        c.stroke();
    }

    /// R, L, A, P, S, I at the canvas' edges.
    fn letters(&self, map: &SliceMap, width: f64, height: f64, dot: f64) -> Result<(), DrawError> {
        let c = &self.context;
        let inset = 14.0 * dot;
        c.set_font(&format!("600 {}px system-ui, sans-serif", 18.0 * dot));
        c.set_text_align("center");
        c.set_text_baseline("middle");
        c.set_fill_style_str(LETTERS);
        // A dark edge keeps them legible over bright tissue.
        c.set_stroke_style_str("#000000");
        c.set_line_width(4.0 * dot);
        let places = [
            (inset, height / 2.0),
            (width - inset, height / 2.0),
            (width / 2.0, inset),
            (width / 2.0, height - inset),
        ];
        for (letter, (x, y)) in map.letters().into_iter().zip(places) {
            let letter = letter.to_string();
            c.stroke_text(&letter, x, y)?;
            c.fill_text(&letter, x, y)?;
        }
        Ok(())
    }
}

impl SliceRenderer for Canvas2d {
    fn draw(&mut self, shown: &Shown, plane: Plane, scene: &Scene) -> Result<(), DrawError> {
        let dot = browser::window().device_pixel_ratio();
        let width = (f64::from(self.canvas.client_width()) * dot).round();
        let height = (f64::from(self.canvas.client_height()) * dot).round();
        if width < 1.0 || height < 1.0 {
            return Ok(());
        }
        // Setting a size clears the canvas and costs a reallocation; only where it changed.
        if (self.canvas.width(), self.canvas.height()) != (width as u32, height as u32) {
            self.canvas.set_width(width as u32);
            self.canvas.set_height(height as u32);
        }
        let map = SliceMap::new(plane, scene.side, shown.grid().dims);
        let (columns, rows) = (map.columns() as u32, map.rows() as u32);
        if (self.slice.width(), self.slice.height()) != (columns, rows) {
            self.slice.set_width(columns);
            self.slice.set_height(rows);
        }
        let pixels = paint(shown, plane, scene);
        let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels), columns, rows)?;
        self.slice_context.put_image_data(&image, 0.0, 0.0)?;

        let place = Place::fit(&map, &shown.grid(), width, height);
        self.context.set_fill_style_str("#000000");
        self.context.fill_rect(0.0, 0.0, width, height);
        self.context
            .draw_image_with_html_canvas_element_and_dw_and_dh(
                &self.slice,
                place.x,
                place.y,
                place.width,
                place.height,
            )?;
        let (x, y) = place.centre(&map, map.pixel(scene.cross));
        self.crosshair(&place, x, y, dot);
        self.letters(&map, width, height, dot)
    }
}

fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, DrawError> {
    let context = canvas.get_context("2d")?;
    let context = context.and_then(|c| c.dyn_into().ok());
    context.ok_or_else(|| DrawError("no 2d context".to_owned()))
}
