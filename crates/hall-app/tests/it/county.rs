//! Two halls of a county: each desk joined it with a code, and what one hall prints is scanned in the other. The line to
//! the county is in memory; the county, its archive and its judgement are the real ones.

use std::cell::Cell;

use county_server::archive::{Archive as _, Grant};
use county_server::embedded::Embedded;
use county_server::enrol::Applicant;
use county_server::exchange::{authenticate, exchange};
use hall_app::api::desk::{PaperElsewhere, PaperVerdict, SignedKind};
use hall_app::api::kiosk::Credential;
use hall_app::api::{DeskCommand, DeskReply, KioskCommand};
use hall_app::{Code, Hall, Options};
use hall_core::Instant;
use hall_core::vocab::DeviceRole;
use hall_log::token::Token;
use hall_sync::Input;
use hall_sync::enrolment::{Invitation, Pin};
use hall_sync::event::Outgoing;
use tempfile::TempDir;

use crate::reply;
use crate::support::{DESK, MINUTE, Market, PIN, Site, at, qr_in, refused};
use crate::verify::{checked, facts, scan, slip_text};

struct County {
    _dir: TempDir,
    archive: Embedded,
    issuer: county_server::County,
    runtime: tokio::runtime::Runtime,
    mono: Cell<i64>,
}

impl County {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (archive, issuer) = Embedded::open(dir.path(), false).unwrap();
        Self {
            _dir: dir,
            archive,
            issuer,
            runtime: tokio::runtime::Runtime::new().unwrap(),
            mono: Cell::new(0),
        }
    }

    /// A hall that worked alone and joined the county with a code; its number, and its desk.
    fn hall(&self, number: u32) -> (u32, Market) {
        let mut market = Market::numbered(Site::new(), number);
        let now = market.site.now();
        let digest = [number as u8; 32];
        let applicant = Applicant { key: market.signing_key().verifying_key(), digest, device: Some(number) };
        let enrolled = self.runtime.block_on(async {
            let hall = self.archive.add_hall("示范零工客栈").await.unwrap();
            let grant = Grant { hall, role: DeviceRole::Desk, name: format!("{hall} 厅服务台") };
            assert!(self.archive.add_code(digest, &grant, now).await.unwrap());
            self.archive.enrol(&self.issuer, &applicant, now).await.unwrap()
        });
        let key = self.issuer.verifying_key();
        let invitation =
            Invitation { code: String::new(), pin: Some(Pin::of(key.as_bytes())), addresses: Vec::new() };
        market.join(&enrolled, &invitation, "county:8443").unwrap();
        market.reopen();
        (enrolled.hall, market)
    }

    /// Carries between the desks and the county until nobody brings anything new.
    fn settle(&self, desks: &[&Market]) {
        for _ in 0..12 {
            self.mono.set(self.mono.get() + 10 * MINUTE);
            let mono = Instant(self.mono.get());
            for desk in desks {
                for input in [Input::Changed, Input::Tick] {
                    let out = desk.step(mono, input).out;
                    for message in out {
                        self.carry(desk, mono, message);
                    }
                }
            }
        }
    }

    fn carry(&self, desk: &Market, mono: Instant, message: Outgoing) {
        let Outgoing::Send { upstream, exchange: asked, message } = message else { panic!("{message:?}") };
        let now = desk.site.now();
        let answer = self.runtime.block_on(async {
            let caller = authenticate(&self.archive, &self.issuer, message, now).await?;
            exchange(&self.archive, &self.issuer, caller, now).await
        });
        let response = answer.map(|exchanged| exchanged.response).map_err(|error| error.refused());
        assert!(response.is_ok(), "{response:?}");
        let next = desk.step(mono, Input::Response { upstream, exchange: asked, response }).out;
        for message in next {
            self.carry(desk, mono, message);
        }
    }
}

/// A machine that a desk vouches for; it never speaks for itself here.
fn machine(desk: &Market, number: u32, name: &str) -> (Site, Hall) {
    let add = DeskCommand::AddDevice { name: name.into(), role: DeviceRole::Kiosk };
    let invitation: Invitation = reply!(desk.act(add), DeskReply::Invitation).text.parse().unwrap();
    let site = Site::new();
    let hall = Hall::open(Options { device: Some(number), ..site.options() }).unwrap();
    desk.enrol(&hall.application(&invitation)).unwrap();
    (site, hall)
}

#[track_caller]
fn elsewhere(market: &Market, text: &str) -> PaperElsewhere {
    *reply!(scan(market, text).unwrap(), DeskReply::PaperElsewhere)
}

const NEAR: u32 = 3_000_000_001;
const FAR: u32 = 3_000_000_002;
const KIOSK: u32 = 3_000_000_003;

