//! A4 sheets of text, lines and one QR code, written as a PDF file. The only module that knows `printpdf`.
//!
//! The same sheets always give the same bytes. All text is set in the regular face; bold is the same
//! outlines with a thin stroke, so that a heading costs no second font in the file.

mod overlay;

use std::collections::{BTreeMap, BTreeSet};

use ab_glyph::GlyphId;
use hall_core::{Day, Minute};
use lopdf::Document;
use printpdf::{
    Color, DictItem, ExternalStream, ExternalXObject, FontId, Greyscale, Line, LineJoinStyle, LinePoint, Mm,
    OffsetDateTime, Op, PaintMode, ParsedFont, PdfDocument, PdfFont, PdfFontHandle, PdfPage, PdfSaveOptions,
    Point, Pt, Rect, TextItem, TextRenderingMode, XObject, XObjectId, XObjectTransform,
};

use crate::PrintError;
use crate::embed::{Embeddable, embeddable};
use crate::fonts::{FaceIndex, Fonts, Glyph};
use crate::qr::Modules;

pub(crate) use overlay::overlaid;

/// A4 in points.
pub(crate) const WIDTH: f32 = 595.28;
pub(crate) const HEIGHT: f32 = 841.89;

/// Something on a sheet. Lengths are in points, from the top left corner.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// One line of text; `y` is its baseline.
    Text { x: f32, y: f32, size: f32, glyphs: Vec<Glyph> },
    /// A straight line.
    Rule { from: (f32, f32), to: (f32, f32), thick: f32 },
    /// An empty box.
    Frame { x: f32, y: f32, width: f32, height: f32, thick: f32 },
    /// The document's QR code as a square, without quiet zone.
    Qr { x: f32, y: f32, side: f32 },
}

/// One side of paper.
pub(crate) type Sheet = Vec<Item>;

/// What a PDF viewer shows about the file.
pub(crate) struct Info<'a> {
    pub(crate) title: &'a str,
    pub(crate) author: &'a str,
    pub(crate) date: Day,
}

const QR: &str = "QR";

/// Writes `bodies` once for each of the copies; `edges` are what differs from copy to copy, as many for each
/// copy as there are bodies. `qr` is what [`Item::Qr`] draws.
pub(crate) fn write(
    bodies: &[Sheet],
    edges: &[Sheet],
    qr: &Modules,
    info: &Info<'_>,
    fonts: &Fonts,
) -> Result<Vec<u8>, PrintError> {
    let mut document = PdfDocument::new(info.title);
    describe(&mut document, info);
    document.resources.xobjects.map.insert(XObjectId(QR.into()), XObject::External(qr_image(qr)));
    let mut file = drawn(document, bodies.iter().chain(edges), fonts)?;
    share_bodies(&mut file, bodies.len())?;
    slim_info(&mut file);
    saved(file)
}

/// One page for each sheet, in fonts that hold nothing but what is used.
fn drawn<'a>(
    mut document: PdfDocument,
    sheets: impl Iterator<Item = &'a Sheet> + Clone,
    fonts: &Fonts,
) -> Result<Document, PrintError> {
    let mut programs = BTreeMap::new();
    for (face, characters) in used(sheets.clone()) {
        let font = embeddable(fonts, face, &font_name(face), &characters);
        let parsed = ParsedFont::from_bytes(&font.complete, 0, &mut Vec::new()).ok_or(PrintError::Font)?;
        document.resources.fonts.map.insert(font_id(face), PdfFont::new(parsed));
        programs.insert(face, font);
    }
    document.pages = sheets.map(|sheet| PdfPage::new(Mm(210.0), Mm(297.0), operations(sheet))).collect();
    // To printpdf the fonts are whole.
    let options =
        PdfSaveOptions { optimize: true, subset_fonts: false, secure: true, image_optimization: None };
    let mut file = printpdf::to_lopdf_doc(&document, &options, &mut Vec::new());
    slim_fonts(&mut file, &programs);
    Ok(file)
}

fn saved(mut file: Document) -> Result<Vec<u8>, PrintError> {
    // Drawn from a counter of the process, and optional: without it the same content gives the same bytes.
    file.trailer.remove(b"ID");
    file.version = "1.5".into();
    file.compress();
    let mut bytes = Vec::new();
    file.save_modern(&mut bytes).map_err(|problem| PrintError::Pdf(problem.to_string()))?;
    Ok(bytes)
}

fn unsound(problem: &lopdf::Error) -> PrintError {
    PrintError::Pdf(problem.to_string())
}

