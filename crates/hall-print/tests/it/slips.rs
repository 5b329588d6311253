//! Slips and member cards.

use hall_print::slip::{Reprint, SlipContent, SlipState, SlipWidth, card, slip, test_page};
use hall_print::{Bitmap, Fonts};

use crate::sample;
use crate::tools::{Temp, ask, golden, updating};

/// The texts of all codes that an independent reader finds.
pub(crate) fn decoded_by_rqrr(bitmap: &Bitmap) -> Vec<String> {
    let (width, height) = (bitmap.width() as usize, bitmap.height() as usize);
    let mut image =
        rqrr::PreparedImage::prepare_from_bitmap(width, height, |x, y| bitmap.is_black(x as u32, y as u32));
    image.detect_grids().iter().map(|grid| grid.decode().unwrap().1).collect()
}

fn decoded_by_zbar(bitmap: &Bitmap) -> String {
    let file = Temp::new("slip.png", &bitmap.to_png().unwrap());
    ask("zbarimg", "zbar-tools", &["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"], &file, &[])
}

#[test]
fn two_independent_readers_decode_the_code_at_both_widths() {
    let fonts = sample::fonts();
    for width in SlipWidth::ALL {
        for content in [sample::slip(), sample::standby()] {
            let paper = slip(&content, &fonts, width).unwrap().paper.picture;
            assert_eq!(paper.width(), width.dots());
            assert_eq!(decoded_by_rqrr(&paper), [sample::TOKEN]);
            assert_eq!(decoded_by_zbar(&paper).trim_end(), sample::TOKEN);
        }
        let paper = card(&sample::card(), &fonts, width).unwrap().paper.picture;
        assert_eq!(decoded_by_rqrr(&paper), [sample::card().qr.as_str()]);
        assert_eq!(decoded_by_zbar(&paper).trim_end(), sample::card().qr);
        let paper = test_page(&sample::test_page(), &fonts, width).unwrap().paper.picture;
        assert_eq!(paper.width(), width.dots());
        assert_eq!(decoded_by_rqrr(&paper), [sample::test_page().qr.as_str()]);
        assert_eq!(decoded_by_zbar(&paper).trim_end(), sample::test_page().qr);
    }
}

#[test]
fn a_slip_without_a_token_has_no_code() {
    let content = SlipContent { qr: None, ..sample::slip() };
    let paper = slip(&content, &sample::fonts(), SlipWidth::Dots384).unwrap().paper.picture;
    assert_eq!(decoded_by_rqrr(&paper), Vec::<String>::new());
}

/// Compares dot by dot, so that another version of the PNG encoder does not matter.
fn assert_golden(name: &str, paper: &Bitmap) {
    let path = golden(name);
    if updating() {
        std::fs::write(&path, paper.to_png().unwrap()).unwrap();
    }
    let file = std::fs::File::open(&path).unwrap();
    let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
    let mut dots = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut dots).unwrap();
    assert_eq!((frame.width, frame.height), (paper.width(), paper.height()), "{name}");
    let black: Vec<u8> = dots.iter().map(|byte| !byte).collect();
    assert!(black == paper.as_bytes(), "{name} differs: UPDATE_GOLDEN=1, then look at it");
}

#[test]
fn slips_look_as_they_did() {
    let fonts = sample::fonts();
    let reprint = SlipContent { reprint: Some(Reprint { n: 2, at: "08:40".into() }), ..sample::slip() };
    for width in SlipWidth::ALL {
        let dots = width.dots();
        for (name, content) in
            [("confirmed", &sample::slip()), ("standby", &sample::standby()), ("reprint", &reprint)]
        {
            assert_golden(
                &format!("slip-{name}-{dots}.png"),
                &slip(content, &fonts, width).unwrap().paper.picture,
            );
        }
        assert_golden(
            &format!("card-{dots}.png"),
            &card(&sample::card(), &fonts, width).unwrap().paper.picture,
        );
        let page = test_page(&sample::test_page(), &fonts, width).unwrap().paper.picture;
        assert_golden(&format!("test-page-{dots}.png"), &page);
    }
}

