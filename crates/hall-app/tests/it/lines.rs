//! Several machines of a hall: enrolled with a code, exchanging, each going on alone when the line is cut. The line is
//! in memory; everything else is real.

use std::collections::BTreeMap;

use hall_app::api::desk::{CustodyView, DevicesView};
use hall_app::api::kiosk::Credential;
use hall_app::api::paper::{PrinterForm, PrinterHealth};
use hall_app::api::shared::{OverrideForm, PostForm, Reach, TicketState, TicketView};
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, KioskReply};
use hall_app::thermal::Fault;
use hall_app::{AppError, Code, Hall, printing};
use hall_core::Instant;
use hall_core::vocab::{DeviceRole, PaperTrouble, PrinterUse, StandbyReason};
use hall_sync::Input;
use hall_sync::enrolment::{Invitation, NotEnrolled};
use hall_sync::event::Outgoing;
use hall_sync::wire::Have;

use crate::printing::Printer;
use crate::reply;
use crate::support::{DAY, DESK, KIOSK, MINUTE, Market, PIN, Site, at, hall_form, id_number, refused};

/// A machine that is not the desk.
struct Machine {
    site: Site,
    hall: Option<Hall>,
    /// Its line to the desk works.
    up: bool,
}

/// A desk and other machines, in one room.
struct Room {
    desk: Market,
    machines: Vec<Machine>,
    mono: i64,
    /// Who waits for which answer of the desk.
    links: BTreeMap<u64, (usize, u64)>,
    next_link: u64,
    /// What the desk says of the county, which it has no line to.
    county: Vec<Have>,
}

impl Room {
    fn new(kiosks: usize) -> Self {
        let mut room = Self {
            desk: Market::new(),
            machines: Vec::new(),
            mono: 0,
            links: BTreeMap::new(),
            next_link: 0,
            county: Vec::new(),
        };
        for n in 0..kiosks {
            room.add(&format!("自助机 {}", n + 1), DeviceRole::Kiosk);
        }
        room.settle();
        room
    }

    fn invitation(&self, name: &str, role: DeviceRole) -> Invitation {
        let view = self.desk.act(DeskCommand::AddDevice { name: name.into(), role });
        reply!(view, DeskReply::Invitation).text.parse().unwrap()
    }

    fn add(&mut self, name: &str, role: DeviceRole) {
        let invitation = self.invitation(name, role);
        let site = Site::new();
        site.set(self.desk.site.now());
        let hall = Hall::open(site.options()).unwrap();
        let enrolled = self.desk.enrol(&hall.application(&invitation)).unwrap();
        hall.join(&enrolled, &invitation, "desk:7443").unwrap();
        drop(hall);
        let hall = Some(Hall::open(site.options()).unwrap());
        self.machines.push(Machine { site, hall, up: true });
    }

    fn kiosk(&self, n: usize) -> &Hall {
        self.machines[n].hall.as_ref().unwrap()
    }

    fn set(&mut self, time: &str) {
        self.desk.set(time);
        for machine in &self.machines {
            machine.site.set(at(DAY, time));
        }
        self.mono += 10 * MINUTE;
    }

    /// Lets everybody say what there is to say, until nobody has anything more.
    fn settle(&mut self) {
        for _ in 0..200 {
            self.mono += 10;
            let mut said = self.take(None, Input::Changed);
            for n in 0..self.machines.len() {
                said += self.take(Some(n), Input::Changed);
            }
            self.mono += 10;
            said += self.take(None, Input::Tick);
            for n in 0..self.machines.len() {
                said += self.take(Some(n), Input::Tick);
            }
            if said == 0 {
                return;
            }
        }
        panic!("they never come to rest");
    }

    /// Steps one machine and carries what it says; how many messages arrived anywhere.
    fn take(&mut self, who: Option<usize>, input: Input) -> usize {
        let hall = match who {
            None => &*self.desk,
            Some(n) => match &self.machines[n].hall {
                Some(hall) => hall,
                None => return 0,
            },
        };
        let out = hall.step(Instant(self.mono), input).out;
        let mut arrived = 0;
        for message in out {
            arrived += self.carry(who, message);
        }
        arrived
    }

