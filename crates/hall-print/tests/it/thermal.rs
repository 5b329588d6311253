//! What a printer is sent, and what it is understood to say. The other side is the simulated printer, which was
//! written from the makers' references and not from what is sent here; its own words are compared with theirs.

use hall_core::vocab::PaperTrouble;
use hall_print::Bitmap;
use hall_print::slip::{SlipWidth, slip};
use hall_print::thermal::{self, Fault, Heard, Listener, Paper, Query, Simulated, Status};

use crate::sample;

fn paper(width: SlipWidth) -> Bitmap {
    slip(&sample::slip(), &sample::fonts(), width).unwrap().paper
}

/// Asks everything, one question after the other.
fn asked(printer: &mut Simulated) -> Option<Status> {
    let mut status = Status::default();
    let mut listener = Listener::default();
    for query in Query::ALL {
        let said = printer.receive(&query.bytes());
        let heard: Vec<Heard> = said.into_iter().filter_map(|byte| listener.hear(byte)).collect();
        let [Heard::Answer(answer)] = *heard else { return None };
        status.learn(query, answer);
    }
    Some(status)
}

fn told(said: &[u8]) -> Vec<Status> {
    let mut listener = Listener::default();
    let heard = said.iter().filter_map(|byte| listener.hear(*byte));
    heard.map(|heard| if let Heard::Unasked(status) = heard { status } else { panic!("{heard:?}") }).collect()
}

#[test]
fn what_comes_out_is_the_preview_dot_for_dot_however_it_is_cut_on_the_way() {
    for width in SlipWidth::ALL {
        let paper = paper(width);
        let bytes = thermal::slip(&paper);
        for piece in [1, 7, 250, 4096, bytes.len()] {
            let mut printer = Simulated::new(width);
            let said: Vec<u8> = bytes.chunks(piece).flat_map(|bytes| printer.receive(bytes)).collect();
            assert!(said.is_empty(), "nobody asked it anything: {said:?}");
            assert!(printer.take_papers() == [paper.clone()], "{width:?} in pieces of {piece}");
        }
    }
}

#[test]
fn a_picture_goes_out_in_bands_that_a_small_buffer_holds() {
    let paper = paper(SlipWidth::Dots384);
    let rows: Vec<u32> = thermal::bands(&paper)
        .map(|band| {
            assert_eq!(band[..6], [0x1d, b'v', b'0', 0, 48, 0]);
            let rows = u32::from(u16::from_le_bytes([band[6], band[7]]));
            assert_eq!(band.len(), 8 + rows as usize * 48);
            rows
        })
        .collect();
    assert!(rows.len() > 1 && rows.iter().all(|rows| (1..=256).contains(rows)), "{rows:?}");
    assert_eq!(rows.iter().sum::<u32>(), paper.height());
    let bytes = thermal::slip(&paper);
    assert_eq!((&bytes[..2], &bytes[bytes.len() - 4..]), (&[0x1b, b'@'][..], &[0x1d, b'V', 66, 0][..]));
}

#[test]
fn a_roll_that_ends_in_the_middle_is_told_and_the_slip_comes_out_once() {
    let paper = paper(SlipWidth::Dots384);
    let mut printer = Simulated::new(SlipWidth::Dots384);
    assert_eq!(asked(&mut printer), Some(Status::default()));
    printer.load(300);
    assert_eq!(asked(&mut printer).unwrap(), Status { paper: Paper::NearEnd, ..Status::default() });
    printer.receive(&thermal::slip(&paper));
    let status = asked(&mut printer).unwrap();
    assert_eq!((status.trouble(), status.offline), (Some(PaperTrouble::PaperOut), true));
    assert!(printer.take_papers().is_empty());
    printer.load(100_000);
    assert!(printer.take_papers() == [paper]);
    assert_eq!(asked(&mut printer).unwrap().trouble(), None);
}

#[test]
fn what_is_wrong_is_named_and_the_first_thing_to_mend_comes_first() {
    let open = Fault { cover_open: true, ..Fault::default() };
    let jammed = Fault { cutter_jammed: true, ..Fault::default() };
    let both = Fault { cover_open: true, ..jammed };
    for (fault, trouble) in
        [(open, PaperTrouble::CoverOpen), (jammed, PaperTrouble::Cutter), (both, PaperTrouble::CoverOpen)]
    {
        let mut printer = Simulated::new(SlipWidth::Dots384);
        printer.suffer(fault);
        assert_eq!(asked(&mut printer).unwrap().trouble(), Some(trouble), "{fault:?}");
    }
    let mut mute = Simulated::new(SlipWidth::Dots384);
    mute.suffer(Fault { mute: true, ..open });
    assert_eq!(asked(&mut mute), None, "nothing is known of one that says nothing");
}

