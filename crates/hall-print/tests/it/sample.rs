//! Invented content that the tests share.

use std::path::PathBuf;

use hall_print::Fonts;
use hall_print::slip::{CardContent, SlipContent, SlipState};

/// As long as a real token: 199 characters of Crockford Base32.
pub(crate) const TOKEN: &str = "LG1-01KADS7Q8VJ3M5N0Y2Z4T6W8X0A1B3C5D7E9F2G4H6J8K1M3N5P7Q9R2S4T6V8W1X3Y5Z7A9B2C4D6E8F\
1G3H5J7K9M2N4P6Q8R1S3T5V7W9X2Y4Z6A8B1C3D5E7F9G2H4J6K8M1N3P5Q7R9S2T4V6W8X1Y3Z5A7B9C2D4E6F8G1H3J5K7M9N2P4Q6R";

pub(crate) fn fonts() -> Fonts {
    Fonts::load(&[])
}

/// The rare-character fonts of Debian's `fonts-hanazono`.
pub(crate) fn rare_fonts() -> Fonts {
    let files = ["HanaMinA", "HanaMinB"].map(|n| PathBuf::from(format!("/usr/share/fonts/truetype/hanazono/{n}.ttf")));
    Fonts::load(&files)
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
