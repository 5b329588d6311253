//! A hall for one test, and the program on it.

use std::path::PathBuf;

use hall_app::api::desk::HallForm;
use hall_app::api::shared::{EmployerForm, PostForm, WorkerForm};
use hall_core::vocab::{EmployerKind, Meals, PayUnit, Settlement};
use hall_tests::hall::{Prepared, today};
use hall_tests::people::id_number;
use hall_tests::screens::{Place, Screens};
use tempfile::TempDir;

/// Minute of the day before which a prepared hall is filled, and the clock of the windows afterwards.
pub(crate) const FILLED: u16 = 4 * 60 + 45;
const OPENED: &str = "05:10";

pub(crate) const EMPLOYER: &str = "奎山晨光装卸有限公司";
pub(crate) const CREDIT_CODE: &str = "91379901MA4L3KAQ0J";
pub(crate) const TITLE: &str = "果库搬苹果";
pub(crate) const TRADE: &str = "装卸";

pub(crate) struct Hall {
    pub(crate) place: Place,
    pub(crate) screens: Screens,
    folder: TempDir,
}

impl Hall {
    /// Ends the program and starts it anew on the same data, some minutes later.
    pub(crate) fn restart(self, clock: &str) -> Self {
        drop(self.screens);
        self.place.wait_until_free().unwrap();
        let place = Place::new(&self.place.folder, clock).unwrap();
        let screens = Screens::open(&shell(), &place).unwrap();
        Self { place, screens, folder: self.folder }
    }
}

pub(crate) fn shell() -> PathBuf {
    std::env::var_os("HALL_SHELL").expect("`cargo xtask test` gives HALL_SHELL, the built program").into()
}

/// A hall that nobody has set up yet.
pub(crate) fn fresh_hall() -> Hall {
    hall_with(|_| ())
}

/// A hall with what `fill` put there.
pub(crate) fn hall_with(fill: impl FnOnce(&Place)) -> Hall {
    hall_with_devices("", fill)
}

/// Such a hall with devices, as its settings name them.
pub(crate) fn hall_with_devices(devices: &str, fill: impl FnOnce(&Place)) -> Hall {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::with_devices(folder.path(), OPENED, devices).unwrap();
    fill(&place);
    let screens = Screens::open(&shell(), &place).unwrap();
    Hall { place, screens, folder }
}

/// Set up, one employer, one post with so many places.
pub(crate) fn hall_with_post(places: u16) -> Hall {
    hall_with(|place| {
        let hall = prepared(place);
        let employer = hall.employer(employer()).unwrap();
        hall.post(post(&employer, TITLE, places)).unwrap();
    })
}

/// Set up and logged in, nothing else.
pub(crate) fn prepared(place: &Place) -> Prepared {
    let hall = Prepared::open(place, FILLED).unwrap();
    let form = HallForm {
        name: "奎山试用零工客栈".into(),
        county: "379901".into(),
        address: "奎山县北关街 1 号".into(),
        phone: "15400000001".into(),
        window: "1 号窗口".into(),
    };
    hall.set_up(form, "王主管").unwrap();
    hall.desk(hall_app::api::DeskCommand::EnterTier { tier: 2, document: "试用数据".into() }).unwrap();
    hall
}

pub(crate) fn employer() -> EmployerForm {
    EmployerForm {
        kind: EmployerKind::Organisation,
        name: EMPLOYER.into(),
        code: CREDIT_CODE.into(),
        address: "奎山县东环路 66 号".into(),
        legal_head: "张家帅".into(),
        agent: String::new(),
        phone: "15400000002".into(),
        papers_seen: "营业执照".into(),
    }
}

pub(crate) fn post(employer: &str, title: &str, places: u16) -> PostForm {
    PostForm {
        employer: employer.into(),
        trade: TRADE.into(),
        title: title.into(),
        content: "果库门口装车，苹果每箱 15 公斤，用手推车".into(),
        address: "奎山县西环路 120 号".into(),
        first_day: today().to_string(),
        start: "07:30".into(),
        end: "16:30".into(),
        rest_minutes: 60,
        places: places.to_string(),
        pay: "260".into(),
        unit: Some(PayUnit::Day),
        settlement: Some(Settlement::Daily),
        meals: Some(Meals::Lunch),
        requirements: "搬得动 15 公斤".into(),
        insurance: "单位缴工伤保险".into(),
        protection: "发手套、防滑鞋".into(),
        contact_name: "孙主任".into(),
        contact_phone: "15400000003".into(),
        ..PostForm::default()
    }
}

/// Registered with the hall; the number says who.
pub(crate) fn worker(order: u16) -> WorkerForm {
    WorkerForm {
        name: format!("示范{}", ['甲', '乙', '丙', '丁'][usize::from(order / 2 % 4)]),
        id_number: id_number("19860412", order),
        phone: format!("1540001{order:04}"),
        address: "奎山县北关社区".into(),
        trades: vec![TRADE.into()],
        certificates: Vec::new(),
        post_type: None,
        pension: false,
        student: false,
    }
}
