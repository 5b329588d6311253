//! Homes and buildings: 保洁, 家政, 护工.

use hall_core::vocab::{Meals, Settlement};

use super::Sector::{Care, Decor, Garden, Hotel, Household, Mall, Property, Townsman, Wholesale};
use super::{
    AFTERNOON4, Crowd, DAWN3, DAY7, DAY8, EARLY8, HALF5, MORNING3, MORNING4, NIGHT7, PLAIN, Site, Span, Work,
    day, hour, job, month,
};

const CLEAN: Work = Work {
    by: &[Household, Property],
    site: Site::Office,
    needs: "[干活细致，能按时到|有保洁经验优先|会用洗地机的优先，不会可教]",
    guard: "[发橡胶手套、围裙，清洁剂按说明兑|发手套口罩，地面湿滑放警示牌]",
    ..PLAIN
};
/// Daily cleaning a few hours a day: the part-time form.
const PART_TIME: Span = Span::Weeks { low: 10, high: 28, days_per_week: 5 };

pub(super) const WORKS: &[Work] = &[
    // 保洁
    Work {
        trade: "保洁",
        title: "写字楼[日常|早班]保洁",
        content: "[大厅、电梯、卫生间|办公区、茶水间|楼梯、走廊]日常保洁，收垃圾、拖地、擦台面",
        terms: &[
            hour(24, 28, MORNING4).on(PART_TIME).settled(Settlement::HalfMonthly),
            hour(25, 29, MORNING4).on(Span::Days(5)).settled(Settlement::Weekly),
            hour(24, 28, AFTERNOON4),
        ],
        ..CLEAN
    },
    Work {
        trade: "保洁",
        title: "[新房开荒|装修后开荒]",
        content: "[110|130|90] 平方新房开荒，擦玻璃、铲胶点、清柜体、拖地三遍，玻璃从屋里擦",
        by: &[Household, Decor],
        site: Site::Estate,
        terms: &[day(190, 230, DAY8), day(200, 230, DAY7), job(320, 420, DAY7)],
        crowd: Crowd::Few,
        needs: "做过开荒，手细，自己会看死角",
        bring: "[自带铲刀|]",
        ..CLEAN
    },
    Work {
        trade: "保洁",
        title: "[卖场|开门前]保洁",
        content: "清扫[通道|停车场|出入口]，[洗地、倒垃圾|擦门窗、收纸箱]，营业前先过一遍",
        by: &[Mall, Wholesale],
        site: Site::Own(&[""]),
        terms: &[
            hour(23, 26, DAWN3).on(PART_TIME).settled(Settlement::HalfMonthly),
            month(2_500, 2_900, 5, EARLY8),
            hour(23, 26, DAWN3),
        ],
        ..CLEAN
    },
    Work {
        trade: "保洁",
        title: "[酒店客房|宾馆布草]",
        content: "[=退房后换床单、擦洗卫生间、补用品，每间约 30 分钟|布草清点、折叠、送洗、上架]",
        by: &[Hotel],
        site: Site::Own(&[" 客房部"]),
        terms: &[hour(24, 27, HALF5), day(180, 200, DAY8), day(180, 200, DAY7)],
        crowd: Crowd::Few,
        meals: &[Meals::Lunch],
        ..CLEAN
    },
    Work {
        trade: "保洁",
        title: "小区[楼道|院内]保洁",
        content: "[=八个单元楼道清扫、擦扶手|院内道路、车棚清扫，冲垃圾桶]，[清小广告|收快递纸箱]",
        by: &[Property],
        site: Site::Estate,
        terms: &[
            day(180, 195, DAY7),
            month(2_400, 2_700, 5, DAY8),
            hour(23, 25, MORNING4).on(PART_TIME).settled(Settlement::HalfMonthly),
        ],
        ..CLEAN
    },
    Work {
        trade: "保洁",
        title: "外墙玻璃清洗",
        content: "[四|六]层办公楼外墙玻璃清洗，吊板或升降平台作业，地面拉警戒线",
        by: &[Household],
        terms: &[
            day(320, 400, DAY7),
            day(330, 400, DAY7).on(Span::Days(3)).settled(Settlement::OnCompletion),
        ],
        crowd: Crowd::Few,
        hazards: &["height_grade_2"],
        certificate: "work_at_height",
        needs: "持高处作业证，年满 18 周岁，两人一组",
        guard: "发双绳、自锁器、安全帽，风大雨雪停工，地面有人看护",
        bring: "高处作业证原件",
        ..CLEAN
    },
    Work {
        trade: "保洁",
        title: "家里[大扫除|擦玻璃]",
        content: "[三室两厅|两室一厅]打扫，擦玻璃（屋里擦）、厨房去油、[收拾柜子|洗窗帘]",
        by: &[Townsman],
        site: Site::Own(&[""]),
        terms: &[hour(32, 38, MORNING4), hour(32, 38, AFTERNOON4), job(160, 260, HALF5)],
        crowd: Crowd::One,
        needs: "干活细致，爱干净",
        guard: "备手套和清洁用品，不登高、不爬窗台",
        ..CLEAN
    },
    Work {
        trade: "保洁",
        title: "[道路清扫|落叶清扫]",
        content: "[主干道|背街小巷|公园广场]清扫落叶、捡拾垃圾、清掏果皮箱",
        by: &[Garden],
        site: Site::Park,
        terms: &[
            day(180, 195, EARLY8),
            month(2_500, 2_800, 5, EARLY8),
            hour(22, 25, MORNING4).on(PART_TIME).settled(Settlement::HalfMonthly),
        ],
        guard: "发反光背心、手套、口罩，路边作业放锥桶",
        ..CLEAN
    },
    // 家政
    Work {
        trade: "家政",
        title: "钟点[做饭|做饭保洁]",
        content: "给[一家三口|老两口|一家四口]做[三菜一汤|家常饭]，[=买菜、洗碗、收拾厨房|洗碗后拖地、洗衣]",
        by: &[Household, Townsman],
        site: Site::Estate,
        terms: &[
            hour(30, 36, MORNING3)
                .on(Span::Weeks { low: 14, high: 28, days_per_week: 6 })
                .settled(Settlement::Weekly),
            hour(30, 36, AFTERNOON4),
        ],
        crowd: Crowd::One,
        meals: &[Meals::Lunch, Meals::None],
        needs: "会做家常菜，有家政经验，讲卫生",
        guard: "备围裙手套，用气用电先教一遍",
        ..PLAIN
    },
    Work {
        trade: "家政",
        title: "接孩子放学",
        content: "下午接[一个|两个]小学生放学，路程 15 分钟，到家看着写作业、[做晚饭|热饭]",
        by: &[Household],
        site: Site::Estate,
        terms: &[hour(28, 34, AFTERNOON4)
            .on(Span::Weeks { low: 12, high: 26, days_per_week: 5 })
            .settled(Settlement::Weekly)],
        crowd: Crowd::One,
        needs: "有耐心，有带孩子经验，可查家政服务档案",
        guard: "不干登高擦窗等危险活",
        ..PLAIN
    },
    Work {
        trade: "家政",
        title: "看护孩子",
        content: "白天照看[一岁半|三岁]孩子，做辅食、陪玩、[哄睡|散步]，家里有监控，事先讲明",
        by: &[Household, Townsman],
        site: Site::Estate,
        terms: &[day(190, 220, DAY8), day(190, 220, DAY8).on(Span::Days(5)).settled(Settlement::Weekly)],
        crowd: Crowd::One,
        meals: &[Meals::Lunch],
        needs: "有耐心，有带孩子经验，可查家政服务档案",
        guard: "不干登高擦窗等危险活",
        ..PLAIN
    },
    Work {
        trade: "家政",
        title: "月子餐帮工",
        content: "在家帮着[做月子餐、洗衣消毒|收拾屋子、做饭]，白天，不住家",
        by: &[Household],
        site: Site::Estate,
        terms: &[day(220, 260, DAY8).on(Span::Days(5)).settled(Settlement::Weekly)],
        crowd: Crowd::One,
        meals: &[Meals::All],
        needs: "有月嫂或产妇护理培训证明，会做月子餐",
        guard: "备口罩、手套，勤洗手",
        ..PLAIN
    },
    // 护工
    Work {
        trade: "护工",
        title: "[住院陪护|术后陪护]",
        content: "照看[=住院|骨科术后]老人，喂饭、翻身、陪检查、记出入量，[两人轮班|到点有人接班]",
        by: &[Care, Townsman],
        site: Site::Hospital,
        terms: &[
            day(220, 260, DAY8).on(Span::Days(4)).settled(Settlement::OnCompletion),
            day(240, 280, NIGHT7),
        ],
        crowd: Crowd::One,
        meals: &[Meals::All, Meals::Lunch],
        needs: "有陪护经验，有耐心",
        guard: "发手套、口罩、洗手液，教翻身省力的办法",
        ..PLAIN
    },
    Work {
        trade: "护工",
        title: "[老人护理|护理员白班]",
        content: "[失能|半失能]老人日常照料，[洗澡、换衣、喂饭|协助康复、量血压]，交接班有记录",
        by: &[Care],
        site: Site::CareHome,
        terms: &[day(200, 230, DAY8), month(3_600, 4_200, 5, DAY8)],
        meals: &[Meals::All],
        needs: "有养老护理培训或一年经验",
        guard: "发手套、口罩、工作服，配移位带和升降床",
        ..PLAIN
    },
];