#[test]
fn a_slip_of_another_hall_tells_its_facts_and_never_that_it_is_unused() {
    let county = County::new();
    let ((_, near), (far_hall, far)) = (county.hall(NEAR), county.hall(FAR));
    county.settle(&[&near, &far]);
    let ticket = far.take(1, &far.publish(2));
    let slip = slip_text(&far, &ticket);
    let found = elsewhere(&near, &slip);
    assert_eq!((found.hall, &found.code), (far_hall, &ticket.code));
    let paper = found.paper;
    assert_eq!((paper.kind, paper.place, &*paper.issued), (SignedKind::Slip, Some(1), "05:00"));
    assert_eq!((paper.machine, paper.expired, paper.stopped), (format!("{far_hall} 厅服务台"), false, false));
    assert_eq!(paper.good_until, "11月22日 05:30");
    assert_eq!(checked(&far, &slip).verdict, PaperVerdict::Valid, "at home it is a slip like any other");

    // Altered by one character.
    let mut altered = slip.clone().into_bytes();
    let last = altered.len() - 3;
    altered[last] = if altered[last] == b'7' { b'8' } else { b'7' };
    let error = refused(scan(&near, &String::from_utf8(altered).unwrap()), Code::QrForged);
    assert!(error.message.contains("厅服务台"), "{}", error.message);

    // A card signs in at home only.
    let card = DeskCommand::IssueCard { worker: ticket.worker.clone() };
    let card = qr_in(&reply!(far.act(card), DeskReply::Slip).png);
    let error = refused(scan(&near, &card), Code::QrUnknown);
    assert!(error.message.contains(&format!("{far_hall} 号大厅")), "{}", error.message);
    let credential = Credential::Card { text: card };
    refused(near.ask_kiosk(KioskCommand::SignIn { credential }), Code::BadCard);

    near.site.set(at("2026-11-22", "06:00"));
    near.log_in(DESK, &near.supervisor, PIN).unwrap();
    assert!(elsewhere(&near, &slip).paper.expired);
}

#[test]
fn a_machine_that_a_desk_vouched_for_is_known_elsewhere_and_so_is_its_end() {
    let county = County::new();
    let ((_, near), (far_hall, far)) = (county.hall(NEAR), county.hall(FAR));
    let (_site, kiosk) = machine(&far, KIOSK, "自助机 1");
    let now = far.site.now();
    let standby = Token::Slip(facts("3000000003.1.5", "3000000002.1.9", 0, now)).sign(kiosk.signing_key());
    let made = Token::Agreement(facts("3000000003.1.5", "3000000002.1.9", 3, now)).sign(kiosk.signing_key());
    refused(scan(&near, &standby), Code::QrForged);
    county.settle(&[&far, &near]);
    let found = elsewhere(&near, &standby);
    assert_eq!((found.hall, &*found.paper.machine), (far_hall, "自助机 1"));
    assert_eq!((found.paper.kind, found.paper.place), (SignedKind::Standby, None));
    let found = elsewhere(&near, &made);
    assert_eq!((found.paper.kind, found.paper.place), (SignedKind::Agreement, Some(3)));

    far.act(DeskCommand::RevokeDevice { device: KIOSK, reason: "丢了".into() });
    county.settle(&[&far, &near]);
    assert!(elsewhere(&near, &made).paper.stopped);
    // At home as well: the record has no such ticket, and whoever signed was stopped.
    let error = refused(scan(&far, &made), Code::QrUnknown);
    assert!(error.message.contains("停用"), "{}", error.message);
}

/// Desks draw their numbers by chance, and a thief draws as he likes.
#[test]
fn another_halls_machine_of_the_same_number_is_another_machine() {
    let county = County::new();
    let ((_, near), (_, far)) = (county.hall(NEAR), county.hall(FAR));
    let (_far_site, theirs) = machine(&far, KIOSK, "别厅自助机");
    county.settle(&[&far, &near]);
    let (_near_site, ours) = {
        let site = Site::new();
        let hall = Hall::open(Options { device: Some(KIOSK), ..site.options() }).unwrap();
        (site, hall)
    };
    // Known here already, as another hall's: a new machine gets another number.
    let add = DeskCommand::AddDevice { name: "自助机".into(), role: DeviceRole::Kiosk };
    let invitation: Invitation = reply!(near.act(add), DeskReply::Invitation).text.parse().unwrap();
    assert!(near.enrol(&ours.application(&invitation)).is_err());

    // The other way round: it was ours before we heard of theirs.
    let (_, late) = county.hall(3_000_000_009);
    let (_late_site, kiosk) = machine(&late, KIOSK, "自助机");
    far.act(DeskCommand::RevokeDevice { device: KIOSK, reason: "丢了".into() });
    county.settle(&[&far, &late]);
    let now = late.site.now();
    let own = Token::Slip(facts("3000000003.1.5", "3000000009.1.9", 1, now));
    let error = refused(scan(&late, &own.sign(kiosk.signing_key())), Code::QrUnknown);
    assert!(error.message.contains("小票是真的"), "ours was not stopped: {}", error.message);
    assert!(elsewhere(&late, &own.sign(theirs.signing_key())).paper.stopped);
    let view = *reply!(late.act(DeskCommand::Devices), DeskReply::Devices);
    let row = view.devices.iter().find(|row| row.device == KIOSK).unwrap();
    assert_eq!((&*row.name, row.revoked), ("自助机", false));
    let again: Invitation = {
        let add = DeskCommand::AddDevice { name: "自助机".into(), role: DeviceRole::Kiosk };
        reply!(late.act(add), DeskReply::Invitation).text.parse().unwrap()
    };
    late.enrol(&kiosk.application(&again)).unwrap();
}
