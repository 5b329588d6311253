//! Glyphs as an embedded face has them, written once: agreements are nearly the same few hundred characters.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ab_glyph::{Font, FontArc, GlyphId};

use crate::fonts::FaceIndex;
use crate::outline::{GRID, Knot, simplified};

/// About 2 MB when full; then it starts afresh.
const WRITTEN_MAX: usize = 4_000;

/// One entry of a `glyf` table, and what the other tables say of it.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) bytes: Vec<u8>,
    pub(crate) advance: i16,
    /// The left side bearing.
    pub(crate) left: i16,
    pub(crate) points: u16,
    pub(crate) contours: u16,
}

/// What was written so far. Only speed depends on it, never what is drawn.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<HashMap<(FaceIndex, u16), Arc<Written>>>);

impl Cache {
    pub(crate) fn get(&self, font: &FontArc, face: FaceIndex, id: GlyphId) -> Arc<Written> {
        // A panic elsewhere leaves the map whole: an entry is inserted at once or not at all.
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(written) = cache.get(&(face, id.0)) {
            return Arc::clone(written);
        }
        let written = Arc::new(write(font, id));
        if cache.len() >= WRITTEN_MAX {
            cache.clear();
        }
        cache.insert((face, id.0), Arc::clone(&written));
        written
    }
}

/// How far a face reaches below and above the line, on the grid.
pub(crate) fn height(font: &FontArc) -> (i16, i16) {
    let em = font.units_per_em().unwrap_or(1000.0);
    (to_grid(font.descent_unscaled(), em), to_grid(font.ascent_unscaled(), em))
}

fn to_grid(units: f32, em: f32) -> i16 {
    (units * f32::from(GRID) / em).round() as i16
}

pub(crate) fn push(bytes: &mut Vec<u8>, numbers: &[i16]) {
    bytes.extend(numbers.iter().flat_map(|n| n.to_be_bytes()));
}

fn write(font: &FontArc, id: GlyphId) -> Written {
    let em = font.units_per_em().unwrap_or(1000.0);
    let contours = font.outline(id).map_or_else(Vec::new, |outline| simplified(&outline, em));
    let (bytes, left) = entry(&contours, height(font));
    Written {
        bytes,
        advance: to_grid(font.h_advance_unscaled(id), em),
        left,
        points: contours.iter().map(Vec::len).sum::<usize>() as u16,
        contours: contours.len() as u16,
    }
}

/// The glyph and its left side bearing. The bounding box of nearly every glyph is written as that of the em box, which
/// holds it: equal boxes cost nothing in a compressed file.
fn entry(contours: &[Vec<Knot>], (descent, ascent): (i16, i16)) -> (Vec<u8>, i16) {
    let mut glyf = Vec::new();
    let all = || contours.iter().flatten();
    let (Some(left), Some(right)) = (all().map(|k| k.x).min(), all().map(|k| k.x).max()) else {
        return (glyf, 0);
    };
    let (left, right) = (left.min(0), right.max(GRID as i16));
    let bottom = all().map(|k| k.y).min().unwrap_or(0).min(descent);
    let top = all().map(|k| k.y).max().unwrap_or(0).max(ascent);
    push(&mut glyf, &[contours.len() as i16, left, bottom, right, top]);
    let mut end = -1;
    for contour in contours {
        end += contour.len() as i16;
        push(&mut glyf, &[end]);
    }
    // No hinting instructions.
    push(&mut glyf, &[0]);
    let (mut flags, mut xs, mut ys) = (Vec::new(), Vec::new(), Vec::new());
    let (mut x, mut y) = (0, 0);
    for knot in all() {
        let mut flag = u8::from(knot.on_curve);
        flag |= coordinate(&mut xs, knot.x - x, 0x02, 0x10);
        flag |= coordinate(&mut ys, knot.y - y, 0x04, 0x20);
        flags.push(flag);
        (x, y) = (knot.x, knot.y);
    }
    write_flags(&mut glyf, &flags);
    glyf.extend(xs);
    glyf.extend(ys);
    if glyf.len() % 2 == 1 {
        glyf.push(0);
    }
    (glyf, left)
}

/// Appends the flags; a run of equal ones is written once with its count.
fn write_flags(glyf: &mut Vec<u8>, flags: &[u8]) {
    for run in flags.chunk_by(|a, b| a == b) {
        for run in run.chunks(256) {
            if let [flag, _, _, ..] = run {
                glyf.extend([flag | 0x08, (run.len() - 1) as u8]);
            } else {
                glyf.extend(run);
            }
        }
    }
}

/// Appends a step and returns its flag: `short` for one byte, `same` for no step at all, or for a positive
/// short one.
fn coordinate(bytes: &mut Vec<u8>, step: i16, short: u8, same: u8) -> u8 {
    match step {
        0 => same,
        1..=255 => {
            bytes.push(step as u8);
            short | same
        }
        -255..=-1 => {
            bytes.push(-step as u8);
            short
        }
        _ => {
            bytes.extend(step.to_be_bytes());
            0
        }
    }
}
