//! What a printer is sent, and what it is understood to say. The other side is the simulated printer, which was
//! written from the makers' references and not from what is sent here; its own words are compared with theirs.

use hall_core::vocab::PaperTrouble;
use hall_print::Bitmap;
use hall_print::slip::{SlipWidth, slip};
use hall_print::thermal::{self, Fault, Heard, Listener, Paper, Query, Simulated, Status};

use proptest::prelude::{any, proptest};
use proptest::prop_assert;

use crate::sample;

fn paper(width: SlipWidth) -> Bitmap {
    slip(&sample::slip(), &sample::fonts(), width).unwrap().paper.picture
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
        let bytes = thermal::slip(&paper.clone().into());
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
    let bytes = thermal::slip(&paper.clone().into());
    assert_eq!((&bytes[..2], &bytes[bytes.len() - 4..]), (&[0x1b, b'@'][..], &[0x1d, b'V', 66, 0][..]));
}

#[test]
fn a_roll_that_ends_in_the_middle_is_told_and_the_slip_comes_out_once() {
    let paper = paper(SlipWidth::Dots384);
    let mut printer = Simulated::new(SlipWidth::Dots384);
    assert_eq!(asked(&mut printer), Some(Status::default()));
    printer.load(300);
    assert_eq!(asked(&mut printer).unwrap(), Status { paper: Paper::NearEnd, ..Status::default() });
    printer.receive(&thermal::slip(&paper.clone().into()));
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
        let said: Vec<u8> = thermal::slip(&paper.clone().into())
            .chunks(piece)
            .flat_map(|bytes| printer.receive(bytes))
            .collect();
        assert!(said.is_empty(), "{said:?}");
        assert!(printer.take_papers() == [paper.clone()], "in pieces of {piece}");
    }
}

#[test]
fn what_no_printer_says_is_odd_and_what_steers_a_line_is_nothing() {
    let hear = |bytes: &[u8]| -> Vec<Heard> {
        let mut listener = Listener::default();
        bytes.iter().filter_map(|byte| listener.hear(*byte)).collect()
    };
    let noise = [0xff, 0x93, 0x01, 0x80, b'H'];
    assert_eq!(hear(&noise), noise.map(Heard::Odd));
    assert_eq!(hear(&[0x11, 0x13]), []);
    // A word that breaks off, and an answer in its place.
    assert_eq!(hear(&[0x10, 0x00, 0x1a]), [Heard::Answer(0x1a)]);
    assert_eq!(
        hear(&[0x00, 0x03, 0x0c, 0x0f, 0x60]),
        [
            Heard::Sensor(Paper::Present),
            Heard::Sensor(Paper::NearEnd),
            Heard::Sensor(Paper::Out),
            Heard::Sensor(Paper::Out),
            Heard::Sensor(Paper::Present),
        ]
    );
}

#[test]
fn a_question_that_comes_in_pieces_is_one() {
    let mut printer = Simulated::new(SlipWidth::Dots384);
    let said: Vec<u8> = Query::Roll.bytes().iter().flat_map(|byte| printer.receive(&[*byte])).collect();
    assert_eq!(said, [0x12]);
}

#[test]
fn the_queued_question_is_answered_when_the_paper_is_out() {
    let paper = paper(SlipWidth::Dots384);
    let bytes = [thermal::slip(&paper.clone().into()), thermal::SENSOR.to_vec()].concat();
    let mut printer = Simulated::new(SlipWidth::Dots384);
    printer.load(300);
    assert!(printer.receive(&bytes).is_empty(), "the roll ends first");
    assert_eq!(printer.load(100_000), [0x00]);
    assert!(printer.take_papers() == [paper.clone()]);
    printer.suffer(Fault { unordered: true, ..Fault::default() });
    assert!(printer.receive(&bytes).is_empty());
    assert!(printer.take_papers() == [paper.clone()]);
    printer.suffer(Fault { slow: Some(10), ..Fault::default() });
    assert!(printer.receive(&bytes).is_empty());
    let mut turns = 0;
    let mut said = Vec::new();
    while printer.is_busy() {
        assert!(said.is_empty() && printer.take_papers().is_empty());
        said = printer.receive(&[]);
        turns += 1;
    }
    assert!(turns >= paper.height() / 10);
    assert_eq!(said, [0x00]);
    assert!(printer.take_papers() == [paper]);
}

#[test]
fn what_is_planned_for_it_happens_in_the_middle() {
    let paper = paper(SlipWidth::Dots384);
    let mut printer = Simulated::new(SlipWidth::Dots384);
    assert_eq!(told(&printer.receive(&thermal::TELL)), [Status::default()]);
    printer.suffer_after(100, Fault { cover_open: true, ..Fault::default() });
    let said = told(&printer.receive(&thermal::slip(&paper.clone().into())));
    assert_eq!(said.iter().map(Status::trouble).collect::<Vec<_>>(), [Some(PaperTrouble::CoverOpen)]);
    assert_eq!(told(&printer.suffer(Fault::default())), [Status::default()]);
    assert!(printer.take_papers() == [paper]);
    printer.hang_up_after(4);
    assert_eq!(printer.receive(&thermal::SENSOR), [0x00]);
    assert!(!printer.hangs_up());
    assert!(printer.receive(&thermal::SENSOR).is_empty());
    assert!(printer.hangs_up() && !printer.hangs_up());
}

proptest! {
    #[test]
    fn any_bytes_are_heard_and_printed_without_a_fault_of_ours(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut listener = Listener::default();
        let heard = bytes.iter().filter_map(|byte| listener.hear(*byte)).count();
        prop_assert!(heard <= bytes.len());
        let mut printer = Simulated::new(SlipWidth::Dots384);
        let said = bytes.chunks(7).map(|bytes| printer.receive(bytes).len()).sum::<usize>();
        // A command of three bytes makes it say four at most.
        prop_assert!(said <= 4 * bytes.len());
    }
}
