//! Paper: content in, bitmap or PDF bytes out.
//!
//! Slips and member cards are 1-bit bitmaps, the same ones that the screen previews; agreements are A4 PDF
//! files. Everything here is a pure function of its content and of the fonts: nothing reads a clock, a
//! store or a printer outside of `lines`, and no type of `printpdf` or `qrcode` appears outside. A character that no font can
//! draw is printed as its code point between brackets and named to the caller, never as a silent box.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod bitmap;
mod canvas;
mod embed;
mod fonts;
mod outline;
mod pdf;
mod picture;
mod rare;
mod stamps;
mod strip;
mod text;
mod written;

pub mod agreement;
#[cfg(feature = "lines")]
pub mod lines;
pub mod qr;
pub mod rmb;
pub mod slip;
pub mod thermal;

pub use bitmap::Bitmap;
pub use fonts::Fonts;
pub use picture::{Picture, pictures};
pub use strip::{Area, Piece, Strip};

/// Why a paper could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    #[error("the text for the QR code is too long for the paper: {0} characters")]
    QrTooLong(usize),
    #[error("the text of the agreement cannot be read: {0}")]
    Template(String),
    #[error("a face of the font chain cannot be embedded")]
    Font,
    #[error("cannot write the PDF file: {0}")]
    Pdf(String),
    #[error("cannot encode the picture")]
    Png(#[from] png::EncodingError),
}

/// A finished paper and what staff should know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered<T> {
    pub paper: T,
    /// Characters that no font could draw, in order of first appearance; each is on the paper as its code
    /// point, `〔U+2A6D0〕`. Not empty means: alert the staff.
    pub missing: Vec<char>,
}