fn describe(document: &mut PdfDocument, info: &Info<'_>) {
    let about = &mut document.metadata.info;
    about.author = info.author.into();
    about.creator = "Linggong Hall".into();
    about.producer = "Linggong Hall".into();
    // The agreement's own day and not the clock: the same content gives the same file.
    // Eight in the morning is midnight in the file's UTC, so that viewers show the right day.
    let midnight = info.date.at(Minute(8 * 60)).0 / 1000;
    if let Ok(date) = OffsetDateTime::from_unix_timestamp(midnight) {
        about.creation_date = date;
        about.modification_date = date;
        about.metadata_date = date;
    }
}

/// Takes out the pages of the bodies alone and lets every copy's page draw its body before its edge, so that
/// the text is in the file once however many copies there are.
fn share_bodies(file: &mut Document, bodies: usize) -> Result<(), PrintError> {
    let pages: Vec<_> = file.page_iter().collect();
    let drawing = |page| file.get_dictionary(page)?.get(b"Contents").cloned();
    let drawings = pages
        .iter()
        .map(|page| drawing(*page))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|problem| unsound(&problem))?;
    for (n, page) in pages.iter().enumerate().skip(bodies) {
        let both = vec![drawings[(n - bodies) % bodies].clone(), drawings[n].clone()];
        file.get_dictionary_mut(*page).map_err(|problem| unsound(&problem))?.set("Contents", both);
    }
    file.delete_pages(&(1..=bodies as u32).collect::<Vec<_>>());
    Ok(())
}

/// Puts the lean form of each font, and of its map back to characters, in place of the complete one.
fn slim_fonts(file: &mut Document, programs: &BTreeMap<FaceIndex, Embeddable>) {
    for object in file.objects.values_mut() {
        let Ok(stream) = object.as_stream_mut() else { continue };
        for (face, font) in programs {
            if stream.content == font.complete {
                stream.dict.set("Length1", font.lean.len() as i64);
                stream.set_content(font.lean.clone());
            } else if is_map_of(&stream.content, *face) {
                stream.set_content(font.to_unicode.clone().into_bytes());
            }
        }
    }
}

/// Whether a stream is the map that printpdf wrote for this face.
fn is_map_of(content: &[u8], face: FaceIndex) -> bool {
    let ordering = format!("/Ordering ({})", font_id(face).0);
    content.starts_with(b"/CIDInit") && content.windows(ordering.len()).any(|w| w == ordering.as_bytes())
}

/// printpdf declares a print exchange standard that the file does not claim to meet.
fn slim_info(file: &mut Document) {
    let info = file.trailer.get(b"Info").and_then(lopdf::Object::as_reference);
    if let Ok(info) = info.and_then(|id| file.get_dictionary_mut(id)) {
        for key in [&b"GTS_PDFXVersion"[..], b"Identifier", b"Trapped", b"Subject", b"Keywords"] {
            info.remove(key);
        }
    }
}

/// The characters of each face, in ascending order.
fn used<'a>(sheets: impl Iterator<Item = &'a Sheet>) -> BTreeMap<FaceIndex, Vec<(char, GlyphId)>> {
    let mut faces: BTreeMap<FaceIndex, BTreeSet<(char, GlyphId)>> = BTreeMap::new();
    for item in sheets.flatten() {
        if let Item::Text { glyphs, .. } = item {
            for glyph in glyphs {
                faces.entry(glyph.face).or_default().insert((glyph.ch, glyph.id));
            }
        }
    }
    faces.into_iter().map(|(face, characters)| (face, characters.into_iter().collect())).collect()
}

fn font_id(face: FaceIndex) -> FontId {
    FontId(format!("T{}", face.0))
}

/// The six letters before the name mark an embedded subset.
fn font_name(face: FaceIndex) -> String {
    match face.0 {
        0 => "HALLAA+NotoSansSC-Regular".into(),
        1 => "HALLAB+NotoSansSC-Bold".into(),
        n => {
            let letter = |n: u8| char::from(b'A' + n % 26);
            format!("HALL{}{}+Rare{n}", letter(n / 26), letter(n))
        }
    }
}

/// One bit a module, shared by all sheets.
fn qr_image(modules: &Modules) -> ExternalXObject {
    let stride = modules.side().div_ceil(8) as usize;
    let mut bits = vec![0_u8; stride * modules.side() as usize];
    for (x, y, length) in modules.runs() {
        for x in x..x + length {
            bits[y as usize * stride + x as usize / 8] |= 0x80 >> (x % 8);
        }
    }
    let name = |text: &str| DictItem::Name(text.into());
    let side = DictItem::Int(i64::from(modules.side()));
    let dict = [
        ("Type", name("XObject")),
        ("Subtype", name("Image")),
        ("Width", side.clone()),
        ("Height", side),
        ("BitsPerComponent", DictItem::Int(1)),
        ("ImageMask", DictItem::Bool(true)),
        ("Decode", DictItem::Array(vec![DictItem::Int(1), DictItem::Int(0)])),
    ];
    ExternalXObject {
        stream: ExternalStream {
            dict: dict.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            content: bits,
            compress: true,
        },
        width: None,
        height: None,
        dpi: None,
    }
}

