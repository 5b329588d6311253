//! A scanner on a pseudo terminal at the desk and a card reader behind a socket at the kiosk, in the real windows.

use std::io::Cursor;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hall_app::api::KioskCommand;
use hall_app::api::kiosk::{Credential, KioskReply};
use hall_app::api::readers::IdCard;
use hall_app::api::shared::WorkerForm;
use hall_app::readers::simulated::{CardReader, Desktop, Scanner, Way};
use hall_tests::desk::Desk;
use hall_tests::hall::{PIN, Prepared};
use hall_tests::kiosk::Kiosk;
use hall_tests::webdriver::Session;

use crate::support::{TITLE, employer, hall_with_devices, post, prepared, worker};

fn by(testid: &str) -> String {
    format!("[data-testid=\"{testid}\"]")
}

/// The code on the slip of a worker who took a place.
fn slip_of(hall: &Prepared, form: &WorkerForm, post: &str) -> String {
    let ticket = hall.claim(&form.id_number, post).unwrap();
    let credential = Credential::IdNumber { text: form.id_number.clone() };
    hall.kiosk(KioskCommand::SignIn { credential }).unwrap();
    let asked = hall.kiosk(KioskCommand::Slip { ticket: ticket.id }).unwrap();
    let KioskReply::Slip(slip) = asked else { panic!("a slip, not {asked:?}") };
    code_in(&STANDARD.decode(slip.png).unwrap())
}

/// The text of the code in a picture of a slip: one bit a dot.
fn code_in(png: &[u8]) -> String {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info().unwrap();
    let mut dots = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut dots).unwrap();
    assert_eq!(info.bit_depth, png::BitDepth::One);
    let black = |x: usize, y: usize| dots[y * info.line_size + x / 8] >> (7 - x % 8) & 1 == 0;
    let mut picture =
        rqrr::PreparedImage::prepare_from_bitmap(info.width as usize, info.height as usize, black);
    picture.detect_grids()[0].decode().unwrap().1
}

fn card_of(form: &WorkerForm) -> Desktop {
    Desktop::Card(Box::new(IdCard {
        name: form.name.clone(),
        number: form.id_number.clone(),
        sex: "男".into(),
        nation: "汉".into(),
        born: "19860412".into(),
        address: "奎山县柳林社区".into(),
        valid_until: "2036.05.01".into(),
    }))
}

fn tone(page: &Session, testid: &str, tone: &str) {
    page.find(&format!("{}[data-tone=\"{tone}\"]", by(testid))).unwrap();
}

/// Pictures to look at, where somebody wants them.
fn keep(page: &Session, name: &str) {
    if let Some(folder) = std::env::var_os("HALL_EVIDENCE") {
        let path = std::path::Path::new(&folder).join(format!("readers-{name}.png"));
        std::fs::write(path, page.picture().unwrap()).unwrap();
    }
}

#[test]
fn a_scanned_slip_opens_at_the_desk_and_a_card_signs_in_at_the_kiosk() {
    let mut scanner = Scanner::plug_in().unwrap();
    let at_kiosk = CardReader::listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let at_desk = CardReader::listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    at_desk.answer_in_gbk(true);
    let reader = |seat: &str, reader: &CardReader| {
        let fields = ["name", "number", "sex", "nation", "born", "address", "valid_until"]
            .map(|field| format!("{field} = '/card/{field}'"))
            .join(", ");
        format!(
            "[{seat}.card_reader]\nurl = 'http://{}/read'\nevery_ms = 100\nfields = {{ {fields} }}\n\
             no_card = {{ pointer = '/state', value = 'no card' }}\n",
            reader.at()
        )
    };
    let devices = format!(
        "\n[desk.scanner]\npath = '{}'\n{}{}",
        scanner.path(),
        reader("desk", &at_desk),
        reader("kiosk", &at_kiosk)
    );
    let (first, second, third) = (worker(1), worker(3), worker(5));
    let mut slip = String::new();
    let hall = hall_with_devices(&devices, |place| {
        let hall = prepared(place);
        let employer = hall.employer(employer()).unwrap();
        let post = hall.post(post(&employer, TITLE, 3)).unwrap();
        hall.worker(first.clone(), true).unwrap();
        hall.worker(second.clone(), false).unwrap();
        slip = slip_of(&hall, &first, &post);
    });

    let desk = Desk(hall.screens.desk().unwrap());
    desk.log_in(PIN).unwrap();
    for device in ["reader-desk-scanner", "reader-desk-card_reader", "reader-kiosk-card_reader"] {
        tone(desk.0, device, "go");
    }
    scanner.scan(&slip, Way::Half).unwrap();
    desk.0.find_where(&by("toast-bad"), |toast| Ok(toast.text()?.contains("没扫全"))).unwrap();
    scanner.scan(&slip, Way::FullWidth).unwrap();
    assert!(desk.shown("ticket-verdict").unwrap().contains("小票验过"));
    keep(desk.0, "desk-slip");

    desk.go("register").unwrap();
    at_desk.put(card_of(&third));
    assert!(desk.shown("card-says").unwrap().contains("1986-04-12"));
    let filled =
        desk.0.run("return document.querySelector(arguments[0]).value", &[by("worker-address").into()]);
    assert_eq!(filled.unwrap(), "奎山县柳林社区");
    keep(desk.0, "desk-register");
    at_desk.put(Desktop::Says(b"<html>".to_vec()));
    tone(desk.0, "reader-desk-card_reader", "wait");
    keep(desk.0, "desk-trouble");

    let kiosk = Kiosk(hall.screens.kiosk().unwrap());
    kiosk.open_post(TITLE).unwrap();
    kiosk.tap("want").unwrap();
    kiosk.shown("id-card-hint").unwrap();
    keep(kiosk.0, "kiosk-identity");
    at_kiosk.put(card_of(&second));
    kiosk.shown("confirm").unwrap();
    kiosk.shown("card-left").unwrap();
    keep(kiosk.0, "kiosk-card-left");
    kiosk.confirm().unwrap();
    kiosk.finish().unwrap();
    // The card lies there still, and signs in nobody else.
    kiosk.tap("sign-in").unwrap();
    kiosk.shown("id-card-hint").unwrap();
    keep(kiosk.0, "kiosk-card-lies");
    at_kiosk.put(Desktop::Empty);
    kiosk.0.gone(&by("card-left")).unwrap();
    at_kiosk.put(card_of(&third));
    let said = kiosk.shown("trouble-message").unwrap().text().unwrap();
    assert!(said.contains("到窗口登记"), "{said}");
    keep(kiosk.0, "kiosk-unknown");
}
