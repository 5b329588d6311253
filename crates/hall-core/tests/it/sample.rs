//! Invented facts that the tests share: one of every kind, and the small change of a day.

use hall_core::entity::{Applied, Entity, Post, Ticket};
use hall_core::fact::{
    AgreementMade, ClockAccepted, DeviceEnrolled, DeviceRevoked, EmployerIdentified, EmployerRegistered,
    EpochEnded, Fact, FindingsOverridden, HallSet, Holder, InsuranceRecorded, OutcomeRecorded, PaperMoved,
    PaperOrdered, Pay, PlaceRight, PlacesBurned, PlacesGiven, PlacesMinted, PlacesOffered, PlacesReclaimed,
    PlacesTaken, PostClosed, PostTakenOver, PostTerms, PrinterAssigned, PrinterTold, SignedIn, StaffAdded,
    StaffPinSet, StaffRetired, TicketConfirmed, TicketOpened, TicketReleased, TierEntered, Version,
    WorkerCardIssued, WorkerErased, WorkerIdentified, WorkerProfile,
};
use hall_core::vocab::{
    AgreementType, DeviceRole, EmployerKind, InsurancePayer, Meals, Outcome, PaperKind, PaperState,
    PaperTrouble, PayUnit, PostType, PrinterUse, ReclaimTier, ReleaseReason, Role, Settlement, Sex,
    SignInPlace, StandbyReason,
};
use hall_core::{Day, EntityId, Fen, Hlc, Instant, Minute, OpId};

pub(crate) const ME: Holder = Holder { device: 1, epoch: 1 };

