//! Workshops: 普工, 包装工, 缝纫工.

use hall_core::vocab::{Meals, Settlement};

use super::Sector::{Cold, Electronics, Food, Garment, Glove, Logistics, Machine, Paper, Shed, Wood};
use super::{
    AFTERNOON4, Crowd, DAY7, DAY8, DAY9, EVENING4, LATE8, MORNING4, NIGHT7, PLAIN, Site, Span, Work, day,
    hour, job, month,
};

const SHOP: Work = Work {
    by: &[Electronics],
    site: Site::Own(&[" [1|2|3] 号车间", " 组装车间", " 厂内"]),
    meals: &[Meals::Lunch, Meals::Lunch, Meals::None],
    transport: 20,
    needs: "[没干过的有人带|能站着干活，听班长安排|手快、细心]",
    guard: "[发手套、工装、耳塞，机器有防护罩|发手套、口罩，上岗前讲操作规程]",
    ..PLAIN
};

pub(super) const WORKS: &[Work] = &[
    // 普工
    Work {
        trade: "普工",
        title: "[电子组装|插件线|测试工位]",
        content: "[=线束组装|灯珠插件|成品通电测试]，[坐着干|坐站均可]，按样板做，[下班前清点|首件确认后开工]",
        terms: &[
            hour(22, 25, DAY8).on(Span::Days(5)).settled(Settlement::Weekly),
            day(185, 205, DAY8),
            month(4_200, 4_800, 5, DAY8),
        ],
        crowd: Crowd::Many,
        ..SHOP
    },
    Work {
        trade: "普工",
        title: "[纸箱糊口|印刷接纸|模切清废]",
        by: &[Paper],
        content: "[=纸箱打钉、糊口|印刷机尾接纸、码垛|模切后清废边]，看机器有师傅",
        terms: &[day(185, 210, DAY8), day(220, 240, DAY9), hour(23, 25, EVENING4)],
        ..SHOP
    },
    Work {
        trade: "普工",
        title: "[锯末清理|板材上料|板材封边]",
        by: &[Wood],
        content: "[=清理集尘袋、车间锯末|锯台上料、接板|封边机接料、修边]，机器由师傅开",
        terms: &[day(195, 220, DAY8)],
        hazards: &["dust"],
        needs: "年满 18 周岁，不怕噪声和木屑",
        guard: "发防尘口罩、耳塞、护目镜，除尘器开着再干",
        ..SHOP
    },
    Work {
        trade: "普工",
        title: "[零件打磨|去毛刺|机床上下料]",
        content: "[=法兰打磨倒角|铸件去飞边毛刺|数控床子装卸工件、量尺寸]",
        by: &[Machine],
        terms: &[day(210, 240, DAY8), day(215, 240, NIGHT7), month(4_800, 5_400, 5, DAY8)],
        guard: "发防尘口罩、护目镜、防割手套，砂轮有护罩",
        needs: "会用卡尺的优先，有人带",
        ..SHOP
    },
    Work {
        trade: "普工",
        title: "[摘菜清洗|水饺车间|馒头车间]",
        content: "[=蔬菜去根、清洗、切配|包好的水饺摆盘、速冻|馒头成型、上屉、装袋]",
        by: &[Food],
        terms: &[
            hour(22, 24, DAY8).on(Span::Days(4)).settled(Settlement::Weekly),
            day(180, 200, DAY8),
            day(180, 195, DAY7),
        ],
        crowd: Crowd::Many,
        meals: &[Meals::Lunch],
        needs: "持有效健康证，进车间换工装、洗手消毒",
        guard: "发工装、防滑胶鞋、手套，地面防滑",
        bring: "健康证",
        ..SHOP
    },
    Work {
        trade: "普工",
        title: "大棚骨架装配",
        content: "热镀锌管[冲孔、压扣|打捆、装卡槽]，[装车发货|按图配套]",
        by: &[Shed],
        terms: &[day(200, 230, DAY8), day(200, 230, DAY8).on(Span::Days(5)).settled(Settlement::Weekly)],
        ..SHOP
    },
    // 包装工
    Work {
        trade: "包装工",
        title: "[礼盒包装|年货装箱|干果分装]",
        content: "[花生|干果|点心]称重、装袋、封口、装[礼盒|箱]，每班有定额，不扣手慢的钱",
        by: &[Food],
        site: Site::Own(&[" 包装间"]),
        terms: &[
            hour(22, 24, DAY8).on(Span::Days(5)).settled(Settlement::Weekly),
            day(178, 195, DAY8),
            hour(23, 25, AFTERNOON4),
        ],
        crowd: Crowd::Many,
        needs: "持有效健康证，手快",
        bring: "健康证",
        guard: "发帽子、口罩、手套，封口机有防烫罩",
        ..SHOP
    },
    Work {
        trade: "包装工",
        title: "[成品装箱|贴标打包|套膜打包]",
        by: &[Paper, Electronics, Wood],
        content: "[=成品点数、装箱、封箱|贴条码、上打包带、码托|成品套收缩膜、码托]，跟线干",
        terms: &[day(180, 200, DAY8), day(180, 200, LATE8), job(180, 240, DAY8)],
        ..SHOP
    },
    Work {
        trade: "包装工",
        title: "[电商打包|直播发货]",
        content: "核对订单、装箱填充、贴面单、码托，[订单多时互相搭手|当天单当天发]",
        by: &[Logistics, Cold],
        site: Site::Own(&[" 打包区"]),
        terms: &[hour(23, 26, EVENING4), hour(23, 25, MORNING4), day(185, 205, LATE8)],
        crowd: Crowd::Many,
        ..SHOP
    },
    // 缝纫工
    Work {
        trade: "缝纫工",
        title: "[平车车位|锁边钉扣|四线包缝]",
        content: "[校服|工装|棉马甲][=上袖、合缝|锁边、钉扣|四线合缝、压条]，按样衣做",
        by: &[Garment],
        site: Site::Own(&[" 缝制车间"]),
        terms: &[
            day(210, 260, DAY8),
            month(4_500, 5_500, 5, DAY8),
            day(210, 260, DAY8).on(Span::Days(5)).settled(Settlement::Weekly),
        ],
        needs: "会踩平车，一年以上经验",
        guard: "机针有护针器，照明够亮，隔两小时起来活动",
        ..SHOP
    },
    Work {
        trade: "缝纫工",
        title: "[剪线头|熨烫叠装]",
        content: "成衣[=剪线头、查针脚|熨烫、叠装、装袋]，[可坐着干|按天算，不压件]",
        by: &[Garment],
        site: Site::Own(&[" 后道车间"]),
        terms: &[day(180, 200, DAY8), hour(22, 24, MORNING4)],
        needs: "手快，没干过的教一天",
        guard: "熨斗有隔热架，发防烫手套",
        ..SHOP
    },
    Work {
        trade: "缝纫工",
        title: "手套缝制",
        content: "劳保手套[缝口、翻面|上胶后检验、打包|接指、锁口]，坐着干，按天算",
        by: &[Glove],
        site: Site::Own(&[" 二楼车间"]),
        terms: &[day(180, 200, DAY8), hour(22, 24, MORNING4)],
        needs: "手快，没干过的教一天",
        guard: "机针有护针器，照明够亮，隔两小时起来活动",
        ..SHOP
    },
];
