//! One example of every command, for the operator's tool and for whoever writes a client.

use hall_core::vocab::{
    DeviceRole, EmployerKind, InsurancePayer, Meals, Outcome, PayUnit, PrinterUse, Role, Settlement,
};

use super::desk::{HallForm, SheetFormat};
use super::kiosk::{BoardFilter, Credential};
use super::paper::PrinterForm;
use super::shared::{AgreementForm, EmployerForm, InsuranceForm, OutcomeForm, PostForm, WorkerForm};
use super::{DeskCommand, KioskCommand, WallCommand};

const ID: &str = "1.1.42";

fn id() -> String {
    ID.to_owned()
}

pub fn kiosk() -> Vec<KioskCommand> {
    use KioskCommand as C;
    vec![
        C::View,
        C::Board { filter: BoardFilter { trade: Some("瓦工".into()), ..BoardFilter::default() }, page: 0 },
        C::Post { post: id() },
        C::SignIn { credential: Credential::IdNumber { text: "11010519491231002X".into() } },
        C::SignOut,
        C::Claim { post: id() },
        C::Release { ticket: id() },
        C::Slip { ticket: id() },
        C::SlipCame { ticket: id(), came: true },
        C::ReportUnpaid { ticket: id() },
        C::CallHelp,
        C::StaffExit { pin: "280519".into() },
    ]
}

pub fn wall() -> Vec<WallCommand> {
    vec![WallCommand::View]
}

pub fn desk() -> Vec<DeskCommand> {
    use DeskCommand as C;
    let hall = HallForm {
        name: "示范零工客栈".into(),
        county: "370705".into(),
        address: "北关街 88 号".into(),
        phone: "15400000000".into(),
        window: "2 号窗口".into(),
    };
    let worker = WorkerForm {
        name: "周示例".into(),
        id_number: "11010519491231002X".into(),
        phone: "13800000000".into(),
        address: String::new(),
        trades: vec!["瓦工".into()],
        certificates: Vec::new(),
        post_type: None,
        pension: false,
        student: false,
    };
    vec![
        C::View,
        C::SetUp { hall: hall.clone(), name: "王主管".into(), pin: "280519".into() },
        C::LogIn { staff: id(), pin: "280519".into() },
        C::Lock,
        C::AddStaff { name: "李敏".into(), role: Role::Clerk, pin: "730164".into() },
        C::SetPin { staff: id(), pin: "730164".into() },
        C::RetireStaff { staff: id(), reason: "离职".into() },
        C::SetHall { hall },
        C::EnterTier { tier: 2, document: "鲁政字〔2025〕140号".into() },
        C::AcceptClock { reason: "主板电池换过，已对表".into() },
        C::Devices,
        C::AddDevice { name: "自助机 2".into(), role: DeviceRole::Kiosk },
        C::RevokeDevice { device: 2_147_483_649, reason: "机器被搬走".into() },
        C::Custody { post: id() },
        C::Reclaim {
            post: id(),
            device: 2_147_483_649,
            epoch: 1,
            read_out: false,
            at_risk: 0,
            overriding: None,
        },
        C::Find { text: "周".into() },
        C::RegisterEmployer { form: employer() },
        C::Employers { text: String::new() },
        C::RegisterWorker { form: worker.clone(), sign_in: true },
        C::ChangeWorker { worker: id(), form: worker },
        C::Worker { worker: id() },
        C::SignIn { worker: id() },
        C::IssueCard { worker: id() },
        C::EraseWorker { worker: id(), reason: "本人要求删除".into() },
        C::CheckPost { form: post() },
        C::PublishPost { form: post(), overriding: None },
        C::RevisePost { post: id(), form: post(), overriding: None },
        C::Post { post: id() },
        C::SetPlaces { post: id(), places: 6 },
        C::OfferPlaces { post: id(), places: 2 },
        C::ClosePost { post: id(), reason: "用工方取消".into(), cancelled: true },
        C::ImportPosts { name: "posts.csv".into(), data: "55So5bel5pa5".into(), commit: false },
        C::PostTemplate { format: SheetFormat::Csv },
        C::Waiting { post: Some(id()) },
        C::Dispatch { post: id(), worker: id() },
        C::Release { ticket: id(), note: "本人来电不去了".into() },
        C::Slip { ticket: id() },
        C::Printers,
        C::AssignPrinter {
            form: PrinterForm {
                device: 1,
                used_for: PrinterUse::Slips,
                address: "tcp://192.168.1.50:9100".into(),
                dots: 384,
                answers: true,
                duplex: false,
                text: true,
            },
        },
        C::FindPrinters,
        C::TestPage { used_for: PrinterUse::Pages },
        C::ResumePrinter { used_for: PrinterUse::Pages },
        C::CancelPaper { paper: id() },
        C::PaperCame { paper: id(), came: true },
        C::PrintAgain { paper: id() },
        C::FindTicket { text: "A037".into() },
        C::CheckAgreement { ticket: id(), form: AgreementForm::default() },
        C::PreviewAgreement { ticket: id(), form: AgreementForm::default() },
        C::MakeAgreement {
            ticket: id(),
            form: AgreementForm { identities_checked: true, ..AgreementForm::default() },
            overriding: None,
        },
        C::AgreementFile { ticket: id() },
        C::RecordInsurance { ticket: id(), form: insurance() },
        C::RecordOutcome {
            ticket: id(),
            form: OutcomeForm { outcome: Outcome::Paid, amount: "260".into(), note: String::new() },
        },
        C::Day { day: "2026-11-20".into() },
        C::AnswerHelp { call: 1 },
    ]
}

fn insurance() -> InsuranceForm {
    InsuranceForm {
        insurer: "示范财险".into(),
        number: "P20261120".into(),
        days: 1,
        sum: 500_000,
        payer: InsurancePayer::Employer,
        claim_phone: "95519".into(),
    }
}

fn employer() -> EmployerForm {
    EmployerForm {
        kind: EmployerKind::Organisation,
        name: "示范建筑劳务有限公司".into(),
        code: "91350100M000100Y43".into(),
        address: "工业园 7 路 1 号".into(),
        legal_head: "赵示例".into(),
        agent: "钱示例".into(),
        phone: "13800000001".into(),
        papers_seen: "营业执照、委托书、经办人身份证".into(),
    }
}

fn post() -> PostForm {
    PostForm {
        employer: id(),
        trade: "瓦工".into(),
        title: "小区砌墙".into(),
        content: "砌花坛围墙，和灰、递砖有小工".into(),
        address: "城东锦绣园 3 号楼".into(),
        first_day: "2026-11-21".into(),
        last_day: String::new(),
        start: "07:30".into(),
        end: "17:30".into(),
        rest_minutes: 120,
        days_per_week: 0,
        places: "5".into(),
        pay: "350".into(),
        unit: Some(PayUnit::Day),
        settlement: Some(Settlement::Daily),
        meals: Some(Meals::Lunch),
        requirements: "会砌砖，能看懂线".into(),
        insurance: "用工方买意外险".into(),
        protection: "发安全帽和手套".into(),
        bring: "瓦刀".into(),
        contact_name: "王师傅".into(),
        contact_phone: "13800000002".into(),
        ..PostForm::default()
    }
}
