//! Slips of which the printer sets the lines that it can in letters of its own.
//!
//! A real printer's letters look different from the simulated one's, so what it set is compared as text; what it was
//! sent as dots, dot by dot.

use hall_core::vocab::PaperTrouble;
use hall_print::lines::{Outcome, Sheet, open_within};
use hall_print::slip::{Reprint, SlipContent, SlipState, SlipWidth, card, slip, test_page};
use hall_print::thermal::{self, Fault, Simulated};
use hall_print::{Bitmap, Piece, Strip};
use proptest::prelude::{ProptestConfig, proptest};
use proptest::prop_assert;

use crate::lines::{ANSWERS, patient};
use crate::printer::{Line, Printer};
use crate::sample;
use crate::slips::decoded_by_rqrr;

fn strip(content: &SlipContent, width: SlipWidth) -> Strip {
    slip(content, &sample::fonts(), width).unwrap().paper
}

/// What comes out of the printer, and what of it was text.
fn printed(strip: &Strip, width: SlipWidth) -> (Bitmap, Vec<String>) {
    let mut printer = Simulated::new(width);
    assert!(printer.receive(&thermal::slip(strip)).is_empty());
    let [paper] = <[Bitmap; 1]>::try_from(printer.take_papers()).unwrap();
    (paper, printer.texts().to_vec())
}

fn is_drawn(piece: &Piece, paper: &Bitmap, preview: &Bitmap) -> bool {
    let (columns, rows) = (piece.ink.columns.clone(), piece.ink.rows.clone());
    rows.flat_map(|y| columns.clone().map(move |x| (x, y)))
        .all(|(x, y)| paper.is_black(x, y) == preview.is_black(x, y))
}

/// Every piece is there once, as text or as it was drawn, and the paper is as long as the preview; the texts.
fn checked(strip: &Strip, width: SlipWidth) -> (Bitmap, Vec<String>) {
    let (paper, texts) = printed(strip, width);
    assert_eq!(paper.height(), strip.picture.height());
    let mut left = texts.clone();
    for piece in &strip.pieces {
        match left.iter().position(|text| *text == piece.text) {
            Some(at) => drop(left.remove(at)),
            None => assert!(is_drawn(piece, &paper, &strip.picture), "{} is neither", piece.text),
        }
    }
    assert!(left.is_empty(), "nobody wrote {left:?}");
    (paper, texts)
}

fn has(texts: &[String], text: &str) -> bool {
    texts.iter().any(|one| one == text)
}

#[test]
fn the_lines_of_a_slip_are_text_and_the_rest_is_the_preview() {
    for width in SlipWidth::ALL {
        let (paper, texts) = checked(&strip(&sample::slip(), width), width);
        assert!(texts.concat().contains("管道工 · 小区换管，两人一组"), "{texts:?}");
        for text in ["奎文零工大厅", "第 12 期 08:30", "王师傅 138 0000 0000", "姓名", "张*国", "A037"]
        {
            assert!(has(&texts, text), "{text} of {texts:?}");
        }
        // In a box, enlarged Latin letters, and the pay beside its unit.
        for text in ["已确认", "第 7/12 号", "7K4M-2Q", "260", " 元/天"] {
            assert!(!has(&texts, text), "{text} of {texts:?}");
        }
        assert_eq!(decoded_by_rqrr(&paper), [sample::TOKEN]);
    }
}

#[test]
fn papers_of_all_kinds_come_out_whole() {
    let fonts = sample::fonts();
    let reprint = SlipContent { reprint: Some(Reprint { n: 2, at: "08:40".into() }), ..sample::slip() };
    for width in SlipWidth::ALL {
        for content in [&sample::standby(), &reprint] {
            let (paper, _) = checked(&strip(content, width), width);
            assert_eq!(decoded_by_rqrr(&paper), [sample::TOKEN]);
        }
        let (paper, texts) = checked(&card(&sample::card(), &fonts, width).unwrap().paper, width);
        assert!(has(&texts, "零工卡"), "two and more times its size: {texts:?}");
        assert_eq!(decoded_by_rqrr(&paper), [sample::card().qr.as_str()]);
        let page = test_page(&sample::test_page(), &fonts, width).unwrap().paper;
        let (paper, texts) = checked(&page, width);
        assert!(has(&texts, "打印机测试"));
        assert_eq!(decoded_by_rqrr(&paper), [sample::test_page().qr.as_str()]);
    }
}