    fn carry(&mut self, from: Option<usize>, message: Outgoing) -> usize {
        match (from, message) {
            (Some(n), Outgoing::Send { exchange, message, .. }) => {
                if !self.machines[n].up {
                    return self.take(Some(n), Input::Failed { upstream: 0, exchange, jitter: 1 });
                }
                self.next_link += 1;
                self.links.insert(self.next_link, (n, exchange));
                1 + self.take(None, Input::Request { link: self.next_link, message })
            }
            (None, Outgoing::Reply { link, response }) => {
                let Some((n, exchange)) = self.links.remove(&link) else { return 0 };
                if !self.machines[n].up {
                    return self.take(Some(n), Input::Failed { upstream: 0, exchange, jitter: 1 });
                }
                let mut response = response.map(|response| *response);
                if let Ok(response) = &mut response {
                    response.county.extend(&self.county);
                }
                1 + self.take(Some(n), Input::Response { upstream: 0, exchange, response })
            }
            other => panic!("{other:?}"),
        }
    }

    fn cut(&mut self, n: usize) {
        self.machines[n].up = false;
        let open: Vec<(u64, u64)> = self
            .links
            .iter()
            .filter(|(_, (m, _))| *m == n)
            .map(|(link, (_, exchange))| (*link, *exchange))
            .collect();
        for (link, exchange) in open {
            self.links.remove(&link);
            self.take(Some(n), Input::Failed { upstream: 0, exchange, jitter: 1 });
        }
    }

    fn heal(&mut self, n: usize) {
        self.machines[n].up = true;
        // Longer than anybody waits before he tries again.
        self.mono += 6 * MINUTE;
        self.settle();
    }

    fn register(&self, people: std::ops::Range<u16>) {
        for n in people {
            self.desk.register(n);
        }
    }

    fn claim(&self, machine: usize, person: u16, post: &str) -> Result<TicketView, AppError> {
        let kiosk = self.kiosk(machine);
        let credential = Credential::IdNumber { text: id_number(person) };
        kiosk.kiosk(KIOSK, KioskCommand::SignIn { credential })?;
        Ok(*reply!(kiosk.kiosk(KIOSK, KioskCommand::Claim { post: post.into() })?, KioskReply::Ticket))
    }

    /// The person's ticket as that kiosk shows it now.
    fn shown(&self, machine: usize, person: u16) -> TicketView {
        let credential = Credential::IdNumber { text: id_number(person) };
        let session = self.kiosk(machine).kiosk(KIOSK, KioskCommand::SignIn { credential }).unwrap();
        reply!(session, KioskReply::Session).tickets[0].clone()
    }

    fn left(&self, machine: usize, post: &str) -> u16 {
        let detail = self.kiosk(machine).kiosk(KIOSK, KioskCommand::Post { post: post.into() }).unwrap();
        reply!(detail, KioskReply::Post).card.left
    }

    fn devices(&self) -> DevicesView {
        *reply!(self.desk.act(DeskCommand::Devices), DeskReply::Devices)
    }

    fn custody(&self, post: &str) -> CustodyView {
        *reply!(self.desk.act(DeskCommand::Custody { post: post.into() }), DeskReply::Custody)
    }

    /// Every place that anybody was promised, over all machines: none twice.
    fn verify(&self) {
        self.desk.verify();
        for machine in self.machines.iter().filter_map(|machine| machine.hall.as_ref()) {
            let report = machine.store().verify().unwrap();
            assert!(report.ok(), "{report:?}");
        }
    }
}

#[test]
fn a_code_makes_a_machine_one_of_the_hall() {
    let room = Room::new(1);
    let view = room.devices();
    let names: Vec<(&str, bool)> = view.devices.iter().map(|row| (row.name.as_str(), row.this)).collect();
    assert_eq!(names, [("服务台", true), ("自助机 1", false)]);
    assert!(view.by_itself && view.devices.iter().all(|row| row.reachable), "{view:?}");
    let kiosk = room.kiosk(0).enrolment();
    assert_eq!((kiosk.role(), kiosk.certificate.bearer.hall), (DeviceRole::Kiosk, view.hall));
    // It knows the hall by its name and the workers by their numbers.
    let shown = room.kiosk(0).kiosk(KIOSK, KioskCommand::View).unwrap();
    assert_eq!(reply!(shown, KioskReply::View).hall.name, "奎文示范零工客栈");
}

