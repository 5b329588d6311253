//! Carrying and sorting: 装卸, 搬家, 分拣, 叉车司机.

use hall_core::vocab::{Meals, Settlement};

use super::Sector::{
    Cold, Electronics, Fruit, Grain, Logistics, Moving, Paper, Property, Townsman, Veg, Villager, Wholesale,
    Wood,
};
use super::{
    AFTERNOON4, Crowd, DAY7, DAY8, DAY9, EARLY8, EVENING4, HALF5, LATE8, MORNING3, MORNING4, NIGHT7, PLAIN,
    Site, Span, Work, day, hour, job, month,
};

const YARD: Work = Work {
    by: &[Logistics],
    site: Site::Own(&[" [1|2|3] 号库", " 卸货平台", " 院内"]),
    needs: "[能搬 20 公斤以内的箱子，听库管安排|手脚利索，会用地牛|能干体力活，轻拿轻放]",
    guard: "[发手套、护腰，月台有防滑垫|发手套，货架区戴安全帽，人车分道]",
    ..PLAIN
};

pub(super) const WORKS: &[Work] = &[
    // 装卸
    Work {
        trade: "装卸",
        title: "[快递卸车|零担装车|百货装车]",
        content: "[9.6 米厢车|4.2 米货车|拖挂车][=卸货上平台|装车码垛|装车码垛]，[百货纸箱|日用品|小家电]，每箱 20 公斤以内，用地牛倒运",
        terms: &[day(210, 250, DAY8), day(200, 240, EARLY8), hour(26, 30, HALF5)],
        ..YARD
    },
    Work {
        trade: "装卸",
        title: "[卸面粉|装饲料|卸化肥]",
        content: "整车 [25|40] 公斤袋装[=面粉|饲料|化肥]，[=人工下车上传送带|人工上车码垛|人工下车上垛，垛高不过 10 层]，两人一组",
        by: &[Logistics, Grain],
        terms: &[day(240, 280, EARLY8), job(260, 380, HALF5)],
        hazards: &["load_over_20kg_six_an_hour"],
        needs: "能扛 40 公斤，腰腿好使，听班长安排",
        crowd: Crowd::Some,
        ..YARD
    },
    Work {
        trade: "装卸",
        title: "[冷库倒货|冷库出货]",
        content: "[=倒垛并库|出库装车]，[蒜薹，库温零度上下|苹果，库温零上 2 度|速冻蔬菜，库温零下 18 度，每 40 分钟出库暖身]，每件 20 公斤以内",
        by: &[Cold],
        site: Site::Own(&[" [1|2|4] 号冷库"]),
        terms: &[day(220, 260, DAY8), day(220, 250, EARLY8).on(Span::Days(3))],
        meals: &[Meals::Lunch],
        guard: "发棉大衣、棉手套、棉鞋，库内有报警按钮，两人同进同出",
        hazards: &["cold_grade_3"],
        needs: "年满 18 周岁，不怕冷，能搬 20 公斤",
        ..YARD
    },
    Work {
        trade: "装卸",
        title: "[果蔬装车|卸菜|装大葱]",
        content: "[=白菜、胡萝卜|芹菜、菠菜|大葱]过秤、装[筐|网袋]、上车，每件 15 到 20 公斤",
        by: &[Cold, Veg, Wholesale],
        site: Site::Own(&[" 收购棚", " 东门", ""]),
        terms: &[day(190, 230, EARLY8), hour(25, 28, MORNING4), hour(25, 28, AFTERNOON4)],
        crowd: Crowd::Many,
        ..YARD
    },
    Work {
        trade: "装卸",
        title: "[建材卸车|卸瓷砖|卸板材]",
        content: "[=轻钢龙骨、板材|瓷砖|石膏板]卸车进库，按规格码放，易碎品轻放，有地牛",
        by: &[Wholesale, Logistics],
        site: Site::Own(&[" 西门", " 卸货区"]),
        terms: &[day(220, 260, DAY8), job(240, 320, HALF5)],
        hazards: &["load_over_25kg"],
        needs: "能两人抬 50 公斤的板材，有装卸经验优先",
        ..YARD
    },
    Work {
        trade: "装卸",
        title: "[成品装柜|原料卸车]",
        content: "[=成品装集装箱，点数、码齐|原料卸车进库，打托、缠膜]，每件 20 公斤以内",
        by: &[Paper, Electronics, Wood],
        site: Site::Own(&[" 库区"]),
        terms: &[day(200, 240, DAY8), day(230, 260, DAY9), hour(26, 29, EVENING4)],
        ..YARD
    },
    Work {
        trade: "装卸",
        by: &[Grain],
        title: "粮食入仓",
        content: "[小麦|玉米|稻谷]入仓，[看输送机、扫车底|扒平粮面、铺苫布]",
        terms: &[day(210, 240, DAY8).on(Span::Days(4)).settled(Settlement::Weekly)],
        guard: "发防尘口罩、护目镜，进仓系安全绳，仓外有人看护",
        hazards: &["dust"],
        needs: "年满 18 周岁，不怕灰",
        ..YARD
    },
    // 搬家
    Work {
        trade: "搬家",
        title: "[居民搬家|小区搬家]",
        content: "[两室|三室]一家，[三|五]楼[有电梯|没电梯]，拆装床柜、打包、上下车，跟车来回",
        by: &[Moving],
        site: Site::Estate,
        terms: &[day(230, 280, DAY8), job(220, 320, HALF5)],
        crowd: Crowd::Few,
        transport: 90,
        hazards: &["load_over_25kg"],
        needs: "能抬冰箱洗衣机，爱护东西",
        guard: "发手套、护腰、搬运带，重物两人以上抬",
        ..PLAIN
    },
    Work {
        trade: "搬家",
        title: "[单位搬迁|档案搬运]",
        content: "[=办公桌椅、文件柜|档案箱约 400 箱]打包搬运，到[=新楼|新库房]按房号摆好",
        by: &[Moving],
        site: Site::Office,
        terms: &[
            day(220, 260, DAY8),
            day(220, 260, DAY8).on(Span::Days(3)).settled(Settlement::OnCompletion),
        ],
        transport: 80,
        meals: &[Meals::Lunch],
        needs: "手脚利索，听带队安排",
        guard: "发手套、护腰，电梯口有专人看护",
        ..PLAIN
    },
    Work {
        trade: "搬家",
        title: "家里搬[家具|家电]",
        content: "[=沙发、床、衣柜|冰箱、洗衣机、空调挂机]从[一楼|老房子]搬到[四|五]楼，车已找好",
        by: &[Townsman],
        site: Site::Own(&[""]),
        terms: &[job(160, 260, MORNING4), job(160, 260, AFTERNOON4)],
        crowd: Crowd::Few,
        hazards: &["load_over_25kg"],
        needs: "能抬重物上楼，小心磕碰",
        guard: "备手套和搬运带",
        ..PLAIN
    },
    // 分拣
    Work {
        trade: "分拣",
        title: "[快递分拣|快递扫码]",
        content: "按[三段码|乡镇]分拣小件，[=上格口、集包|扫码、装袋、封签]，站着干，可轮换",
        terms: &[
            hour(23, 26, MORNING4)
                .on(Span::Weeks { low: 14, high: 20, days_per_week: 6 })
                .settled(Settlement::HalfMonthly),
            hour(24, 27, EVENING4),
            day(190, 210, DAY8),
        ],
        crowd: Crowd::Many,
        needs: "认得字，会用扫码枪，有人教",
        ..YARD
    },
    Work {
        trade: "分拣",
        title: "夜班分拣",
        content: "夜间[大件分拣，卸车、扫码、上滚筒线|小件分拣，建包、装笼]，零点管一顿夜宵",
        terms: &[day(230, 260, NIGHT7), hour(28, 32, NIGHT7)],
        crowd: Crowd::Many,
        meals: &[Meals::None],
        needs: "年满 18 周岁，能上夜班",
        ..YARD
    },
    Work {
        trade: "分拣",
        title: "[云仓拣货|仓库配货]",
        content: "拿手持机按单拣货，[=复核、装箱|贴面单、封箱]，每天走动较多",
        terms: &[
            hour(22, 25, DAY8).on(Span::Days(5)).settled(Settlement::Weekly),
            day(185, 200, LATE8),
            day(180, 200, DAY8),
        ],
        needs: "会用智能手机，细心",
        ..YARD
    },
    Work {
        trade: "分拣",
        title: "[苹果分级|蒜头分级|土豆挑选]",
        content: "[=套袋苹果|蒜头|土豆]按大小分级，挑出[=磕碰果|破瓣的|发青的]，装箱，坐着干",
        by: &[Cold],
        site: Site::Own(&[" 分选车间", " 收购棚"]),
        terms: &[day(178, 190, EARLY8), hour(22, 24, MORNING4), day(160, 170, DAY8)],
        crowd: Crowd::Many,
        meals: &[Meals::Lunch],
        needs: "眼神好、手快，没干过的有人教",
        guard: "发手套、套袖、口罩，棚里有暖风",
        ..YARD
    },
    Work {
        trade: "分拣",
        title: "[苹果套网装箱|鲜果分级]",
        content: "[=苹果套网、按果径装箱|苹果、梨按大小分级，剔次果]，坐着干，[按天算|歇晌一小时]",
        by: &[Fruit],
        site: Site::Own(&[" 分选棚"]),
        terms: &[day(178, 190, EARLY8), day(160, 170, EARLY8)],
        crowd: Crowd::Many,
        meals: &[Meals::Lunch],
        needs: "手轻、细心，没干过的有人教",
        guard: "发手套、套袖、口罩，棚里有暖风",
        ..YARD
    },
    // 叉车司机
    Work {
        trade: "叉车司机",
        title: "[仓库叉车|装卸叉车]",
        content: "开 3 吨叉车，[=卸车入库、上架|出库装车]，填点检表，下班充电",
        by: &[Logistics, Grain, Cold, Wood],
        terms: &[
            day(250, 290, DAY8),
            month(5_500, 6_200, 5, DAY8),
            day(250, 290, DAY8).on(Span::Days(5)).settled(Settlement::Weekly),
        ],
        crowd: Crowd::One,
        certificate: "forklift",
        needs: "持叉车司机证，开叉车一年以上，年满 18 周岁",
        guard: "叉车每天点检，系安全带，人车分道，限速 5 公里",
        bring: "叉车证原件",
        ..YARD
    },
    // 装卸，个人和物业
    Work {
        trade: "装卸",
        title: "[卸煤球|装粮食|卸砖]",
        content: "[=蜂窝煤两车卸到厢房|玉米脱粒后装袋上车|红砖 4000 块卸到院里]，[就在村里|路好走]",
        by: &[Villager],
        site: Site::Own(&[""]),
        terms: &[job(160, 240, HALF5), hour(26, 30, MORNING3)],
        crowd: Crowd::Few,
        needs: "能干体力活",
        guard: "备手套、口罩、热水",
        ..PLAIN
    },
    Work {
        trade: "装卸",
        title: "清运大件垃圾",
        content: "小区[旧家具|装修垃圾袋]集中清运，[搬到清运车上|搬到临时堆放点]，分[东|南]两个院",
        by: &[Property],
        site: Site::Estate,
        terms: &[day(190, 220, DAY7), hour(26, 28, AFTERNOON4)],
        crowd: Crowd::Few,
        ..PLAIN
    },
];