fn operations(sheet: &Sheet) -> Vec<Op> {
    let mut pen = Pen { ops: Vec::with_capacity(sheet.len() * 6), font: None, thick: None, bold: false };
    // A drawing leaves no trace in the one that follows it on the page.
    pen.ops.push(Op::SaveGraphicsState);
    let black = Color::Greyscale(Greyscale { percent: 0.0, icc_profile: None });
    pen.ops.push(Op::SetFillColor { col: black.clone() });
    pen.ops.push(Op::SetOutlineColor { col: black });
    // Mitred joins would grow thorns on bold characters.
    pen.ops.push(Op::SetLineJoinStyle { join: LineJoinStyle::Round });
    for item in sheet {
        match item {
            Item::Text { x, y, size, glyphs } => pen.text(*x, *y, *size, glyphs),
            Item::Rule { from, to, thick } => {
                pen.thickness(*thick);
                let points = [from, to].map(|(x, y)| LinePoint { p: point(*x, *y), bezier: false });
                pen.ops.push(Op::DrawLine { line: Line { points: points.to_vec(), is_closed: false } });
            }
            Item::Frame { x, y, width, height, thick } => {
                pen.thickness(*thick);
                let corner = point(*x, y + height);
                pen.ops.push(Op::DrawRectangle {
                    rectangle: Rect {
                        x: corner.x,
                        y: corner.y,
                        width: short(*width),
                        height: short(*height),
                        mode: Some(PaintMode::Stroke),
                        winding_order: None,
                    },
                });
            }
            Item::Qr { x, y, side } => {
                let corner = point(*x, y + side);
                let transform = XObjectTransform {
                    translate_x: Some(corner.x),
                    translate_y: Some(corner.y),
                    scale_x: Some(*side),
                    scale_y: Some(*side),
                    ..XObjectTransform::default()
                };
                pen.ops.push(Op::UseXobject { id: XObjectId(QR.into()), transform });
            }
        }
    }
    pen.ops.push(Op::RestoreGraphicsState);
    pen.ops
}

/// The operations so far and the state they leave behind.
struct Pen {
    ops: Vec<Op>,
    font: Option<(FaceIndex, f32)>,
    thick: Option<f32>,
    bold: bool,
}

impl Pen {
    fn thickness(&mut self, thick: f32) {
        if self.thick != Some(thick) {
            self.ops.push(Op::SetOutlineThickness { pt: Pt(thick) });
            self.thick = Some(thick);
        }
    }

    fn text(&mut self, x: f32, y: f32, size: f32, glyphs: &[Glyph]) {
        if glyphs.is_empty() {
            return;
        }
        if glyphs.iter().any(|g| g.strong) {
            self.thickness(short(size * 0.032).0);
        }
        self.ops.push(Op::StartTextSection);
        let mut left = x;
        // The cursor moves relative to where the last move left it.
        let mut moved = None::<f32>;
        for run in glyphs.chunk_by(|a, b| (a.face, a.strong) == (b.face, b.strong)) {
            self.weight(run[0].strong);
            let face = run[0].face;
            if self.font != Some((face, size)) {
                self.ops.push(Op::SetFont { font: PdfFontHandle::External(font_id(face)), size: Pt(size) });
                self.font = Some((face, size));
            }
            let pos = match moved {
                None => point(left, y),
                Some(before) => Point { x: short(left - before), y: Pt(0.0) },
            };
            moved = Some(left);
            self.ops.push(Op::SetTextCursor { pos });
            let text = run.iter().map(|g| g.ch).collect();
            self.ops.push(Op::ShowText { items: vec![TextItem::Text(text)] });
            left += run.iter().map(|g| g.advance).sum::<f32>() * size;
        }
        self.ops.push(Op::EndTextSection);
    }

    fn weight(&mut self, bold: bool) {
        if bold != self.bold {
            let mode = if bold { TextRenderingMode::FillStroke } else { TextRenderingMode::Fill };
            self.ops.push(Op::SetTextRenderingMode { mode });
            self.bold = bold;
        }
    }
}

/// Two decimals are 0.004 mm: more would only make the file longer.
fn short(length: f32) -> Pt {
    Pt((length * 100.0).round() / 100.0)
}

/// PDF counts from the bottom left corner.
fn point(x: f32, y: f32) -> Point {
    Point { x: short(x), y: short(HEIGHT - y) }
}
