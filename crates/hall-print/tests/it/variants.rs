//! Every variant of the agreement that the decision of the law allows, against what must and must not stand on it.
//!
//! What is expected is said here from the law's side, a row a sentence, and not read from the templates.

use std::collections::BTreeSet;

use hall_core::Fen;
use hall_core::rules::{County, Flag, Hazard, Job, Pay, RuleBook, Worker, decide};
use hall_core::vocab::AgreementType::{
    OverAgeWrittenAgreement, PartTimeContract, ServiceAgreement, TaskContract,
};
use hall_core::vocab::{AgreementType, EmployerKind, PayUnit, Settlement, Sex};
use hall_print::agreement::{AgreementContent, AgreementFlags, agreement};

use crate::sample;
use crate::tools::{Temp, ask};

/// Who works for whom, and what the paper was asked to carry.
#[derive(Clone, Debug)]
struct Case {
    kind: AgreementType,
    private: bool,
    hourly: bool,
    flags: AgreementFlags,
    hazards: bool,
    social: bool,
    accident: bool,
    hall_copy: bool,
}

impl Case {
    fn contract(&self) -> bool {
        matches!(self.kind, PartTimeContract | TaskContract)
    }

    fn is(&self, kind: AgreementType) -> bool {
        self.kind == kind
    }

    fn copies(&self) -> usize {
        if self.hall_copy { 3 } else { 2 }
    }
}

