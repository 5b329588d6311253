//! Agreements for printers that take pictures only: read by the filters of CUPS, and compared with what poppler draws
//! of the PDF file.

use std::process::Command;

use hall_print::lines::ipp::simulated::Condition;
use hall_print::lines::{Manner, Outcome};

use crate::ipp::{Printer, pages};
use crate::tools::{Temp, ask};

const DUPLEX: Manner = Manner { answers: true, duplex: true };

/// What a printer is sent that takes these pictures only.
fn sent(raster: &[&str], back: &str) -> Vec<u8> {
    let printer = Printer::new(Condition {
        formats: vec!["image/pwg-raster".into()],
        raster: raster.iter().map(|word| (*word).to_owned()).collect(),
        back: back.into(),
        ..Condition::default()
    });
    assert_eq!(printer.print(pages(), DUPLEX), Outcome::Done);
    let papers = printer.held().take_papers();
    let [paper] = &papers[..] else { panic!("{} papers", papers.len()) };
    assert_eq!((&*paper.format, &*paper.sides), ("image/pwg-raster", "two-sided-long-edge"));
    paper.document.clone()
}

/// A page, a byte a dot, 0 is black.
#[derive(PartialEq)]
struct Picture {
    width: usize,
    dots: Vec<u8>,
}

/// The pages as poppler draws them.
fn drawn(pdf: &[u8]) -> Vec<Picture> {
    let pdf = Temp::new("pages.pdf", pdf);
    let stem = pdf.path().with_extension("");
    let size = ["-scale-to-x", "2480", "-scale-to-y", "3508", "-gray"];
    ask("pdftoppm", "poppler-utils", &size, &pdf, &[stem.to_str().unwrap()]);
    [1, 2].map(|n| picture(&std::fs::read(format!("{}-{n}.pgm", stem.display())).unwrap())).into()
}

/// The pages dot for dot, as the print server's own reader took them out of the raster.
fn read(raster: &[u8]) -> Vec<Picture> {
    let file = Temp::new("pages.pwg", raster);
    let filter = Command::new("/usr/lib/cups/filter/rastertopdf")
        .args(["1", "hall", "agreement", "1", ""])
        .arg(file.path())
        .output()
        .unwrap_or_else(|problem| panic!("rastertopdf: {problem}; install it: apt install cups"));
    assert!(filter.status.success(), "{}", String::from_utf8_lossy(&filter.stderr));
    let pdf = Temp::new("pages.pdf", &filter.stdout);
    let stem = pdf.path().with_extension("");
    ask("pdfimages", "poppler-utils", &[], &pdf, &[stem.to_str().unwrap()]);
    let mut files: Vec<_> = std::fs::read_dir(pdf.path().parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending != "pdf"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 2);
    files.iter().map(|file| picture(&std::fs::read(file).unwrap())).collect()
}

/// A file of the plainest kinds: bits, greys, or colours of which the first stands for all.
fn picture(file: &[u8]) -> Picture {
    let mut words = file.split(u8::is_ascii_whitespace);
    let mut word = || std::str::from_utf8(words.next().unwrap()).unwrap();
    let kind = word();
    let [width, height] = [word(), word()].map(|word| word.parse::<usize>().unwrap());
    let bytes = match kind {
        "P4" => width.div_ceil(8) * height,
        "P5" => width * height,
        "P6" => width * height * 3,
        _ => panic!("{kind}"),
    };
    let bytes = &file[file.len() - bytes..];
    let dots = match kind {
        "P4" => bytes
            .chunks(width.div_ceil(8))
            .flat_map(|line| (0..width).map(|x| if line[x / 8] & (0x80 >> (x % 8)) == 0 { 255 } else { 0 }))
            .collect(),
        "P5" => bytes.to_vec(),
        _ => bytes.iter().step_by(3).copied().collect(),
    };
    Picture { width, dots }
}

impl Picture {
    /// The share of the page that is black, of a thousand.
    fn ink(&self) -> f64 {
        let black: u64 = self.dots.iter().map(|dot| u64::from(255 - dot)).sum();
        black as f64 / 255.0 * 1000.0 / self.dots.len() as f64
    }

    /// Black dots with nothing but white around the same place of the other page, of a million.
    fn strays(&self, other: &Self) -> f64 {
        let width = self.width;
        let around = |at: usize| [at - width, at, at + width].into_iter().flat_map(|at| at - 1..=at + 1);
        let inner = width + 1..self.dots.len() - width - 1;
        let is_stray = |at: &usize| self.dots[*at] < 85 && around(*at).all(|at| other.dots[at] > 170);
        inner.filter(is_stray).count() as f64 * 1_000_000.0 / self.dots.len() as f64
    }
}

/// Two programs round the edges of a character differently, and nothing else.
#[test]
fn a_printer_without_pdf_gets_the_page_that_poppler_draws() {
    let drawn = drawn(pages());
    for raster in [&["sgray_8", "black_1"][..], &["black_1"], &["srgb_8"]] {
        let read = read(&sent(raster, "normal"));
        for (read, drawn) in read.iter().zip(&drawn) {
            assert_eq!((read.width, read.dots.len()), (drawn.width, drawn.dots.len()));
            let strays = (read.strays(drawn), drawn.strays(read));
            assert!(strays.0 < 200.0 && strays.1 < 200.0, "{raster:?}: {strays:?} of a million");
            let ink = (read.ink(), drawn.ink());
            assert!(ink.1 > 20.0 && (ink.0 / ink.1 - 1.0).abs() < 0.05, "{raster:?}: {ink:?} of a thousand");
        }
    }
}

#[test]
fn the_back_of_a_sheet_lies_as_the_printer_wants_it() {
    let upright = read(&sent(&["sgray_8"], "manual-tumble"));
    for (back, turn) in [("rotated", true), ("flipped", false)] {
        let other = read(&sent(&["sgray_8"], back));
        assert!(other[0] == upright[0], "{back}: the front is as it was");
        let mut lines: Vec<Vec<u8>> =
            upright[1].dots.chunks(upright[1].width).rev().map(<[u8]>::to_vec).collect();
        if turn {
            for line in &mut lines {
                line.reverse();
            }
        }
        assert!(other[1].dots == lines.concat(), "{back}");
        assert!(other[1] != upright[1], "{back}");
    }
}

#[test]
fn the_header_says_what_follows() {
    let raster = sent(&["black_1"], "rotated");
    assert_eq!(&raster[..4], b"RaS2");
    let number = |at: usize| u32::from_be_bytes(raster[4 + at..][..4].try_into().unwrap());
    assert_eq!(&raster[4..14], b"PwgRaster\0");
    for (at, what, value) in [
        (272, "duplex", 1),
        (276, "dots an inch across", 300),
        (280, "dots an inch down", 300),
        (352, "points across", 595),
        (356, "points down", 842),
        (372, "dots across", 2480),
        (376, "dots down", 3508),
        (384, "bits a colour", 1),
        (388, "bits a dot", 1),
        (392, "bytes a line", 310),
        (400, "space of colours", 3),
        (420, "colours", 1),
        (452, "pages", 2),
        (456, "across on the front", 1),
        (460, "down on the front", 1),
    ] {
        assert_eq!(number(at), value, "{what}");
    }
    assert!(raster[4 + 1732..].starts_with(b"iso_a4_210x297mm\0"));
    assert!(raster.len() < 600_000, "{} bytes", raster.len());
}