#[test]
fn a_code_is_good_once_and_the_same_machine_may_ask_again() {
    let room = Room::new(0);
    let invitation = room.invitation("自助机 1", DeviceRole::Kiosk);
    let (first, second) = (Site::new(), Site::new());
    let open = |site: &Site| Hall::open(site.options()).unwrap();
    let (first, second) = (open(&first), open(&second));
    let enrolled = room.desk.enrol(&first.application(&invitation)).unwrap();
    assert_eq!(room.desk.enrol(&first.application(&invitation)), Ok(enrolled.clone()), "the answer was lost");
    assert_eq!(room.desk.enrol(&second.application(&invitation)), Err(NotEnrolled::Code));
    let mut wrong = invitation.clone();
    wrong.code.replace_range(0..1, if wrong.code.starts_with('0') { "1" } else { "0" });
    assert_eq!(room.desk.enrol(&first.application(&wrong)), Err(NotEnrolled::Code));
    // An answer that is not for this machine, or comes from somebody else than the pin says, is not believed.
    refused(second.join(&enrolled, &invitation, "desk:7443"), Code::BadInput);
    let mut other = invitation.clone();
    other.pin = Some(hall_sync::enrolment::Pin::of(&[7; 32]));
    refused(first.join(&enrolled, &other, "desk:7443"), Code::BadInput);
    first.join(&enrolled, &invitation, "desk:7443").unwrap();
}

#[test]
fn a_kiosk_may_become_a_desk_and_a_desk_nothing_else() {
    let room = Room::new(0);
    let machine = Hall::open(Site::new().options()).unwrap();
    let invited = |role| room.desk.enrol(&machine.application(&room.invitation("二号窗口", role)));
    assert_eq!(invited(DeviceRole::Kiosk).map(|enrolled| enrolled.role), Ok(DeviceRole::Kiosk));
    assert_eq!(invited(DeviceRole::Desk).map(|enrolled| enrolled.role), Ok(DeviceRole::Desk));
    // What it wrote as a desk nobody would take from a kiosk.
    assert_eq!(invited(DeviceRole::Kiosk), Err(NotEnrolled::Role));
}

#[test]
fn a_code_ends_after_a_day() {
    let room = Room::new(0);
    let invitation = room.invitation("自助机 1", DeviceRole::Kiosk);
    let machine = Hall::open(Site::new().options()).unwrap();
    room.desk.pass(24 * 60 * MINUTE);
    assert_eq!(room.desk.enrol(&machine.application(&invitation)), Err(NotEnrolled::Code));
}

#[test]
fn a_machine_with_data_of_its_own_joins_no_other_hall() {
    let room = Room::new(0);
    let invitation = room.invitation("自助机 1", DeviceRole::Kiosk);
    let site = Site::new();
    let other = Hall::open(site.options()).unwrap();
    let set_up = DeskCommand::SetUp { hall: hall_form(), name: "王主管".into(), pin: PIN.into() };
    other.desk(DESK, set_up).unwrap();
    let enrolled = room.desk.enrol(&other.application(&invitation)).unwrap();
    refused(other.join(&enrolled, &invitation, "desk:7443"), Code::AlreadySetUp);
}

#[test]
fn places_are_shared_out_and_nobody_gets_one_twice() {
    let mut room = Room::new(2);
    room.register(0..12);
    let post = room.desk.publish(10);
    room.settle();
    // One in five stays at the desk, the others go to the kiosks.
    assert_eq!((room.left(0, &post), room.left(1, &post)), (4, 4));
    let custody = room.custody(&post);
    let rows: Vec<(&str, u16)> = custody.rows.iter().map(|row| (row.name.as_str(), row.free)).collect();
    assert_eq!(rows.iter().map(|(_, free)| free).sum::<u16>(), 10, "{rows:?}");
    room.cut(0);
    room.cut(1);
    let mut places = Vec::new();
    for (machine, person) in [(0, 0), (0, 1), (1, 2), (1, 3), (0, 4), (1, 5), (0, 6), (1, 7)] {
        let ticket = room.claim(machine, person, &post).unwrap();
        places.push(ticket.place.expect("each kiosk held four").index);
        assert_eq!(ticket.reach, Reach::Device);
    }
    // Alone with nothing left, a kiosk never says that it is confirmed.
    let late = room.claim(0, 8, &post).unwrap();
    let standby = late.standby.expect("no place lies here");
    assert_eq!((late.state, standby.reason), (TicketState::Provisional, StandbyReason::NoneHere));
    assert!(standby.elsewhere >= 2, "the desk's two may still be free");
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 8, "eight people, eight numbers");
    room.heal(0);
    room.heal(1);
    // The desk gives of its own to who waits.
    let promoted = room.shown(0, 8);
    assert_eq!((promoted.state, promoted.promoted), (TicketState::Confirmed, true), "{promoted:?}");
    assert!(!places.contains(&promoted.place.unwrap().index));
    assert_eq!(promoted.reach, Reach::Hall);
    let desk = room.desk.post(&post);
    assert_eq!(desk.tickets.iter().filter(|ticket| ticket.place.is_some()).count(), 9);
    room.verify();
}

