//! The pages of a PDF file as pictures: for a screen that shows no PDF, and for printers that take none.

use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};

use crate::PrintError;

/// A4, in tenths of a millimetre.
const MILLIMETRES: [u32; 2] = [2100, 2970];
/// Dots an inch on a screen: a page as wide as a desk's window is still sharp.
const SCREEN_DPI: u32 = 150;

/// One page for a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// A greyscale PNG.
    pub png: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// Every page of a file, as its paper will be.
pub fn pictures(pdf: &[u8]) -> Result<Vec<Picture>, PrintError> {
    let pdf =
        Pdf::new(Arc::new(pdf.to_vec())).map_err(|_| PrintError::Pdf("it cannot be read back".to_owned()))?;
    let cache = RenderCache::new();
    let [width, height] = a4(SCREEN_DPI);
    let pages = pdf.pages();
    pages.iter().map(|page| picture(&draw(page, &cache, [width, height]))).collect()
}

fn picture(drawn: &Pixmap) -> Result<Picture, PrintError> {
    let (width, height) = (u32::from(drawn.width()), u32::from(drawn.height()));
    let dots: Vec<u8> = drawn.data_as_u8_slice().as_chunks().0.iter().map(|dot| grey(*dot)).collect();
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    // It is looked at once: a tenth of the time, for a third more room.
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Up);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&dots)?;
    writer.finish()?;
    Ok(Picture { png, width, height })
}

/// A sheet of A4 in dots.
pub(crate) fn a4(dpi: u32) -> [u32; 2] {
    MILLIMETRES.map(|tenths| (tenths * dpi + 127) / 254)
}

/// The page on white, so many dots wide and high.
pub(crate) fn draw<'a>(page: &'a Page<'a>, cache: &RenderCache<'a>, size: [u32; 2]) -> Pixmap {
    let [width, height] = size.map(|dots| dots as u16);
    let (across, down) = page.render_dimensions();
    let scale =
        Affine::scale_non_uniform(f64::from(width) / f64::from(across), f64::from(height) / f64::from(down));
    let turn = page.initial_transform(true).as_coeffs();
    let mut context = RenderContext::new(width, height);
    let settings = RenderSettings { hinting: false, ..RenderSettings::default() };
    let interpreter = InterpreterSettings::default();
    render_into(page, cache, &interpreter, &settings, &mut context, scale * Affine::new(turn));
    context.flush();
    let mut drawn = Pixmap::new(width, height);
    let on_white =
        RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..RasterizerSettings::default() };
    context.render_with(&mut drawn, &mut Resources::default(), on_white);
    drawn
}

/// The lightness of a dot, as an eye has it.
pub(crate) fn grey([red, green, blue, _]: [u8; 4]) -> u8 {
    ((u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114 + 500) / 1000) as u8
}