/// A sentence, or the part that makes it known, and on which papers it stands. On all others it must not.
type Row = (&'static str, fn(&Case) -> bool);

const ROWS: &[Row] = &[
    // What the paper is, and between whom.
    ("依照劳动合同法订立本合同", Case::contract),
    ("依照民法典订立本协议", |c| c.is(ServiceAgreement)),
    ("依照超龄劳动者基本权益保障暂行规定订立本协议", |c| c.is(OverAgeWrittenAgreement)),
    ("统一社会信用代码：91370700MA0000000X", |c| !c.private),
    ("法定代表人：孙大海", |c| !c.private),
    ("姓名：赵秀兰", |c| c.private),
    ("甲方是个人", |c| c.private),
    ("甲方是单位", |c| c.is(ServiceAgreement) && !c.private),
    // Who the worker is.
    ("乙方是年满16岁的在校学生", |c| c.is(ServiceAgreement) && !c.private && c.flags.student),
    ("乙方未满18岁", |c| c.flags.minor),
    ("办理登记和健康检查", |c| c.flags.minor && c.contract()),
    ("法律对未成年人禁止的工作", |c| c.flags.minor && c.is(ServiceAgreement)),
    ("乙方已到法定退休年龄", |c| c.is(OverAgeWrittenAgreement) && c.flags.past_retirement),
    ("乙方已领取基本养老金", |c| c.is(OverAgeWrittenAgreement) && c.flags.pensioner),
    // Term.
    ("不设试用期", Case::contract),
    ("任何一方可以随时通知对方终止用工，不付经济补偿", |c| c.is(PartTimeContract)),
    ("任务完成，合同终止", |c| c.is(TaskContract)),
    ("依法付经济补偿", |c| c.is(TaskContract)),
    ("报酬付清，协议终止", |c| c.is(ServiceAgreement)),
    // Hours and rest.
    ("平均每天不超过4小时，每周不超过24小时", |c| c.is(PartTimeContract)),
    ("每天不超过8小时，每周不超过44小时", |c| {
        c.is(TaskContract) || c.is(OverAgeWrittenAgreement)
    }),
    ("加班要经乙方同意，并依法付加班工资", |c| c.is(TaskContract)),
    ("每周至少休息一日", |c| c.is(TaskContract)),
    ("甲方不安排乙方加班", |c| c.is(OverAgeWrittenAgreement)),
    // Pay.
    ("每小时26元（大写：贰拾陆元整）", |c| c.hourly),
    ("每天260元（大写：贰佰陆拾元整）", |c| !c.hourly),
    ("不低于当地最低小时工资", |c| c.is(PartTimeContract)),
    ("不低于当地最低工资", |c| c.is(TaskContract) || c.is(OverAgeWrittenAgreement)),
    ("当地最低工资：每月2400元，每小时24元（鲁政字〔2025〕140号）", |c| {
        !c.is(ServiceAgreement)
    }),
    ("最长不超过15日", |c| c.is(PartTimeContract)),
    ("每月至少付一次", |c| c.is(TaskContract) || c.is(OverAgeWrittenAgreement)),
    ("以货币付给乙方本人，不得拖欠、扣留", |c| !c.is(ServiceAgreement)),
    ("不付、少付的，乙方有权请求支付", |c| c.is(ServiceAgreement)),
    // Insurance and injury.
    ("甲方依法为乙方办理工伤保险", |c| c.is(PartTimeContract) || c.is(OverAgeWrittenAgreement)),
    ("双方依法参加社会保险", |c| c.is(TaskContract)),
    ("双方依照各自的过错承担责任", |c| c.private),
    ("甲方有过错的，依法赔偿", |c| c.is(ServiceAgreement) && !c.private),
    ("灵活就业养老保险补贴", |c| c.social),
    ("意外伤害保险（以保险单为准）：平安一日险，保额10万元，保费2元由甲方付", |c| c.accident),
    ("此项不代替工伤保险", |c| c.accident && !c.is(ServiceAgreement)),
    // Protection and hazards.
    ("登高、粉尘。甲方已如实告知，并负责防护", |c| c.hazards),
    ("本项工作没有职业危害", |c| !c.hazards && !c.is(ServiceAgreement)),
    ("本项工作没有已知的危险", |c| !c.hazards && c.is(ServiceAgreement)),
    ("爆破、吊装、动火、临时用电", |c| c.is(OverAgeWrittenAgreement)),
    ("违章指挥和冒险作业", |c| !c.is(ServiceAgreement)),
    // The rest, copies, rights, signatures.
    ("一方不照协议做，造成对方损失的，依法赔偿", |c| c.is(ServiceAgreement)),
    ("一式两份，双方各留一份", |c| !c.hall_copy),
    ("一式三份，双方各留一份", |c| c.hall_copy),
    ("经双方同意，奎文零工大厅留一份", |c| c.hall_copy),
    ("甲方不得代乙方保管", |c| !c.is(ServiceAgreement)),
    ("一年内可以向当地劳动仲裁委员会申请仲裁，不收费", Case::contract),
    ("也可以依法申请调解、仲裁，或者向人民法院起诉", |c| c.is(OverAgeWrittenAgreement)),
    ("可以请零工市场调解", |c| c.is(ServiceAgreement)),
    ("按手印（单位盖章）后生效", |c| !c.private),
    ("经办人（签名）：", |c| !c.private),
    ("甲方（亲笔签名）：", |c| c.private),
];

/// On every copy of every paper: the nine items of 劳动合同法 17, pay and protection among them, and where to turn.
const ALWAYS: &[&str] = &[
    "编号：KW-20261120-0037",
    "姓名：张建国　性别：男",
    "身份证号：110105197905120013",
    "住址：潍城区望留街道西河村",
    "期限：2026年11月20日，共1天",
    "工种：管道工",
    "拆旧水管，安装新水管，清理现场",
    "工作地点：奎文区锦绣园小区3号楼",
    "工作时间：9:30到17:30，共7小时",
    "休息：12:00到13:00",
    "结算：当天结清",
    "甲方提供：手套、安全帽",
    "吃饭：管午饭。交通：自己到",
    "身份证，不得收取押金",
    "有事找谁：",
    "12333",
    "12348",
    "乙方（亲笔签名）：",
    "不代替签名",
    "日期：",
];

const NEVER: &[&str] = &[
    "{",
    "}",
    "____",
    "电子签",
    "电子合同",
    "不属于劳动关系",
    "不存在劳动关系",
    "不构成劳动关系",
    "劳务关系",
];

/// Each kind of worker, with an employer and a job of each kind, as the decision sees them.
fn decided() -> BTreeSet<(AgreementType, bool, bool, [bool; 4])> {
    let (book, county) = (RuleBook::builtin(), County::new("370705"));
    let worker = |birth: &str, student, pension| Worker {
        birth_date: birth.parse().unwrap(),
        sex: Sex::Male,
        post_type: None,
        pension,
        student,
        certificates: Vec::new(),
    };
    let workers = [
        worker("1979-05-12", false, false),
        worker("2009-05-12", false, false),
        worker("2009-05-12", true, false),
        worker("2004-05-12", true, false),
        worker("1970-05-12", false, true),
        worker("1960-05-12", false, false),
        worker("1955-05-12", false, true),
    ];
    let mut decided = BTreeSet::new();
    for worker in &workers {
        for employer in [EmployerKind::Organisation, EmployerKind::Private] {
            for hourly in [false, true] {
                let (amount, unit, minutes_per_day) = if hourly {
                    (Fen::yuan(26), PayUnit::Hour, 240)
                } else {
                    (Fen::yuan(260), PayUnit::Day, 420)
                };
                let job = Job {
                    first_day: "2026-11-20".parse().unwrap(),
                    days: 1,
                    minutes_per_day,
                    days_per_week: 1,
                    pay: Pay { amount, unit, cycle_days: Some(1) },
                    hazards: Vec::<Hazard>::new(),
                    venue: None,
                    probation_days: 0,
                    certificate_required: None,
                };
                let decision = decide(&book, worker, employer, &job, &county);
                let has = |flag| decision.flags.contains(&flag);
                let flags =
                    [Flag::Minor16To17, Flag::Student, Flag::Pensioner, Flag::PastRetirementAge].map(has);
                let kind = decision.agreement().unwrap();
                decided.insert((kind, employer == EmployerKind::Private, hourly, flags));
            }
        }
    }
    decided
}

/// All of them with hazards or none, with either, both or no insurance, for two or three. Of all sixteen ways in which
/// these go together each paper takes two, the next paper others.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (n, (kind, private, hourly, [minor, student, pensioner, past_retirement])) in
        decided().into_iter().enumerate()
    {
        let flags = AgreementFlags { minor, student, pensioner, past_retirement };
        for turn in 0..2 {
            // Five is prime to sixteen: in the end all of them had their turn.
            let bits = (n + turn * 5) % 16;
            let set = |bit: usize| bits >> bit & 1 == 1;
            cases.push(Case {
                kind,
                private,
                hourly,
                flags,
                hazards: set(0),
                social: set(1),
                accident: set(2),
                hall_copy: set(3),
            });
        }
    }
    cases
}

