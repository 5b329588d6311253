//! Fields, orchards and parks: 采摘, 农活, 绿化.

use hall_core::vocab::{Meals, Settlement};

use super::Sector::{Fruit, Garden, Property, Veg, Villager};
use super::{Crowd, DAY7, DAY8, EARLY8, HALF5, MORNING4, PLAIN, Site, Span, Work, day, hour, job, month};

const FIELD: Work = Work {
    by: &[Veg],
    site: Site::Land,
    crowd: Crowd::Many,
    meals: &[Meals::Lunch, Meals::All, Meals::Lunch],
    transport: 70,
    needs: "[干过农活，能弯腰下蹲|手脚利索，听领工安排|没干过的有人教]",
    guard: "[发手套、套袖，地头有热水和歇脚棚|发手套，打药后过安全间隔期再进地]",
    ..PLAIN
};

pub(super) const WORKS: &[Work] = &[
    // 采摘
    Work {
        trade: "采摘",
        title: "[摘苹果|摘冬枣|摘山楂]",
        by: &[Fruit],
        site: Site::Orchard,
        content: "[=套袋苹果|冬枣|山楂]采摘，轻摘轻放，[剪果柄|捡筐、抬到地头]",
        terms: &[
            day(178, 200, EARLY8),
            day(165, 170, EARLY8),
            day(180, 200, EARLY8).on(Span::Days(5)).settled(Settlement::OnCompletion),
        ],
        bring: "[剪果剪|帽子]",
        ..FIELD
    },
    Work {
        trade: "采摘",
        title: "大棚摘[黄瓜|西红柿|辣椒]",
        site: Site::Greenhouse,
        content: "大棚里摘[=黄瓜|西红柿|辣椒]，装筐过秤，[打掉老叶|棚里热，上下午各干一段]",
        terms: &[hour(22, 24, MORNING4), day(178, 195, EARLY8)],
        crowd: Crowd::Some,
        ..FIELD
    },
    Work {
        trade: "采摘",
        title: "[收大葱|收白菜|拔萝卜]",
        content: "[=刨葱、去土、捆把|砍白菜、去老帮、装网袋|拔萝卜、拧缨、装袋]，每捆 15 公斤以内",
        terms: &[day(180, 210, EARLY8), day(160, 170, EARLY8), hour(22, 25, HALF5)],
        bring: "[胶鞋|手套]",
        ..FIELD
    },
    Work {
        trade: "采摘",
        title: "帮忙收[苹果|地瓜|花生]",
        content: "家里 [4|6] 亩[=苹果|地瓜|花生]，[=摘、分、装筐|刨、捡、装袋|刨、捡、装袋]，两天内干完",
        by: &[Villager],
        site: Site::Own(&[" 地头"]),
        terms: &[
            day(178, 195, EARLY8),
            day(178, 195, EARLY8).on(Span::Days(2)).settled(Settlement::OnCompletion),
        ],
        crowd: Crowd::Some,
        transport: 20,
        ..FIELD
    },
    // 农活
    Work {
        trade: "农活",
        title: "[大棚上草苫|大棚覆膜|棚区除草]",
        site: Site::Greenhouse,
        content: "[=上草苫、压绳|换棚膜、上压膜槽|清沟、除草、施底肥]，听棚主安排",
        terms: &[
            day(180, 210, DAY8),
            day(180, 210, DAY8).on(Span::Days(3)).settled(Settlement::OnCompletion),
        ],
        crowd: Crowd::Some,
        ..FIELD
    },
    Work {
        trade: "农活",
        title: "[育苗装盘|吊秧绑蔓|栽草莓苗]",
        site: Site::Greenhouse,
        content: "[=基质装穴盘、点种|黄瓜吊秧、绑蔓、打老叶|草莓苗移栽]，按行距株距",
        terms: &[day(178, 195, EARLY8), hour(22, 24, MORNING4), day(165, 170, DAY8)],
        ..FIELD
    },
    Work {
        trade: "农活",
        title: "[果树剪枝|刨树坑|刷树干]",
        content: "[=苹果树冬剪，树高 3 米以内|山坡刨坑 60 厘米见方|树干刷白约 500 棵]",
        by: &[Fruit, Villager],
        site: Site::Orchard,
        terms: &[day(200, 240, DAY8), job(300, 420, DAY8)],
        crowd: Crowd::Some,
        needs: "[会剪枝的优先|能用镐头铁锨]",
        bring: "剪枝剪或铁锨",
        ..FIELD
    },
    // 绿化
    Work {
        trade: "绿化",
        title: "[栽植灌木|草坪修剪|清理枯枝]",
        content: "[=冬青、月季栽植，浇定根水|草坪修剪、清草屑|枯枝修剪、装车外运，不登高]",
        by: &[Garden],
        site: Site::Park,
        terms: &[day(180, 210, DAY8), hour(23, 25, MORNING4), month(2_800, 3_200, 5, DAY8)],
        crowd: Crowd::Many,
        transport: 60,
        guard: "发反光背心、手套、护目镜，路边作业放锥桶",
        ..FIELD
    },
    Work {
        trade: "绿化",
        title: "[挖树穴栽树|支撑缠干|树木涂白]",
        content: "[=挖穴、栽树、扶正浇水|打三角支撑、缠草绳|行道树涂白，1.2 米高]，带工员画好线",
        by: &[Garden],
        site: Site::Park,
        terms: &[day(190, 220, DAY8), day(190, 220, DAY7).on(Span::Days(4)).settled(Settlement::Weekly)],
        transport: 60,
        needs: "能用铁锨，听带工安排",
        guard: "发反光背心、手套，机械作业 5 米内不站人",
        ..FIELD
    },
    Work {
        trade: "绿化",
        title: "小区绿化养护",
        content: "小区[绿篱修剪|补栽麦冬|落叶清扫、浇水]，[用电动绿篱剪，有人教|手工活]",
        by: &[Property],
        site: Site::Estate,
        terms: &[day(180, 200, DAY7), hour(23, 25, MORNING4)],
        crowd: Crowd::Few,
        transport: 0,
        meals: &[Meals::None, Meals::Lunch],
        guard: "发手套、护目镜，电剪用前检查",
        ..FIELD
    },
];