#[test]
fn the_answers_of_the_references() {
    let of = |answers: [u8; 4]| {
        let mut status = Status::default();
        for (query, answer) in Query::ALL.into_iter().zip(answers) {
            status.learn(query, answer);
        }
        status
    };
    let fine = Status::default();
    for (answers, status) in [
        ([0x12, 0x12, 0x12, 0x12], fine),
        // The drawer is of no interest.
        ([0x16, 0x12, 0x12, 0x12], fine),
        ([0x1a, 0x16, 0x12, 0x12], Status { offline: true, cover_open: true, ..fine }),
        ([0x1a, 0x32, 0x12, 0x7e], Status { offline: true, paper: Paper::Out, ..fine }),
        ([0x12, 0x12, 0x12, 0x1e], Status { paper: Paper::NearEnd, ..fine }),
        ([0x1a, 0x52, 0x1a, 0x12], Status { offline: true, cutter: true, ..fine }),
        ([0x1a, 0x52, 0x32, 0x12], Status { offline: true, broken: true, ..fine }),
        ([0x1a, 0x52, 0x52, 0x12], Status { offline: true, resting: true, ..fine }),
        ([0x1a, 0x1a, 0x12, 0x12], Status { offline: true, feeding: true, ..fine }),
    ] {
        assert_eq!(of(answers), status, "{answers:02x?}");
    }
    for (word, status) in [
        ([0x10, 0x00, 0x00, 0x0f], fine),
        ([0x38, 0x00, 0x00, 0x0f], Status { offline: true, cover_open: true, ..fine }),
        ([0x10, 0x00, 0x03, 0x0f], Status { paper: Paper::NearEnd, ..fine }),
        ([0x18, 0x00, 0x0f, 0x0f], Status { offline: true, paper: Paper::Out, ..fine }),
        ([0x18, 0x08, 0x00, 0x0f], Status { offline: true, cutter: true, ..fine }),
        ([0x18, 0x20, 0x00, 0x0f], Status { offline: true, broken: true, ..fine }),
    ] {
        assert_eq!(told(&word), [status], "{word:02x?}");
    }
}

#[test]
fn a_printer_that_was_asked_to_tells_what_changes_and_only_then() {
    let mut printer = Simulated::new(SlipWidth::Dots384);
    assert_eq!(told(&printer.suffer(Fault::default())), []);
    assert_eq!(told(&printer.receive(&[0x1d, b'a', 0xff])), [Status::default()]);
    assert_eq!(told(&printer.suffer(Fault::default())), [], "nothing changed");
    let open = told(&printer.suffer(Fault { cover_open: true, ..Fault::default() }));
    assert_eq!(open.iter().map(Status::trouble).collect::<Vec<_>>(), [Some(PaperTrouble::CoverOpen)]);
    assert_eq!(told(&printer.suffer(Fault::default())), [Status::default()]);
}

#[test]
fn a_picture_that_looks_like_a_question_is_a_picture() {
    let dots = [0x10, 0x04, 1, 0x10, 0x04, 4].repeat(8 * 300);
    let paper = Bitmap::of(384, dots);
    for piece in [1, 3, 1000] {
        let mut printer = Simulated::new(SlipWidth::Dots384);
        let said: Vec<u8> =
            thermal::slip(&paper).chunks(piece).flat_map(|bytes| printer.receive(bytes)).collect();
        assert!(said.is_empty(), "{said:?}");
        assert!(printer.take_papers() == [paper.clone()], "in pieces of {piece}");
    }
}

#[test]
fn what_is_no_word_of_a_printer_is_passed_over() {
    let mut listener = Listener::default();
    let noise = [0xff, 0x00, 0x93, 0x11, 0x80, b'x'];
    assert_eq!(noise.into_iter().find_map(|byte| listener.hear(byte)), None);
    // A word that breaks off, and an answer in its place.
    let heard: Vec<Heard> = [0x10, 0x00, 0x1a].into_iter().filter_map(|byte| listener.hear(byte)).collect();
    assert_eq!(heard, [Heard::Answer(0x1a)]);
}