fn content(case: &Case) -> AgreementContent {
    let mut content = sample::agreement(case.kind);
    let of_the_kind = if case.private { ServiceAgreement } else { TaskContract };
    content.employer = sample::agreement(of_the_kind).employer;
    content.flags = case.flags;
    content.hall_copy = case.hall_copy;
    if case.hourly {
        (content.job.pay, content.job.pay_unit) = (Fen::yuan(26), PayUnit::Hour);
    }
    content.job.settlement = Settlement::Daily;
    if !case.hazards {
        content.job.hazards.clear();
    }
    if !case.accident {
        content.job.accident_insurance = None;
    }
    content.job.social_insurance = case.social.then(|| "灵活就业养老保险补贴".into());
    content
}

#[test]
fn each_variant_says_what_its_law_demands_and_nothing_of_the_others() {
    let cases = cases();
    let fonts = sample::fonts();
    let mut stood = vec![[false; 2]; ROWS.len()];
    for case in &cases {
        let made = agreement(&content(case), &fonts).unwrap();
        assert_eq!((made.missing.len(), made.paper.copies as usize), (0, case.copies()));
        let file = Temp::new("agreement.pdf", &made.paper.pdf);
        let read = ask("pdftotext", "poppler-utils", &["-layout"], &file, &["-"]);
        let read: String = read.split_whitespace().collect();
        let times = |words: &str| read.matches(&words.replace('　', "")).count();
        for words in ALWAYS {
            let times = times(words);
            assert!(
                times >= case.copies() && times % case.copies() == 0,
                "{words}: {times}, {case:?}\n{read}"
            );
        }
        for words in NEVER {
            assert_eq!(times(words), 0, "{words}: {case:?}");
        }
        for ((words, expected), stood) in ROWS.iter().zip(&mut stood) {
            let expected = expected(case);
            assert_eq!(times(words), if expected { case.copies() } else { 0 }, "{words}: {case:?}\n{read}");
            stood[usize::from(expected)] = true;
        }
    }
    for (stood, (words, _)) in stood.iter().zip(ROWS) {
        assert_eq!(*stood, [true; 2], "no case tries whether “{words}” stands and whether it does not");
    }
}

#[test]
fn every_type_and_every_kind_of_worker_is_among_the_variants() {
    let decided = decided();
    let kinds: BTreeSet<_> = decided.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(kinds.len(), 4);
    let with = |n: usize| decided.iter().filter(|(.., flags)| flags[n]).count();
    assert!((0..4).all(|flag| with(flag) > 1));
    let together: BTreeSet<_> =
        cases().iter().map(|c| (c.hazards, c.social, c.accident, c.hall_copy)).collect();
    assert_eq!(together.len(), 16);
}