#[test]
fn the_black_head_of_a_standby_slip_stays_black() {
    for width in SlipWidth::ALL {
        let strip = strip(&sample::standby(), width);
        let (paper, texts) = printed(&strip, width);
        assert!(!has(&texts, "候补") && has(&texts, "还没有名额，请先别出发"), "{texts:?}");
        let head = strip.pieces.iter().find(|piece| piece.text == "候补").unwrap();
        assert!(is_drawn(head, &paper, &strip.picture));
    }
}

#[test]
fn a_rare_name_is_drawn_and_its_neighbours_are_not() {
    for (name, is_text) in
        [("张*国", true), ("䶮*", false), ("𬭚*", false), ("㛃", false), ("王镕", false), ("é", true)]
    {
        let content = SlipContent { worker: name.into(), ..sample::slip() };
        let (_, texts) = checked(&strip(&content, SlipWidth::Dots384), SlipWidth::Dots384);
        assert_eq!(has(&texts, name), is_text, "{name}");
        // The label in the same line goes with it.
        assert_eq!(has(&texts, "姓名"), is_text, "{name}");
        assert!(has(&texts, "单号"), "{name}");
    }
}

#[test]
fn latin_letters_are_text_in_plain_size_only() {
    for (text, enlarged, is_text) in [
        ("大厅 3", false, true),
        ("№3", false, true),
        ("号三", true, true),
        ("号 3", true, false),
        ("０３", true, true),
    ] {
        let mut content = sample::card();
        *(if enlarged { &mut content.number } else { &mut content.hall }) = text.into();
        let strip = card(&content, &sample::fonts(), SlipWidth::Dots576).unwrap().paper;
        let piece = strip.pieces.iter().find(|piece| piece.text == text).unwrap();
        assert_eq!(piece.size >= 48, enlarged);
        let (_, texts) = checked(&strip, SlipWidth::Dots576);
        assert_eq!(has(&texts, text), is_text, "{text}");
    }
}

#[test]
fn letters_that_would_take_more_room_than_there_is_are_drawn() {
    // Narrow ones, drawn: twice as many as the printer's cells of 12 dots go on the line.
    let narrow = "i".repeat(40);
    let content = SlipContent { worker: narrow.clone(), ..sample::slip() };
    let (_, texts) = checked(&strip(&content, SlipWidth::Dots384), SlipWidth::Dots384);
    assert!(!has(&texts, &narrow) && has(&texts, "单号"), "{texts:?}");
}

#[test]
fn a_line_stands_where_it_was_drawn() {
    for width in SlipWidth::ALL {
        let strip = strip(&sample::slip(), width);
        let (paper, texts) = printed(&strip, width);
        let middle = |from: u32, to: u32| i64::from(u32::midpoint(from, to));
        for piece in strip.pieces.iter().filter(|piece| piece.centred && has(&texts, &piece.text)) {
            let area = &piece.ink;
            let black = |x: &u32| area.rows.clone().any(|y| paper.is_black(*x, y));
            let columns = || 0..paper.width();
            let (first, last) = (columns().find(black).unwrap(), columns().rfind(black).unwrap());
            let off = middle(first, last) - middle(area.columns.start, area.columns.end);
            assert!(off.abs() <= 12, "{} is {off} dots off", piece.text);
            // And nothing of it above or below what was drawn.
            let rows = || area.rows.clone().filter(|y| columns().any(|x| paper.is_black(x, *y)));
            assert!(rows().next().unwrap() < area.rows.start + 10, "{}", piece.text);
        }
    }
}

#[test]
fn a_slip_in_text_is_a_third_of_the_bytes_at_most() {
    for width in SlipWidth::ALL {
        for content in [sample::slip(), sample::standby()] {
            let strip = strip(&content, width);
            let dots = thermal::slip(&strip.picture.clone().into()).len();
            let text = thermal::slip(&strip).len();
            assert!(text * 3 <= dots, "{text} bytes of {dots}");
        }
    }
}

