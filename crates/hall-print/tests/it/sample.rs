//! Invented content that the tests share.

use hall_core::Fen;
use hall_core::vocab::{AgreementType, PayUnit, Settlement, Sex};
use hall_print::Fonts;
use hall_print::agreement::{AgreementContent, AgreementFlags, EmployerFacts, JobFacts, WorkerFacts};
use hall_print::slip::{CardContent, SlipContent, SlipState, TestPageContent};

/// As long as a real token: 199 characters of Crockford Base32.
pub(crate) const TOKEN: &str = "LG1-01KADS7Q8VJ3M5N0Y2Z4T6W8X0A1B3C5D7E9F2G4H6J8K1M3N5P7Q9R2S4T6V8W1X3Y5Z7A9B2C4D6E8F\
1G3H5J7K9M2N4P6Q8R1S3T5V7W9X2Y4Z6A8B1C3D5E7F9G2H4J6K8M1N3P5Q7R9S2T4V6W8X1Y3Z5A7B9C2D4E6F8G1H3J5K7M9N2P4Q6R";

pub(crate) fn fonts() -> Fonts {
    Fonts::load(&[])
}

pub(crate) fn slip() -> SlipContent {
    SlipContent {
        hall: "奎文零工大厅".into(),
        edition: "第 12 期 08:30".into(),
        ticket: "A037".into(),
        state: SlipState::Confirmed { place: 7, places: 12 },
        trade: "管道工".into(),
        title: "小区换管，两人一组".into(),
        pay: "260".into(),
        pay_unit: "元/天".into(),
        settlement: "当天结".into(),
        when: "11月20日（今天）09:30—17:30".into(),
        place: "城东锦绣园小区 3 号楼北门，找保安亭旁的蓝色工具车".into(),
        contact: Some("王师傅 138 0000 0000".into()),
        bring: Some("身份证、扳手、防滑鞋".into()),
        worker: "张*国".into(),
        qr: Some(TOKEN.into()),
        short_code: "7K4M-2Q".into(),
        notes: vec!["到 2 号窗口打协议，一式两份，你留一份".into(), "不去了，08:55 前在这台机器上退".into()],
        printed: "2026-11-20 08:31".into(),
        reprint: None,
    }
}

pub(crate) fn standby() -> SlipContent {
    SlipContent {
        state: SlipState::Standby { position: 3, decide_by: "08:55".into() },
        notes: vec!["有人退出就按次序补上，补上了会给你换小票".into()],
        ..slip()
    }
}

pub(crate) fn card() -> CardContent {
    CardContent {
        hall: "奎文零工大厅".into(),
        worker: "张*国".into(),
        number: "0012 3456".into(),
        qr: "LGC-7Q8VJ3M5N0Y2Z4T6W8X0A1B3C5".into(),
        printed: "2026-11-20 08:31".into(),
    }
}

pub(crate) fn agreement(kind: AgreementType) -> AgreementContent {
    let private = kind == AgreementType::ServiceAgreement;
    AgreementContent {
        kind,
        number: "KW-20261120-0037".into(),
        hall: "奎文零工大厅".into(),
        date: "2026-11-20".parse().unwrap(),
        employer: if private {
            EmployerFacts::Private {
                name: "赵秀兰".into(),
                id_number: "110105194912310027".into(),
                address: "奎文区锦绣园小区3号楼2单元501室".into(),
                phone: "13900000001".into(),
            }
        } else {
            EmployerFacts::Organisation {
                name: "潍坊顺达管道安装有限公司".into(),
                credit_code: "91370700MA0000000X".into(),
                address: "奎文区东风东街100号".into(),
                legal_head: "孙大海".into(),
                agent: Some("周平".into()),
                phone: "13900000002".into(),
            }
        },
        worker: WorkerFacts {
            name: "张建国".into(),
            sex: Sex::Male,
            id_number: "110105197905120013".into(),
            address: "潍城区望留街道西河村".into(),
            phone: "13800000003".into(),
        },
        job: JobFacts {
            title: "管道工".into(),
            work: "拆旧水管，安装新水管，清理现场".into(),
            place: "奎文区锦绣园小区3号楼".into(),
            term: "2026年11月20日，共1天".into(),
            hours: "9:30到17:30，共7小时".into(),
            rest: "12:00到13:00".into(),
            pay: Fen::yuan(260),
            pay_unit: PayUnit::Day,
            settlement: Settlement::Daily,
            pay_day: None,
            social_insurance: None,
            accident_insurance: Some("平安一日险，保额10万元，保费2元由甲方付".into()),
            protection: "手套、安全帽".into(),
            hazards: vec!["登高".into(), "粉尘".into()],
            meals: "管午饭".into(),
            transport: "自己到".into(),
        },
        flags: AgreementFlags {
            past_retirement: kind == AgreementType::OverAgeWrittenAgreement,
            ..AgreementFlags::default()
        },
        notes: Vec::new(),
        minimum_wage: Some("每月2400元，每小时24元（鲁政字〔2025〕140号）".into()),
        qr: TOKEN.into(),
        short_code: "7K4M-2Q".into(),
        hall_copy: false,
    }
}

pub(crate) fn test_page() -> TestPageContent {
    TestPageContent {
        hall: "奎文零工大厅".into(),
        printer: "tcp://192.168.1.50:9100".into(),
        printed: "2026-11-20 08:31".into(),
        qr: "LG-TEST 2026-11-20 08:31 tcp://192.168.1.50:9100".into(),
    }
}
