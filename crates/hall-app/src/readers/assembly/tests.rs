use ed25519_dalek::SigningKey;
use hall_core::EntityId;
use hall_log::token::{CardFacts, Seconds, SlipFacts};
use proptest::prelude::*;

use super::*;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn slip(seq: u64) -> String {
    let facts = SlipFacts {
        ticket: EntityId::new(1, 1, seq),
        post: EntityId::new(1, 1, 3),
        place: 4,
        worker: [9; 8],
        issued: Seconds(1_795_000_000),
        expires: Seconds(1_795_040_000),
        nonce: [5; 8],
    };
    Token::Slip(facts).sign(&key())
}

fn card(seq: u64) -> String {
    let facts = CardFacts {
        worker: EntityId::new(1, 1, seq),
        card: 1,
        issued: Seconds(1_795_000_000),
        expires: Seconds(1_895_000_000),
        nonce: [6; 8],
    };
    Token::Card(facts).sign(&key())
}

const fn ms(at: u64) -> Duration {
    Duration::from_millis(at)
}

/// All that comes of pieces, each some time after the one before, and of a long quiet behind them.
fn scans<P: AsRef<[u8]>>(pieces: &[P], gap: u64) -> Vec<Scan> {
    let mut assembly = Assembly::default();
    let mut now = 0;
    let mut found = Vec::new();
    for piece in pieces {
        now += gap;
        found.extend(assembly.push(piece.as_ref(), ms(now)));
    }
    found.extend(assembly.rest(ms(now + 5_000)));
    assert_eq!(assembly.rest(ms(now + 10_000)), None, "nothing is left");
    found
}

fn full_width(text: &str) -> String {
    text.chars().map(|c| char::from_u32(u32::from(c) - 0x21 + 0xff01).unwrap()).collect()
}

#[test]
fn one_code_comes_out_however_it_was_sent() {
    let code = slip(48_211);
    let lower = code.to_lowercase();
    let wide = full_width(&lower);
    let gbk = GBK.encode(&wide).0.into_owned();
    let (a, b) = code.split_at(90);
    for sent in [
        vec![code.clone().into_bytes()],
        vec![format!("{code}\r").into_bytes()],
        vec![format!("{code}\r\n").into_bytes()],
        vec![format!("{lower}\t").into_bytes()],
        vec![format!("]Q1{code}\r").into_bytes()],
        vec![format!("\u{2}{code}\u{3}\r").into_bytes()],
        vec![format!("\u{feff}{wide}\r").into_bytes()],
        vec![[gbk.as_slice(), b"\r"].concat()],
        vec![a.into(), b.into()],
        vec![a.into(), format!("{b}\r").into_bytes()],
        vec![format!("{a}\r").into_bytes(), format!("{b}\r").into_bytes()],
        vec![format!("{a}\r\n{b}\r\n").into_bytes()],
    ] {
        assert_eq!(scans(&sent, 40), [Scan::Whole(code.clone())], "{sent:?}");
    }
}

#[test]
fn what_is_no_code_of_ours_says_why() {
    let code = card(77);
    let half = &code[..code.len() / 2];
    for (sent, flaw) in [
        (half.as_bytes().to_vec(), Flaw::Half),
        (format!("{half}\r").into_bytes(), Flaw::Half),
        ([code.as_bytes(), b"7\r"].concat(), Flaw::Half),
        (format!("{}\r", &code[30..]).into_bytes(), Flaw::Half),
        (b"LG\r".to_vec(), Flaw::Half),
        (b"https://u.wechat.com/abc\r".to_vec(), Flaw::Foreign),
        (b"6901234567892\r".to_vec(), Flaw::Foreign),
        ("你好\r".into(), Flaw::Foreign),
        (b"\xff\xfe\x80\x80\xff\r".to_vec(), Flaw::Garbled),
        (b"7".repeat(BYTES_MAX + 1), Flaw::Garbled),
        ([b"7".repeat(BYTES_MAX + 1).as_slice(), b"\r"].concat(), Flaw::Garbled),
    ] {
        assert_eq!(scans(&[&sent], 1), [Scan::Flawed(flaw)], "{}", String::from_utf8_lossy(&sent));
    }
    assert_eq!(scans(&[b"\r\n\r\n"], 1), []);
}

#[test]
fn a_second_try_takes_the_place_of_the_half_before() {
    let code = slip(5);
    let sent = [format!("{}\r", &code[..60]), format!("{code}\r")];
    assert_eq!(scans(&sent, 300), [Scan::Whole(code.clone())]);
    let sent = [format!("{}\r", &code[..60]), "6901234567892!\r".into()];
    assert_eq!(scans(&sent, 300), [Scan::Flawed(Flaw::Foreign)]);
}

#[test]
fn a_half_is_not_kept_for_the_next_person() {
    let code = slip(6);
    let (a, b) = code.split_at(100);
    let sent = [format!("{a}\r"), format!("{b}\r")];
    assert_eq!(scans(&sent, 2_000), [Scan::Flawed(Flaw::Half), Scan::Flawed(Flaw::Half)]);
}

#[test]
fn two_codes_in_one_breath_are_two() {
    let (one, two) = (slip(1), card(2));
    let sent = [format!("{one}\r{two}\r")];
    assert_eq!(scans(&sent, 1), [Scan::Whole(one), Scan::Whole(two)]);
}

#[test]
fn every_flaw_has_a_remedy_at_both_screens() {
    for flaw in [Flaw::Half, Flaw::Foreign, Flaw::Garbled] {
        for seat in [Seat::Kiosk, Seat::Desk] {
            assert!(flaw.sentence(seat).contains("请"), "{flaw:?}");
        }
    }
}

proptest! {
    #[test]
    fn pieces_make_the_whole(
        seq in 1_u64..1 << 40,
        cuts in proptest::collection::vec(0_usize..256, 0..6),
        gap in 0_u64..700,
        wide: bool,
        ends: bool,
    ) {
        let code = slip(seq);
        let sent = if wide { full_width(&code.to_lowercase()) } else { code.clone() };
        let sent = sent.into_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(sent.len())).collect();
        cuts.extend([0, sent.len()]);
        cuts.sort_unstable();
        let mut pieces: Vec<Vec<u8>> = cuts.windows(2).map(|cut| sent[cut[0]..cut[1]].to_vec()).collect();
        if ends {
            pieces.push(b"\r\n".to_vec());
        }
        prop_assert_eq!(scans(&pieces, gap), [Scan::Whole(code)]);
    }

    #[test]
    fn no_part_is_taken_for_the_whole(seq in 1_u64..1 << 40, from in 0_usize..200, to in 0_usize..200) {
        let code = card(seq);
        let (from, to) = (from.min(code.len()), to.min(code.len()));
        prop_assume!(from < to && to - from < code.len());
        let sent = format!("{}\r", &code[from..to]);
        prop_assert!(matches!(scans(&[sent], 1)[..], [Scan::Flawed(_)]));
    }

    #[test]
    fn no_noise_is_a_code(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..8)) {
        for scan in scans(&pieces, 50) {
            prop_assert!(matches!(scan, Scan::Flawed(_)));
        }
    }
}