pub(crate) fn id(seq: u64) -> EntityId {
    OpId::new(1, 1, seq)
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(crate) fn minute(text: &str) -> Minute {
    text.parse().unwrap()
}

/// `2026-11-20 08:30`
pub(crate) fn at(text: &str) -> Instant {
    let (date, time) = text.split_once(' ').unwrap();
    day(date).at(minute(time))
}

pub(crate) fn terms() -> PostTerms {
    PostTerms {
        employer: id(3),
        trade: "管道工".into(),
        title: "小区换水管".into(),
        content: "拆旧管、装新管，两人一组".into(),
        address: "北关街 7 号院".into(),
        first_day: day("2026-11-20"),
        last_day: day("2026-11-21"),
        start: minute("09:30"),
        end: minute("17:30"),
        rest_minutes: 60,
        days_per_week: 6,
        pay: Pay { amount: Fen::yuan(260), unit: PayUnit::Day, settlement: Settlement::Daily },
        meals: Meals::Lunch,
        transport: true,
        requirements: "干过水暖".into(),
        insurance: "用工方买意外险".into(),
        protection: "发手套和口罩".into(),
        hazards: vec!["dust".into(), "height".into()],
        certificate: Some("electrician".into()),
        bring: "身份证、扳手".into(),
        contact_name: "王师傅".into(),
        contact_phone: "15400000001".into(),
        contact_public: true,
        urgent: true,
        probation_days: 3,
    }
}

fn registered() -> EmployerRegistered {
    EmployerRegistered {
        kind: EmployerKind::Private, shown_name: "个人雇主 赵**".into(), id_tag: [9; 16]
    }
}

fn identified() -> EmployerIdentified {
    EmployerIdentified {
        salt: [1; 16],
        name: "奎山县顺水管道队".into(),
        code: "91370000MA0000000X".into(),
        address: "东风街 5 号".into(),
        legal_head: "孙大海".into(),
        agent: "周平".into(),
        phone: "15400000002".into(),
        papers_seen: "营业执照".into(),
    }
}

pub(crate) fn profile() -> WorkerProfile {
    WorkerProfile {
        id_tag: Some([7; 16]),
        masked_name: Some("张**".into()),
        born: Some(day("1968-02-29")),
        sex: Some(Sex::Female),
        trades: Some(vec!["小工".into(), "保洁".into()]),
        certificates: Some(vec!["electrician".into()]),
        post_type: Some(PostType::FiftyFive),
        pension: Some(false),
        student: Some(true),
    }
}

pub(crate) fn opened(place: Option<PlaceRight>) -> TicketOpened {
    TicketOpened {
        worker: id(5),
        post: id(4),
        number: 37,
        first_day: day("2026-11-20"),
        place,
        standby: if place.is_none() { Some(StandbyReason::Full) } else { None },
    }
}

/// One fact of every kind, every optional field filled.
pub(crate) fn every_kind() -> Vec<Fact> {
    let place = PlaceRight { index: 7, gver: 1, cver: 3 };
    [devices(), people(), posts(place), custody(place), tickets(place), papers()].concat()
}

fn devices() -> Vec<Fact> {
    vec![
        Fact::DeviceEnrolled(DeviceEnrolled {
            device: 70_001,
            name: "自助机 2".into(),
            role: DeviceRole::Kiosk,
            certificate: vec![8; 5],
        }),
        Fact::DeviceRevoked(DeviceRevoked { reason: "被偷".into() }),
        Fact::EpochEnded(EpochEnded { epoch: 1, last_seq: 4_211, reason: "硬盘坏了".into() }),
    ]
}

/// The second device of the hall.
pub(crate) const OTHER: Holder = Holder { device: 70_001, epoch: 1 };

fn custody(place: PlaceRight) -> Vec<Fact> {
    let not_after = Some(Instant(1_795_132_800_000));
    vec![
        Fact::PlacesGiven(PlacesGiven { places: vec![place], to: OTHER, not_after }),
        Fact::PlacesAccepted(PlacesTaken { gift: id(9), places: vec![place], not_after }),
        Fact::PlacesRefused(PlacesTaken { gift: id(9), places: vec![place], not_after }),
        Fact::PlacesReclaimed(PlacesReclaimed {
            places: vec![PlaceRight { index: 7, gver: 2, cver: 0 }],
            from: OTHER,
            to: ME,
            tier: ReclaimTier::Override,
            at_risk: 1,
            reason: "自助机 2 烧了".into(),
        }),
    ]
}

fn people() -> Vec<Fact> {
    vec![
        Fact::HallSet(HallSet {
            name: Some("奎山县零工大厅".into()),
            county: Some("379901".into()),
            address: Some("奎阳街 1 号".into()),
            phone: Some("0539-0000000".into()),
            window: Some("2 号窗口".into()),
        }),
        Fact::TierEntered(TierEntered {
            county: "379901".into(),
            tier: 3,
            document: "县发〔2026〕1 号".into(),
        }),
        Fact::ClockAccepted(ClockAccepted {
            at: Instant(1_795_132_800_000), reason: "主板电池换过".into()
        }),
        Fact::WorkerErased(WorkerErased { worker: id(5), reason: "本人申请".into() }),
        Fact::StaffAdded(StaffAdded {
            name: "李主任".into(),
            role: Role::Supervisor,
            pin_hash: "$argon2id$a".into(),
        }),
        Fact::StaffPinSet(StaffPinSet { pin_hash: "$argon2id$b".into() }),
        Fact::StaffRetired(StaffRetired { reason: "调走".into() }),
        Fact::EmployerRegistered(registered()),
        Fact::EmployerIdentified(identified()),
        Fact::WorkerRegistered(profile()),
        Fact::WorkerChanged(WorkerProfile {
            trades: Some(vec!["瓦工".into()]), ..WorkerProfile::default()
        }),
        Fact::WorkerIdentified(WorkerIdentified {
            salt: [2; 16],
            name: "张䶮𬭚".into(),
            id_number: "379901196802290000".into(),
            phone: "15400000003".into(),
            address: "北关村 12 号".into(),
        }),
        Fact::WorkerCardIssued(WorkerCardIssued { number: 2 }),
        Fact::SignedIn(SignedIn { worker: id(5), day: day("2026-11-20"), place: SignInPlace::Desk }),
    ]
}

fn posts(place: PlaceRight) -> Vec<Fact> {
    vec![
        Fact::PostPublished(terms()),
        Fact::PostRevised(PostTerms { title: "换水管，活不重".into(), certificate: None, ..terms() }),
        Fact::PostClosed(PostClosed { reason: "下雨".into(), cancelled: true }),
        Fact::PlacesMinted(PlacesMinted { first: 1, count: 12, holder: ME, gver: 1, cver: Some(6) }),
        Fact::PlacesBurned(PlacesBurned {
            indices: vec![12],
            versions: Some(vec![Version { gver: 1, cver: 5 }]),
        }),
        Fact::PlacesOffered(Box::new(PlacesOffered {
            places: 3,
            terms: terms(),
            employer: registered(),
            identified: identified(),
        })),
        Fact::PostTakenOver(PostTakenOver { from: id(4), offer: id(9) }),
        Fact::TicketOpened(opened(Some(place))),
        Fact::TicketConfirmed(TicketConfirmed { place }),
    ]
}

fn tickets(place: PlaceRight) -> Vec<Fact> {
    vec![
        Fact::TicketReleased(TicketReleased {
            reason: ReleaseReason::Desk,
            cver: Some(place.cver + 1),
            note: "家里有事".into(),
        }),
        Fact::OutcomeRecorded(OutcomeRecorded {
            outcome: Outcome::Unpaid,
            amount: Some(Fen(26_050)),
            note: "老板没来".into(),
        }),
        Fact::AgreementMade(AgreementMade {
            agreement: AgreementType::OverAgeWrittenAgreement,
            number: "KS-20261120-0037".into(),
            file: "KS-20261120-0037.pdf".into(),
            file_hash: [4; 32],
            copies: 2,
            findings: vec!["over_age_hazard".into()],
            hall_copy_agreed: None,
        }),
        Fact::InsuranceRecorded(policy()),
        Fact::FindingsOverridden(FindingsOverridden {
            codes: vec!["gender".into()],
            reason: "女浴室保洁".into(),
        }),
    ]
}

pub(crate) fn policy() -> InsuranceRecorded {
    InsuranceRecorded {
        insurer: "示范财险".into(),
        number: "P20261120".into(),
        days: 1,
        sum: 500_000,
        payer: InsurancePayer::Subsidy,
        claim_phone: "95519".into(),
    }
}

pub(crate) fn assigned() -> PrinterAssigned {
    PrinterAssigned {
        device: 2,
        used_for: PrinterUse::Slips,
        address: "tcp://192.168.1.50:9100".into(),
        dots: 384,
        answers: true,
        duplex: false,
        text: None,
    }
}

pub(crate) fn ordered() -> PaperOrdered {
    PaperOrdered { kind: PaperKind::Slip, about: Some(id(7)), reprint: 1 }
}

fn papers() -> Vec<Fact> {
    vec![
        Fact::PrinterAssigned(assigned()),
        Fact::PaperOrdered(ordered()),
        Fact::PaperMoved(PaperMoved { to: PaperState::Waiting, why: Some(PaperTrouble::PaperOut) }),
        Fact::PrinterTold(PrinterTold { trouble: Some(PaperTrouble::CoverOpen), low: true }),
    ]
}

/// `HallSet`, as the enum calls it.
pub(crate) fn name(fact: &Fact) -> String {
    format!("{fact:?}").split('(').next().unwrap().to_owned()
}

/// The op with that number on device 1, stamped one second after the one before.
pub(crate) fn op(seq: u64, fact: Fact) -> Applied {
    let hlc = Hlc::new(at("2026-11-20 05:00").plus_ms(seq as i64 * 1_000), 0);
    Applied { id: id(seq), hlc, by: None, fact }
}

pub(crate) fn fold(facts: Vec<Fact>) -> Option<Entity> {
    Entity::fold_all(id(1), (1..).zip(facts).map(|(seq, fact)| op(seq, fact)).collect())
}

/// The published sample post, with more said about it.
pub(crate) fn post(more: Vec<Fact>) -> Post {
    let facts = [vec![Fact::PostPublished(terms())], more].concat();
    *fold(facts).unwrap().post().unwrap()
}

pub(crate) fn minted(first: u16, count: u16) -> Fact {
    Fact::PlacesMinted(PlacesMinted { first, count, holder: ME, gver: 1, cver: None })
}

/// A ticket of the sample post, with more said about it.
pub(crate) fn ticket(place: Option<PlaceRight>, more: Vec<Fact>) -> Ticket {
    let facts = [vec![Fact::TicketOpened(opened(place))], more].concat();
    fold(facts).unwrap().ticket().unwrap()
}

/// Places gone, as the device that burned them knew of them.
pub(crate) fn burned(indices: &[u16]) -> Fact {
    Fact::PlacesBurned(PlacesBurned { indices: indices.to_vec(), versions: None })
}

pub(crate) fn right(index: u16, cver: u32) -> PlaceRight {
    PlaceRight { index, gver: 1, cver }
}

pub(crate) fn outcome(outcome: Outcome) -> Fact {
    Fact::OutcomeRecorded(OutcomeRecorded { outcome, amount: None, note: String::new() })
}

pub(crate) fn released(reason: ReleaseReason, cver: Option<u32>) -> Fact {
    Fact::TicketReleased(TicketReleased { reason, cver, note: String::new() })
}
