//! The diagram as a PNG.
//!
//! Under the strict policy a page may not load a picture that it made itself (`blob:` and `data:` are no
//! `'self'`). So the SVG is not loaded but drawn, shape by shape, as far as `play::export::svg` writes
//! any: rectangles, paths, circles and words.

use js_sys::{Array, Number};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, CanvasRenderingContext2d, DomParser, Element, HtmlCanvasElement, Path2d, SupportedType,
};

use crate::ui::browser;

/// Pixels for each unit of the drawing: sharp on a projector, too.
const SCALE: f64 = 2.0;

/// What the drawing says once for all shapes (the root of `play::export::svg`).
const FILL: &str = "#1a1a1a";
const FONT: &str = "system-ui, sans-serif";
const FONT_SIZE: &str = "13";

/// Draws an SVG and gives it as a PNG; nothing comes where the browser has no canvas.
pub fn draw(svg: &str, done: impl FnOnce(Blob) + 'static) {
    let drawn = drawn(svg);
    if let Ok(canvas) = drawn {
        let take = Closure::once_into_js(move |blob: Option<Blob>| {
            if let Some(blob) = blob {
                done(blob);
            }
        });
        // Refused only if the canvas holds what comes from elsewhere.
        let _ = canvas.to_blob(take.unchecked_ref());
    }
}

fn drawn(svg: &str) -> Result<HtmlCanvasElement, JsValue> {
    let document = DomParser::new()?.parse_from_string(svg, SupportedType::ImageSvgXml)?;
    let root = document.document_element().ok_or(JsValue::NULL)?;
    let canvas: HtmlCanvasElement = browser::document().create_element("canvas")?.unchecked_into();
    canvas.set_width((number(&root, "width", 0.0) * SCALE) as u32);
    canvas.set_height((number(&root, "height", 0.0) * SCALE) as u32);
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
    let context: CanvasRenderingContext2d = context.unchecked_into();
    context.scale(SCALE, SCALE)?;
    let shapes = document.query_selector_all("rect, path, circle, text")?;
    for place in 0..shapes.length() {
        if let Some(shape) = shapes.item(place) {
            put(&context, &shape.unchecked_into())?;
        }
    }
    Ok(canvas)
}

/// Draws one shape.
fn put(context: &CanvasRenderingContext2d, shape: &Element) -> Result<(), JsValue> {
    context.set_fill_style_str(&shape.get_attribute("fill").unwrap_or(FILL.into()));
    let stroke = shape.get_attribute("stroke");
    context.set_stroke_style_str(stroke.as_deref().unwrap_or(FILL));
    context.set_line_width(number(shape, "stroke-width", 1.0));
    context.set_line_dash(&dashes(shape))?;
    let opacity = number(shape, "fill-opacity", 1.0);
    let at = |name: &str| number(shape, name, 0.0);
    context.set_global_alpha(opacity);
    match shape.tag_name().as_str() {
        "rect" => context.fill_rect(at("x"), at("y"), at("width"), at("height")),
        "circle" => {
            let circle = Path2d::new()?;
            circle.arc(at("cx"), at("cy"), at("r"), 0.0, std::f64::consts::TAU)?;
            context.fill_with_path_2d(&circle);
        }
        "path" => {
            let path = Path2d::new_with_path_string(&shape.get_attribute("d").unwrap_or_default())?;
            context.fill_with_path_2d(&path);
            context.set_global_alpha(1.0);
            if stroke.is_some() {
                context.stroke_with_path(&path);
            }
        }
        "text" => words(context, shape, stroke.is_some())?,
        _ => {}
    }
    Ok(())
}

/// Words, and first their outline, which keeps them clear of the lines below.
fn words(
    context: &CanvasRenderingContext2d,
    shape: &Element,
    outlined: bool,
) -> Result<(), JsValue> {
    let weight = shape.get_attribute("font-weight").unwrap_or("400".into());
    let size = shape.get_attribute("font-size").unwrap_or(FONT_SIZE.into());
    context.set_font(&format!("{weight} {size}px {FONT}"));
    context.set_text_align(match shape.get_attribute("text-anchor").as_deref() {
        Some("middle") => "center",
        Some("end") => "right",
        Some(_) | None => "left",
    });
    let words = shape.text_content().unwrap_or_default();
    let (x, y) = (number(shape, "x", 0.0), number(shape, "y", 0.0));
    if outlined {
        context.stroke_text(&words, x, y)?;
    }
    context.fill_text(&words, x, y)
}

fn number(element: &Element, name: &str, usual: f64) -> f64 {
    let number = element.get_attribute(name).map(|text| Number::parse_float(&text));
    number.filter(|number| number.is_finite()).unwrap_or(usual)
}

fn dashes(shape: &Element) -> Array {
    let dashes = shape.get_attribute("stroke-dasharray").unwrap_or_default();
    dashes.split(' ').filter(|dash| !dash.is_empty()).map(JsValue::from_str).collect()
}