#[test]
fn without_pieces_it_is_the_picture_as_ever() {
    for width in SlipWidth::ALL {
        let picture = strip(&sample::slip(), width).picture;
        let bands: Vec<u8> = thermal::bands(&picture).flatten().collect();
        let all = [&thermal::START[..], &bands, &thermal::CUT].concat();
        assert!(thermal::slip(&picture.clone().into()) == all);
        assert_eq!(printed(&picture.clone().into(), width), (picture, vec![]));
    }
}

#[test]
fn a_part_is_no_longer_than_a_band_and_what_is_asked_behind_it_is_heard() {
    for width in SlipWidth::ALL {
        let strip = strip(&sample::slip(), width);
        let mut printer = Simulated::new(width);
        printer.receive(&thermal::START);
        let mut parts = 0;
        for part in thermal::parts(&strip) {
            // A row more than a band has: the roll is near its end, and has not come to it.
            printer.load(257);
            let said = printer.receive(&[&part[..], &thermal::SENSOR].concat());
            assert_eq!((said, printer.is_stopped()), (vec![0x03], false));
            parts += 1;
        }
        assert!(parts > 2);
    }
}

/// Prints it on this printer; what was told meanwhile, and what is said of it.
fn sent(printer: &Printer, strip: &Strip, mend: impl Fn(&Printer)) -> (Vec<Option<PaperTrouble>>, Outcome) {
    let ready = open_within(&printer.address, ANSWERS, patient()).unwrap();
    let mut told = Vec::new();
    let outcome = ready.print(&Sheet::Slip(strip.clone()), &mut |trouble| {
        told.push(trouble);
        if trouble.is_some() {
            mend(printer);
        }
    });
    (told, outcome)
}

#[test]
fn over_a_line_text_is_done_held_up_torn_and_interrupted_as_dots_are() {
    let strip = strip(&sample::slip(), SlipWidth::Dots384);
    let (paper, texts) = printed(&strip, SlipWidth::Dots384);
    let open = Fault { cover_open: true, ..Fault::default() };
    for line in Line::ALL {
        let printer = Printer::at(line);
        assert_eq!(sent(&printer, &strip, |_| {}), (vec![], Outcome::Done), "{line:?}");
        assert_eq!((printer.papers(), printer.texts()), (vec![paper.clone()], texts.clone()), "{line:?}");

        // In the middle of the first line of text.
        printer.suffer_after(20, open);
        let held_up = sent(&printer, &strip, |printer| printer.suffer(Fault::default()));
        let told = vec![Some(PaperTrouble::CoverOpen), None];
        assert_eq!(held_up, (told, Outcome::Done), "{line:?}");
        assert_eq!((printer.papers(), printer.texts()), (vec![paper.clone()], texts.clone()), "{line:?}");

        printer.with(|printer| printer.load(600));
        let torn = sent(&printer, &strip, |printer| printer.with(|printer| printer.load(100_000)));
        let told = vec![Some(PaperTrouble::PaperOut), None];
        assert_eq!(torn, (told, Outcome::Unconfirmed(PaperTrouble::Torn)), "{line:?}");
        assert!(printer.papers() == [paper.clone()], "{line:?}");

        // The questions are 15 bytes, and what stands before the first line some 40.
        printer.hang_up_after(60);
        let broken = sent(&printer, &strip, |_| {});
        assert_eq!(broken, (vec![], Outcome::Unconfirmed(PaperTrouble::Interrupted)), "{line:?}");
        assert!(printer.papers().is_empty(), "{line:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn whatever_is_written_comes_out_as_text_or_as_drawn(
        words in proptest::collection::vec("[一-龥㐀-㐂0-9A-z ，。（）—·￥￦é𪻐\u{301}]{0,24}", 5),
        place in 1_u32..200,
    ) {
        let mut words = words.into_iter();
        let mut next = || words.next().unwrap_or_default();
        let content = SlipContent {
            state: SlipState::Confirmed { place, places: 200 },
            hall: next(),
            title: next(),
            worker: next(),
            place: next(),
            notes: vec![next()],
            ..sample::slip()
        };
        for width in SlipWidth::ALL {
            let (paper, _) = checked(&strip(&content, width), width);
            prop_assert!(decoded_by_rqrr(&paper) == [sample::TOKEN]);
        }
    }
}
