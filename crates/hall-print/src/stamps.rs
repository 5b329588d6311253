//! Glyphs as black dots, drawn once: the same few hundred characters fill every slip of a morning.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ab_glyph::{Font, FontArc, Glyph as PlacedGlyph, PxScale, point};

use crate::fonts::{FaceIndex, Glyph};

/// Share of a dot that the outline must cover for the dot to be black. Below one half, so that thin
/// horizontal strokes that fall between two rows of dots do not break.
const THRESHOLD: f32 = 0.42;
/// About 4 MB when full; then it starts afresh.
const STAMPS_MAX: usize = 2_000;

/// The black dots of a glyph, relative to its origin on the baseline.
pub(crate) type Stamp = Arc<[(i16, i16)]>;

/// The stamps made so far. Only speed depends on it, never what is drawn.
#[derive(Debug, Default)]
pub(crate) struct Stamps(Mutex<HashMap<(FaceIndex, u16, u32), Stamp>>);

impl Stamps {
    /// The glyph in a size given in dots for an em.
    pub(crate) fn get(&self, font: &FontArc, glyph: Glyph, size: u32) -> Stamp {
        let key = (glyph.face, glyph.id.0, size);
        // A panic elsewhere leaves the map whole: an entry is inserted at once or not at all.
        let mut stamps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stamp) = stamps.get(&key) {
            return Arc::clone(stamp);
        }
        let stamp = draw(font, glyph, size);
        if stamps.len() >= STAMPS_MAX {
            stamps.clear();
        }
        stamps.insert(key, Arc::clone(&stamp));
        stamp
    }
}

fn draw(font: &FontArc, glyph: Glyph, size: u32) -> Stamp {
    let em = font.units_per_em().unwrap_or(1000.0);
    let placed = PlacedGlyph {
        id: glyph.id,
        // ab_glyph scales by ascent plus descent, we by the em.
        scale: PxScale::from(size as f32 * font.height_unscaled() / em),
        position: point(0.0, 0.0),
    };
    let mut dots = Vec::new();
    if let Some(outlined) = font.outline_glyph(placed) {
        let corner = outlined.px_bounds().min;
        let (left, top) = (corner.x as i16, corner.y as i16);
        outlined.draw(|x, y, cover| {
            if cover >= THRESHOLD {
                dots.push((left + x as i16, top + y as i16));
            }
        });
    }
    if glyph.face.is_rare() {
        thicken(&mut dots);
    }
    dots.into()
}

/// Makes strokes a dot thicker: the fonts of rare characters have hairlines, which a worn head does not print.
fn thicken(dots: &mut Vec<(i16, i16)>) {
    dots.extend(dots.clone().into_iter().flat_map(|(x, y)| [(x + 1, y), (x, y + 1)]));
    dots.sort_unstable();
    dots.dedup();
}