#[test]
fn the_last_places_taken_on_two_machines_without_a_line() {
    let mut room = Room::new(2);
    room.register(0..3);
    let post = room.desk.publish(2);
    room.settle();
    let (zero, one) = (room.left(0, &post), room.left(1, &post));
    assert_eq!(zero + one, 1, "one of the two stays at the desk, where people can walk to");
    room.cut(0);
    room.cut(1);
    let tickets = [room.claim(0, 0, &post).unwrap(), room.claim(1, 1, &post).unwrap()];
    assert_eq!(tickets.iter().filter(|ticket| ticket.place.is_some()).count(), 1);
    room.desk.register(2);
    let worker = room.desk.register(2).id;
    let dispatch = DeskCommand::Dispatch { post: post.clone(), worker };
    assert!(reply!(room.desk.act(dispatch), DeskReply::Ticket).place.is_some(), "the desk's own");
    room.heal(0);
    room.heal(1);
    let confirmed =
        [room.shown(0, 0), room.shown(1, 1)].iter().filter(|ticket| ticket.place.is_some()).count();
    assert_eq!(confirmed, 1, "two places, two people, and the third keeps waiting");
    room.verify();
}

#[test]
fn how_a_kiosk_s_printer_is_shows_at_the_desk() {
    let printer = Printer::new(Fault::default());
    let mut room = Room::new(1);
    let form = PrinterForm {
        device: room.devices().devices.iter().find(|row| row.role == DeviceRole::Kiosk).unwrap().device,
        used_for: PrinterUse::Slips,
        address: printer.address.clone(),
        dots: 384,
        answers: true,
        duplex: false,
        text: false,
    };
    let kiosk = form.device;
    let row = |room: &Room| {
        let listed = *reply!(room.desk.act(DeskCommand::Printers), DeskReply::Printers);
        listed.printers.into_iter().find(|row| row.device == kiosk).unwrap()
    };
    room.desk.act(DeskCommand::AssignPrinter { form: form.clone() });
    room.settle();
    assert_eq!((row(&room).health, row(&room).told_at), (None, None), "nobody asked it yet");
    printer.load(200);
    printing::look(room.kiosk(0));
    room.settle();
    let low = PrinterHealth { trouble: None, low: true };
    assert_eq!((row(&room).health, row(&room).told_at), (Some(low), Some("05:00".into())));
    room.set("05:20");
    printer.suffer(Fault { cover_open: true, ..Fault::default() });
    printing::look(room.kiosk(0));
    room.settle();
    assert_eq!(row(&room).health.unwrap().trouble, Some(PaperTrouble::CoverOpen));
    assert_eq!(row(&room).told_at.unwrap(), "05:20");
    room.desk.act(DeskCommand::AssignPrinter { form: PrinterForm { dots: 576, ..form } });
    assert_eq!(row(&room).health, None, "it may be another one");
}

#[test]
fn the_screens_hear_that_the_county_has_what_another_machine_wrote() {
    let mut room = Room::new(2);
    room.register(0..1);
    let post = room.desk.publish(4);
    room.settle();
    room.claim(0, 0, &post).unwrap();
    room.settle();
    assert_eq!(room.shown(1, 0).reach, Reach::Hall);
    let heads = hall_log::Ledger::heads(room.kiosk(0).store()).unwrap();
    let writer = room.kiosk(0).enrolment().certificate.bearer.device;
    let written = heads.into_iter().filter(|(series, _)| series.device == writer);
    room.county.extend(written.map(|(series, head)| Have::new(series, head.seq, head.chain)));
    let mut changes = room.kiosk(1).changes();
    changes.mark_unchanged();
    // Longer than an answer is held back.
    room.mono += MINUTE;
    room.settle();
    assert!(changes.has_changed().unwrap(), "what is shown is not what is known");
    assert_eq!(room.shown(1, 0).reach, Reach::County);
}

