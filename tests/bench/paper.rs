//! What a slip and an agreement cost, drawn from invented content.

use std::hint::black_box;

use anyhow::{Result, ensure};
use hall_core::vocab::{AgreementType, PayUnit, Settlement, Sex};
use hall_core::{Day, Fen};
use hall_print::Fonts;
use hall_print::agreement::{
    AgreementContent, AgreementFlags, EmployerFacts, JobFacts, WorkerFacts, agreement,
};
use hall_print::slip::{SlipContent, SlipState, SlipWidth, slip};

use crate::Size;
use crate::fill::today;
use crate::row::{Row, Times};

/// As long as a signed token: 199 characters of Crockford Base32.
fn token() -> String {
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars().cycle().take(199).collect()
}

/// A larger hall is measured more often, up to what a percentile needs.
pub(crate) fn run(size: &Size) -> Result<()> {
    let (slips, agreements) = (size.claims.clamp(3, 200), (size.claims / 10).clamp(2, 30));
    let fonts = Fonts::load(&[]);
    for width in SlipWidth::ALL {
        let mut times = Times::default();
        for _ in 0..slips {
            let drawn = times.measure(|| slip(&slip_content(), &fonts, width))?;
            ensure!(drawn.missing.is_empty(), "a character is missing: {:?}", drawn.missing);
            black_box(drawn);
        }
        Row::ms(&format!("slip with QR, {} dots, p99", width.dots()), times.percentile(99), 5.0).send()?;
    }
    let mut bytes = 0;
    let mut times = Times::default();
    let mut pages = 1;
    for kind in AgreementType::ALL {
        let content = agreement_content(*kind, today()?);
        for _ in 0..agreements {
            let made = times.measure(|| agreement(&content, &fonts))?;
            bytes = bytes.max(made.paper.pdf.len());
            pages = pages.max(made.paper.copies * made.paper.pages_per_copy);
        }
    }
    Row::ms("agreement, a page, p50", times.percentile(50) / pages, None).send()?;
    Row::ms("agreement, a page, p99", times.percentile(99) / pages, 20.0)
        .with_note(format!("{pages} pages with both copies in {:.1?}", times.percentile(99)))
        .send()?;
    Row::new("agreement, the file", bytes as f64 / 1024.0, "KiB", 30.0)
        .with_note("the largest of the four".into())
        .send()
}

fn slip_content() -> SlipContent {
    SlipContent {
        hall: "奎山县零工大厅".into(),
        edition: "第 12 期 08:30".into(),
        ticket: "A037".into(),
        state: SlipState::Confirmed { place: 7, places: 12 },
        trade: "管道工".into(),
        title: "小区换水管，两人一组".into(),
        pay: "260".into(),
        pay_unit: "元/天".into(),
        settlement: "当天结".into(),
        when: "11月20日 09:30 到 17:30".into(),
        place: "北关街 7 号院，进门找穿蓝马甲的班长".into(),
        contact: Some("王班长 154 0000 0001".into()),
        bring: Some("身份证、扳手、水杯".into()),
        worker: "李**".into(),
        qr: Some(token()),
        short_code: "7K4M-2Q".into(),
        notes: vec![
            "1. 到2 号窗口打协议，一式两份，你留一份".into(),
            "2. 09:30 前到工地，让对方扫小票".into(),
            "3. 不去了：09:00 前在自助机上退".into(),
            "没拿到钱打 12333，法律援助打 12348".into(),
        ],
        printed: "2026-11-20 08:31".into(),
        reprint: None,
    }
}

fn agreement_content(kind: AgreementType, date: Day) -> AgreementContent {
    let employer = if kind == AgreementType::ServiceAgreement {
        EmployerFacts::Private {
            name: "赵秀兰".into(),
            id_number: "379901195001010000".into(),
            address: "奎山县鼓楼新村 3 号楼".into(),
            phone: "15400000002".into(),
        }
    } else {
        EmployerFacts::Organisation {
            name: "奎山县顺水管道安装队".into(),
            credit_code: "91379901MA0000000X".into(),
            address: "奎山县东风街 100 号".into(),
            legal_head: "孙大海".into(),
            agent: Some("周平".into()),
            phone: "15400000003".into(),
        }
    };
    AgreementContent {
        kind,
        number: "KS-20261120-0037".into(),
        hall: "奎山县零工大厅".into(),
        date,
        employer,
        worker: WorkerFacts {
            name: "李试工".into(),
            sex: Sex::Male,
            id_number: "379901197901010000".into(),
            address: "奎山县石桥镇 1 号".into(),
            phone: "15400000001".into(),
        },
        job: job(),
        flags: AgreementFlags::default(),
        notes: Vec::new(),
        minimum_wage: Some("每月2200元，每小时22元".into()),
        qr: token(),
        short_code: "7K4M-2Q".into(),
        hall_copy: false,
    }
}

fn job() -> JobFacts {
    JobFacts {
        title: "管道工".into(),
        work: "拆旧水管，安装新水管，清理现场".into(),
        place: "奎山县北关街 7 号院".into(),
        term: "2026年11月20日，共1天".into(),
        hours: "9:30到17:30，共7小时".into(),
        rest: "12:00到13:00".into(),
        pay: Fen::yuan(260),
        pay_unit: PayUnit::Day,
        settlement: Settlement::Daily,
        pay_day: None,
        social_insurance: None,
        accident_insurance: Some("当日意外险，保额10万元，保费由甲方付".into()),
        protection: "手套、安全帽".into(),
        hazards: vec!["粉尘".into()],
        meals: "管午饭".into(),
        transport: "自己到".into(),
    }
}