#[test]
fn a_test_page_shows_each_dot_of_the_head_black_and_alone() {
    for width in SlipWidth::ALL {
        let paper = test_page(&sample::test_page(), &sample::fonts(), width).unwrap().paper.picture;
        let black = |x: u32, y: u32| paper.is_black(x, y);
        let rows_where = |fits: &dyn Fn(u32) -> bool| (0..paper.height()).filter(|y| fits(*y)).count();
        assert_eq!(rows_where(&|y| (0..paper.width()).all(|x| black(x, y))), 32);
        for x in 0..paper.width() {
            // Around it only what the slanting lines leave white.
            let alone = |y: u32| {
                let near = x.saturating_sub(7)..(x + 8).min(paper.width());
                black(x, y) && near.filter(|x| black(*x, y)).count() == 1
            };
            assert!(rows_where(&alone) >= 4, "{width:?}: dot {x}");
        }
    }
}

/// Rows of which more than half the dots are black.
fn dark_rows(bitmap: &Bitmap) -> usize {
    let black = |row: &[u8]| row.iter().map(|byte| byte.count_ones()).sum::<u32>();
    bitmap.rows().filter(|row| black(row) * 2 > bitmap.width()).count()
}

#[test]
fn a_standby_slip_is_known_by_its_black_head_from_across_the_hall() {
    let fonts = sample::fonts();
    for width in SlipWidth::ALL {
        let confirmed = slip(&sample::slip(), &fonts, width).unwrap().paper.picture;
        let standby = slip(&sample::standby(), &fonts, width).unwrap().paper.picture;
        // A confirmed slip has the two lines of its frame and a few rows of dense characters.
        assert!(dark_rows(&confirmed) <= 24, "{}", dark_rows(&confirmed));
        assert!(dark_rows(&standby) >= 80, "{}", dark_rows(&standby));
    }
}

#[test]
fn names_of_any_length_and_rarity_are_printed_or_reported() {
    let fonts = sample::fonts();
    for (worker, missing) in [
        ("龘".to_owned(), vec![]),
        ("䶮𬭚㛃".to_owned(), vec![]),
        ("𪻐".to_owned(), vec!['𪻐']),
        ("䶮𬭚㛃𪻐欧阳".chars().cycle().take(50).collect(), vec!['𪻐']),
        (String::new(), vec![]),
        ("王\u{0}\u{202e}\u{fe0f}👷".to_owned(), vec!['👷']),
    ] {
        for width in SlipWidth::ALL {
            let short = slip(&sample::slip(), &fonts, width).unwrap().paper.picture;
            let content = SlipContent { worker: worker.clone(), ..sample::slip() };
            let made = slip(&content, &fonts, width).unwrap();
            assert_eq!(made.missing, missing, "{worker}");
            if worker.chars().count() == 50 {
                assert!(made.paper.picture.height() > short.height(), "a long name takes more lines");
            }
            assert_eq!(decoded_by_rqrr(&made.paper.picture), [sample::TOKEN], "{worker}");
        }
    }
}

#[test]
fn extreme_content_stays_on_the_paper() {
    let fonts = Fonts::load(&[]);
    let long = "很长的一句话，没有尽头".repeat(30);
    for width in SlipWidth::ALL {
        let content = SlipContent {
            hall: long.clone(),
            title: long.clone(),
            pay: "42949672.95".into(),
            pay_unit: "元/本项工作".into(),
            place: "W".repeat(400),
            contact: None,
            bring: None,
            state: SlipState::Standby { position: u32::MAX, decide_by: "明天 08:55".into() },
            notes: vec![long.clone(); 9],
            short_code: "7K4M-2Q".repeat(5),
            ..sample::slip()
        };
        let paper = slip(&content, &fonts, width).unwrap().paper.picture;
        // The outermost dots of the head wear first: nothing is drawn there.
        let edges =
            (0..paper.height()).filter(|y| paper.is_black(0, *y) || paper.is_black(paper.width() - 1, *y));
        assert_eq!(edges.count(), 0);
    }
}