#[test]
fn a_place_given_back_elsewhere_goes_to_who_waits() {
    let mut room = Room::new(2);
    room.register(0..3);
    let post = room.desk.publish(1);
    room.settle();
    // The only place lies at the desk; a kiosk with a line gets it at once.
    let first = room.claim(0, 0, &post).unwrap();
    assert_eq!(first.state, TicketState::Provisional);
    room.settle();
    assert_eq!(room.shown(0, 0).state, TicketState::Confirmed);
    let second = room.claim(1, 1, &post).unwrap();
    assert_eq!(second.standby.as_ref().unwrap().reason, StandbyReason::Full, "{second:?}");
    room.settle();
    let ticket = room.shown(0, 0).id;
    room.kiosk(0).kiosk(KIOSK, KioskCommand::Release { ticket }).unwrap();
    room.settle();
    assert_eq!(room.shown(1, 1).state, TicketState::Confirmed);
    room.verify();
}

#[test]
fn one_person_at_two_machines_keeps_one_ticket() {
    let mut room = Room::new(2);
    room.register(0..1);
    let post = room.desk.publish(10);
    room.settle();
    room.cut(0);
    room.cut(1);
    assert!(room.claim(0, 0, &post).unwrap().place.is_some());
    assert!(room.claim(1, 0, &post).unwrap().place.is_some());
    room.heal(0);
    room.heal(1);
    let live: Vec<TicketView> = room
        .desk
        .post(&post)
        .tickets
        .into_iter()
        .filter(|ticket| ticket.state == TicketState::Confirmed)
        .collect();
    assert_eq!(live.len(), 1, "{live:?}");
    room.verify();
}

#[test]
fn a_slip_of_any_machine_is_known_at_the_desk() {
    let mut room = Room::new(1);
    room.register(0..1);
    let post = room.desk.publish(10);
    room.settle();
    let ticket = room.claim(0, 0, &post).unwrap();
    let slip = room.kiosk(0).kiosk(KIOSK, KioskCommand::Slip { ticket: ticket.id.clone() }).unwrap();
    let text = crate::support::qr_in(&reply!(slip, KioskReply::Slip).png);
    room.settle();
    let check = crate::verify::checked(&room.desk, &text);
    assert!(check.valid, "{}", check.message);
    assert_eq!(check.ticket.id, ticket.id);
    assert_eq!(check.paper.unwrap().machine, "自助机 1");
    // Two machines never call two people by one number.
    assert!(ticket.number.starts_with('B'), "{}", ticket.number);

    // The machine is stopped: the record goes on saying what the slip is worth, and the clerk is told.
    let device = room.kiosk(0).enrolment().certificate.bearer.device;
    room.desk.act(DeskCommand::RevokeDevice { device, reason: "坏了".into() });
    let check = crate::verify::checked(&room.desk, &text);
    assert!(check.valid && check.paper.is_some_and(|paper| paper.stopped), "{}", check.message);
    assert!(check.message.contains("“自助机 1”后来停用了"), "{}", check.message);
}

#[test]
fn a_kiosk_never_holds_who_people_are() {
    let mut room = Room::new(1);
    room.register(0..1);
    room.settle();
    let post = room.desk.publish(2);
    room.settle();
    room.claim(0, 0, &post).unwrap();
    let kiosk = room.kiosk(0).store();
    for (device, epoch, head) in kiosk.heads().unwrap() {
        for op in kiosk.ops_after(device, epoch, 0, head.seq as usize).unwrap() {
            let shown = op.payload.unwrap_or_default();
            let number = id_number(0);
            assert!(!shown.windows(18).any(|window| window == number.as_bytes()), "{:?}", op.envelope);
        }
    }
}

