//! Meals and guarding: 服务员, 帮厨, 保安.

use hall_core::vocab::{Meals, Settlement};

use super::Sector::{Food, Hotel, Restaurant, Security, Villager};
use super::{
    Crowd, DAY7, DAY8, EARLY8, EVENING4, HALF5, LATE8, MORNING4, NIGHT7, NOON4, NOON5, PLAIN, Site, Span,
    Work, day, hour, job, month,
};

const TABLE: Work = Work {
    by: &[Restaurant, Hotel],
    site: Site::Own(&[" 宴会厅", " 二楼餐厅", ""]),
    meals: &[Meals::Lunch, Meals::All],
    needs: "[手脚勤快，听领班安排|会端托盘的优先，不会现教]",
    guard: "发围裙、防滑鞋套，后厨地面防滑，烫伤药箱在前台",
    ..PLAIN
};
const KITCHEN: Work = Work {
    site: Site::Own(&[" 后厨"]),
    needs: "持有效健康证，会择菜切配",
    guard: "发工装、防滑鞋、防割手套，油烟机开着再上灶",
    bring: "健康证",
    crowd: Crowd::Few,
    ..TABLE
};
const GUARD: Work = Work {
    by: &[Security],
    needs: "持保安员证，会用对讲机，按时交接班",
    guard: "发工装、大衣、反光背心、强光手电，夜里两人一岗",
    meals: &[Meals::None, Meals::Lunch],
    ..PLAIN
};

pub(super) const WORKS: &[Work] = &[
    // 服务员
    Work {
        trade: "服务员",
        title: "[婚宴传菜|宴席服务|会议餐服务]",
        content: "[30|20|45] 桌[=婚宴|寿宴|会议餐]，摆台、传菜、撤台，结束后清点餐具",
        terms: &[hour(25, 30, NOON4), hour(25, 30, EVENING4), hour(25, 28, NOON5)],
        crowd: Crowd::Many,
        ..TABLE
    },
    Work {
        trade: "服务员",
        title: "餐厅服务",
        content: "[点菜、上菜、收台|看台、上菜、翻台]，[结账有收银|打包外卖]",
        terms: &[
            hour(24, 27, NOON4)
                .on(Span::Weeks { low: 10, high: 20, days_per_week: 6 })
                .settled(Settlement::HalfMonthly),
            day(180, 200, LATE8),
            month(3_200, 3_800, 5, LATE8),
        ],
        needs: "持有效健康证，待客和气",
        bring: "健康证",
        crowd: Crowd::Few,
        ..TABLE
    },
    // 帮厨
    Work {
        trade: "帮厨",
        title: "[后厨切配|凉菜帮工|洗碗帮工]",
        content: "[=择菜、洗菜、切配|凉菜改刀、装盘|洗碗、消毒、码放]，[忙时互相搭手|收工前擦台洗地]",
        terms: &[
            hour(24, 28, EVENING4),
            day(190, 220, LATE8),
            hour(24, 28, NOON4),
            month(3_400, 4_000, 5, LATE8),
        ],
        ..KITCHEN
    },
    Work {
        trade: "帮厨",
        title: "[喜宴|满月酒|上梁席]帮厨",
        content: "家里办席 [12|18|24] 桌，择菜切配、蒸馒头、端盘、刷碗，厨师另有人",
        by: &[Villager],
        site: Site::Own(&[""]),
        terms: &[day(190, 220, EARLY8), job(200, 260, HALF5)],
        crowd: Crowd::Some,
        meals: &[Meals::All],
        guard: "备围裙、手套，液化气瓶放室外",
        ..KITCHEN
    },
    Work {
        trade: "帮厨",
        title: "[食堂帮厨|食堂打饭]",
        content: "职工食堂[=洗切配菜、蒸馒头|打饭、收台]、[洗餐盘|留样登记]",
        by: &[Food, Hotel],
        site: Site::Own(&[" 食堂"]),
        terms: &[
            hour(23, 26, MORNING4)
                .on(Span::Weeks { low: 12, high: 26, days_per_week: 5 })
                .settled(Settlement::HalfMonthly),
            day(180, 200, EARLY8),
        ],
        ..KITCHEN
    },
    // 保安
    Work {
        trade: "保安",
        title: "[展会秩序|开业活动|庙会秩序]",
        content: "[=巡场、看护展位|停车引导、门口迎宾排队|人流疏导、看护围栏]，分两班轮换",
        site: Site::Square,
        terms: &[
            day(180, 220, DAY8),
            day(180, 220, DAY7).on(Span::Days(3)).settled(Settlement::OnCompletion),
        ],
        crowd: Crowd::Many,
        meals: &[Meals::Lunch],
        ..GUARD
    },
    Work {
        trade: "保安",
        title: "[工地|料场]夜间看护",
        content: "夜间[巡逻、打卡|看大门、登记车辆]，[=工地|料场]防火防盗",
        site: Site::Works,
        terms: &[day(190, 220, NIGHT7), day(190, 220, NIGHT7).on(Span::Days(5)).settled(Settlement::Weekly)],
        crowd: Crowd::Few,
        ..GUARD
    },
    Work {
        trade: "保安",
        title: "写字楼门岗",
        content: "门岗登记、[访客导引|车辆引导|快递登记]、每两小时巡一圈，记录交接班",
        site: Site::Office,
        terms: &[month(2_900, 3_500, 5, DAY8), month(3_000, 3_500, 5, DAY7)],
        crowd: Crowd::Few,
        ..GUARD
    },
];