#[test]
fn places_of_a_machine_that_is_gone_come_back_in_three_ways() {
    let mut room = Room::new(1);
    room.register(0..2);
    let post = room.desk.publish(5);
    room.settle();
    room.cut(0);
    let taken = room.claim(0, 0, &post).unwrap().place.unwrap().index;
    let of = |view: &CustodyView| view.rows.iter().find(|row| !row.this).unwrap().clone();
    let row = of(&room.custody(&post));
    assert_eq!((row.free, row.safe, row.at_risk), (4, 0, 4), "what it promised since nobody knows");
    let reclaim = |read_out, at_risk, overriding| DeskCommand::Reclaim {
        post: post.clone(),
        device: row.device,
        epoch: row.epoch,
        read_out,
        at_risk,
        overriding,
    };
    refused(room.desk.ask(reclaim(false, 0, None)), Code::Refused);
    refused(room.desk.ask(reclaim(true, 0, None)), Code::NotAllowed);
    let word = |reason: &str| {
        Some(OverrideForm {
            supervisor: room.desk.supervisor.clone(),
            pin: PIN.into(),
            reason: reason.into(),
        })
    };
    // Tier 2: a supervisor takes the counted risk.
    let fewer = refused(room.desk.ask(reclaim(false, 3, word("机器进水"))), Code::Refused);
    assert!(fewer.message.contains("4 个"), "a risk that has grown is looked at anew: {}", fewer.message);
    let after = *reply!(room.desk.act(reclaim(false, row.at_risk, word("机器进水"))), DeskReply::Custody);
    assert_eq!(after.rows.iter().map(|row| row.free).sum::<u16>(), 5, "{after:?}");
    assert!(after.rows.iter().all(|row| row.this), "{after:?}");
    // The machine comes back: whoever it promised a place keeps it or is shown for people to decide.
    room.heal(0);
    let view = room.desk.post(&post);
    let theirs =
        view.tickets.iter().find(|ticket| ticket.place.as_ref().is_some_and(|place| place.index == taken));
    assert!(theirs.is_some(), "{view:?}");
}

#[test]
fn a_seal_past_its_time_gives_places_back_for_certain() {
    let mut room = Room::new(1);
    let tomorrow = PostForm { first_day: "2026-11-21".into(), ..room.desk.form() };
    let post = room.desk.publish_form(PostForm { places: "5".into(), ..tomorrow });
    room.settle();
    assert_eq!(room.left(0, &post), 4);
    // A lease lasts twelve hours; the kiosk itself gives back what it may not promise any more.
    room.set("18:00");
    room.settle();
    let view = room.custody(&post);
    let desk = view.rows.iter().find(|row| row.this).unwrap();
    assert!(desk.free >= 1 && view.rows.iter().map(|row| row.free).sum::<u16>() == 5, "{view:?}");
    room.verify();
}

#[test]
fn a_revoked_machine_is_not_heard_any_more() {
    let mut room = Room::new(1);
    room.register(0..1);
    let post = room.desk.publish(5);
    room.settle();
    let device = room.devices().devices[1].device;
    room.desk.act(DeskCommand::RevokeDevice { device, reason: "被搬走".into() });
    room.settle();
    let before = room.devices().devices[1].ops;
    let ticket = room.claim(0, 0, &post).unwrap();
    assert!(ticket.place.is_some(), "it goes on by itself and keeps all it has");
    room.settle();
    let row = room.devices().devices[1].clone();
    assert!(row.revoked && row.ops == before, "{row:?}");
}

#[test]
fn a_machine_put_back_to_an_older_state_begins_a_new_epoch() {
    let mut room = Room::new(1);
    room.register(0..3);
    let post = room.desk.publish(10);
    room.settle();
    let copy = tempfile::tempdir().unwrap();
    room.machines[0].hall = None;
    copy_folder(&room.machines[0].site.data(), copy.path());
    room.machines[0].hall = Some(Hall::open(room.machines[0].site.options()).unwrap());
    room.heal(0);
    assert!(room.claim(0, 0, &post).unwrap().place.is_some());
    room.settle();
    // Data and guard are put back together: only the others can tell.
    room.machines[0].hall = None;
    std::fs::remove_dir_all(room.machines[0].site.data()).unwrap();
    copy_folder(copy.path(), &room.machines[0].site.data());
    std::fs::remove_file(room.machines[0].site.dir.path().join("keys/guard")).unwrap();
    room.machines[0].hall = Some(Hall::open(room.machines[0].site.options()).unwrap());
    room.heal(0);
    assert!(room.kiosk(0).must_restart());
    refused(room.claim(0, 1, &post), Code::Storage);
    room.machines[0].hall = None;
    room.machines[0].hall = Some(Hall::open(room.machines[0].site.options()).unwrap());
    room.heal(0);
    assert!(!room.kiosk(0).must_restart());
    let ticket = room.claim(0, 1, &post).unwrap();
    room.settle();
    let ticket = room.desk.ticket(&ticket);
    let epoch: u16 = ticket.id.split('.').nth(1).unwrap().parse().unwrap();
    assert!(epoch > 1, "a new epoch: {}", ticket.id);
    // Nothing is lost: the first one's ticket is at the desk, and comes back to the kiosk.
    assert_eq!(room.shown(0, 0).state, TicketState::Confirmed);
    room.verify();
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
