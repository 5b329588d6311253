//! Building and repair: 小工, 瓦工, 木工, 钢筋工, 架子工, 油漆工, 管道工, 电工, 焊工.

use hall_core::vocab::{Meals, Settlement};

use super::Sector::{Building, Decor, Garden, Machine, Property, Shed, Steel, Townsman, Villager};
use super::{
    AFTERNOON4, Crowd, DAY7, DAY8, DAY9, DAY10, EARLY8, HALF5, PLAIN, Site, Span, Work, day, hour, job,
};

const SITE: Work = Work {
    by: &[Building],
    site: Site::Works,
    meals: &[Meals::Lunch, Meals::Lunch, Meals::None],
    transport: 35,
    guard: "[发安全帽、手套、反光背心，进场前安全交底|发安全帽和劳保手套，粉尘处发口罩|发安全帽、口罩，噪声大的地方发耳塞]",
    ..PLAIN
};
const HOUSE: Work = Work {
    by: &[Townsman, Villager],
    site: Site::Own(&[""]),
    crowd: Crowd::Few,
    meals: &[Meals::Lunch, Meals::Lunch, Meals::None],
    transport: 5,
    ..PLAIN
};
const FLAT: Work = Work { by: &[Decor], site: Site::Estate, crowd: Crowd::Few, ..PLAIN };

pub(super) const WORKS: &[Work] = &[
    // 小工
    Work {
        trade: "小工",
        title: "装修搬料",
        content: "[瓷砖、板材|腻子、石膏板|地板、踢脚线]卸车后搬到 [2|3|5|6] 楼，[有电梯|走楼梯，分趟搬]，码放整齐，清走包装",
        terms: &[day(190, 220, DAY8), day(200, 230, DAY8)],
        needs: "能搬 20 公斤以内的料上楼，听师傅安排",
        bring: "[劳保鞋|]",
        ..FLAT
    },
    Work {
        trade: "小工",
        title: "[砌墙|抹灰|贴砖]供料",
        content: "给[瓦工|砌墙师傅]和灰、供砖、推[小车|斗车]，收工前清理作业面",
        terms: &[day(200, 230, EARLY8), day(200, 220, DAY8).on(Span::Days(5)).settled(Settlement::Weekly)],
        crowd: Crowd::Some,
        hazards: &["load_over_20kg_six_an_hour"],
        needs: "能搬 25 公斤的砂浆料，干过工地优先",
        ..SITE
    },
    Work {
        trade: "小工",
        title: "工地清理",
        content: "清理[楼层垃圾|模板碎料|场地积水和淤泥]，装袋运到指定堆放点，[冲洗路面|给裸土盖防尘网]",
        terms: &[day(180, 200, DAY8), day(180, 210, EARLY8).on(Span::Days(3))],
        crowd: Crowd::Some,
        ..SITE
    },
    Work {
        trade: "小工",
        title: "挖沟回填",
        content: "人工修整[雨水管|燃气管|电缆]沟槽，沟深不超过 1 米，铺沙垫层、回填夯实",
        by: &[Building, Garden],
        site: Site::Roadworks,
        terms: &[day(200, 230, EARLY8), day(210, 240, DAY9)],
        crowd: Crowd::Many,
        needs: "能用铁锨镐头，听现场指挥",
        bring: "[胶鞋|]",
        ..SITE
    },
    Work {
        trade: "小工",
        title: "[院墙|偏房|大门楼]打下手",
        content: "家里[=垒院墙|翻修偏房|修大门楼]，给师傅和灰递砖，[搬旧砖|筛沙子]",
        terms: &[
            day(190, 210, DAY8),
            day(190, 210, DAY8).on(Span::Days(3)).settled(Settlement::OnCompletion),
        ],
        by: &[Villager],
        ..HOUSE
    },
    Work {
        trade: "小工",
        title: "拆旧清运",
        content: "拆[旧橱柜、吊顶|旧地板、门套|卫生间旧洁具]，装袋下楼，装上清运车",
        terms: &[day(210, 240, DAY8), job(360, 480, HALF5)],
        guard: "发防尘口罩、手套、护目镜，先断水断电再拆",
        hazards: &["dust"],
        needs: "年满 18 周岁，拆过旧房优先",
        ..FLAT
    },
    Work {
        trade: "小工",
        title: "路面铺装帮工",
        content: "[人行道铺砖|路沿石安装|井盖周边修补]，搬砖、扫缝、围挡看护",
        by: &[Building, Garden],
        site: Site::Park,
        terms: &[day(190, 220, DAY8).on(Span::Days(4)).settled(Settlement::Weekly)],
        ..SITE
    },
    // 瓦工
    Work {
        trade: "瓦工",
        title: "[二次结构砌墙|砌隔墙|砌围墙]",
        content: "砌[加气块|页岩砖|水泥砖]墙，勾缝，按线施工，每天约 [5|6|7] 方",
        terms: &[day(320, 370, EARLY8), day(330, 380, DAY8).on(Span::Days(5)).settled(Settlement::Weekly)],
        needs: "会看线、会用水平尺，能独立砌墙",
        bring: "瓦刀、线坠、水平尺",
        ..SITE
    },
    Work {
        trade: "瓦工",
        title: "[厨卫贴砖|客厅铺地砖|阳台贴砖]",
        content: "[=300×600 墙砖|800×800 地砖|600×600 防滑砖]，约 [30|45|60] 平方，找平、留缝、勾缝收口",
        terms: &[
            day(330, 380, DAY8),
            day(340, 380, DAY8).on(Span::Days(3)).settled(Settlement::OnCompletion),
        ],
        crowd: Crowd::Few,
        needs: "贴砖两年以上，活细",
        bring: "[自带切割工具|瓷砖刀、橡皮锤、水平尺]",
        ..FLAT
    },
    Work {
        trade: "瓦工",
        title: "内墙抹灰",
        content: "内墙[冲筋、抹灰|挂网、抹灰|阴阳角找方]，[一|二|三]层，有小工供料",
        terms: &[day(320, 360, DAY8), day(350, 390, DAY10)],
        needs: "会冲筋抹灰，平整度能过尺",
        bring: "抹子、靠尺",
        ..SITE
    },
    Work {
        trade: "瓦工",
        title: "[垒院墙|修屋顶换瓦|垒灶台]",
        content: "[=院墙长约 20 米，垒到 2 米高|平房屋顶换瓦约 40 平方，架子已搭好|垒灶台、砌水池]，料已备好",
        terms: &[day(300, 350, DAY8), job(700, 1_100, DAY8)],
        needs: "[手艺熟，能独立干|干过农村房屋]",
        bring: "瓦工工具",
        by: &[Villager],
        ..HOUSE
    },
    Work {
        trade: "瓦工",
        title: "地面找平",
        content: "[车间|仓库|车库]水泥地面找平收光，约 [120|200|300] 平方",
        terms: &[day(320, 360, EARLY8)],
        needs: "会收光压光",
        ..SITE
    },
    // 木工
    Work {
        trade: "木工",
        title: "支模板",
        content: "[柱|梁板|剪力墙]模板支设、加固、校正，[三|五]层以下，拆模另有人",
        terms: &[day(320, 370, EARLY8), day(330, 380, DAY8).on(Span::Days(5)).settled(Settlement::Weekly)],
        needs: "会看模板图，干过工地支模",
        bring: "锤子、手锯、卷尺",
        ..SITE
    },
    Work {
        trade: "木工",
        title: "[吊顶|打衣柜|装木门]",
        content: "[=轻钢龙骨石膏板吊顶约 40 平方|现场打衣柜两组|装套装门 6 樘]，料已到场",
        terms: &[
            day(300, 350, DAY8),
            day(300, 350, DAY8).on(Span::Days(3)).settled(Settlement::OnCompletion),
        ],
        needs: "会用气钉枪、台锯，能独立干",
        bring: "自带手动工具",
        crowd: Crowd::Few,
        ..FLAT
    },
    Work {
        trade: "木工",
        title: "修门窗家具",
        content: "[换木窗扇、修门锁|修桌椅床板|换地板约 15 平方]",
        terms: &[hour(35, 40, AFTERNOON4), job(220, 320, HALF5)],
        needs: "会修旧家具",
        bring: "自带工具",
        crowd: Crowd::One,
        by: &[Townsman],
        ..HOUSE
    },
    // 钢筋工
    Work {
        trade: "钢筋工",
        title: "[绑扎基础钢筋|绑扎梁板钢筋|绑扎柱筋]",
        content: "[=筏板基础|二层梁板|框架柱]钢筋绑扎，按图间距，垫块摆好，配合验收",
        terms: &[day(290, 340, EARLY8), day(300, 340, DAY8).on(Span::Days(4)).settled(Settlement::Weekly)],
        hazards: &["load_over_25kg"],
        needs: "会看钢筋图，绑扎熟练",
        bring: "扎钩",
        ..SITE
    },
    Work {
        trade: "钢筋工",
        title: "钢筋下料",
        content: "钢筋棚里[调直切断|弯箍筋|钢筋套丝]，按料单下料、挂牌码放",
        terms: &[day(280, 320, DAY8)],
        crowd: Crowd::Few,
        needs: "会看料单，用过弯曲机、切断机",
        guard: "发安全帽、护目镜、耳塞，机器有防护罩，专人教操作",
        ..SITE
    },
    // 架子工
    Work {
        trade: "架子工",
        title: "[搭外架|拆外架|搭满堂架]",
        content: "[=四层楼外墙脚手架搭设加固|外墙脚手架分段拆除、码放|厂房内满堂架搭设]，密目网、脚手板铺满绑牢",
        terms: &[day(330, 390, EARLY8), day(340, 400, DAY8).on(Span::Days(3)).settled(Settlement::Weekly)],
        hazards: &["height_grade_2"],
        certificate: "scaffolder",
        needs: "持建筑架子工操作证，年满 18 周岁，证件在有效期",
        guard: "发安全帽、双钩安全带、防滑鞋，六级以上大风停工",
        bring: "架子工证原件、扳手",
        ..SITE
    },
    // 油漆工
    Work {
        trade: "油漆工",
        title: "[内墙刮腻子|刷乳胶漆|旧墙翻新]",
        content: "[三室两厅|两室一厅|一室一厅][=墙面批腻子两遍、打磨|墙顶面刷乳胶漆两遍|铲旧皮、补缝、刷漆]",
        terms: &[
            day(260, 310, DAY8),
            day(270, 320, DAY8).on(Span::Days(3)).settled(Settlement::OnCompletion),
        ],
        guard: "发防尘口罩和护目镜，打磨时开窗通风",
        needs: "刮腻子刷漆熟练，护好地面家具",
        bring: "刮刀、滚筒",
        ..FLAT
    },
    Work {
        trade: "油漆工",
        title: "刷[院墙|铁门|屋里墙]",
        content: "[=院墙刷白约 60 平方|大铁门除锈刷漆|三间屋墙面刷白]，漆和料家里备好",
        by: &[Villager],
        terms: &[day(240, 280, DAY8), job(420, 600, DAY7)],
        needs: "会刷墙，活干净",
        ..HOUSE
    },
    Work {
        trade: "油漆工",
        title: "钢构件刷漆",
        content: "[钢梁|护栏|设备架]除锈、刷[底漆|面漆]，用水性漆，平地作业",
        by: &[Steel, Machine],
        site: Site::Own(&[" 涂装车间", " 院内"]),
        terms: &[day(260, 310, DAY8)],
        guard: "发活性炭口罩、手套、护目镜，车间强制通风，每天交底",
        hazards: &["toxic"],
        needs: "年满 18 周岁，刷过钢件优先",
        ..SITE
    },
    // 管道工
    Work {
        trade: "管道工",
        title: "[小区换管|楼道换水管|换暖气管]",
        by: &[Property, Decor],
        terms: &[day(250, 300, DAY8), day(260, 300, DAY7)],
        needs: "会热熔 PPR 管，会试压",
        bring: "自带工具",
        content: "旧楼[=自来水立管|楼道水管|暖气管]更换，热熔连接、试压，每天约 [3|4] 户",
        ..FLAT
    },
    Work {
        trade: "管道工",
        title: "修漏换阀",
        terms: &[job(180, 280, AFTERNOON4), hour(36, 42, AFTERNOON4)],
        needs: "会修上下水",
        bring: "自带工具",
        crowd: Crowd::One,
        content: "[厨房水管漏水，找漏换管|换角阀、水龙头四处|通下水并换存水弯]",
        ..HOUSE
    },
    Work {
        trade: "管道工",
        title: "大棚滴灌安装",
        content: "[6|8|10] 个大棚铺主管、装滴灌带和过滤器，接水泵，试水",
        by: &[Shed],
        site: Site::Greenhouse,
        terms: &[day(240, 280, DAY8).on(Span::Days(4)).settled(Settlement::OnCompletion)],
        meals: &[Meals::Lunch],
        transport: 70,
        needs: "会接 PE 管，有人带",
        guard: "发手套、胶鞋，电动工具带漏电保护",
        ..SITE
    },
    // 电工
    Work {
        trade: "电工",
        title: "[楼道换灯|换配电箱]",
        content: "[=六个单元楼道换声控灯、查线|楼道配电箱更换]，停电作业，完工测绝缘",
        by: &[Property],
        site: Site::Estate,
        terms: &[day(270, 310, DAY7), day(280, 310, DAY8)],
        crowd: Crowd::One,
        hazards: &["temporary_power"],
        certificate: "electrician",
        needs: "持低压电工作业证，证件在有效期，年满 18 周岁",
        guard: "发绝缘手套、绝缘鞋、安全帽，停电挂牌验电后再干",
        bring: "电工证原件、验电笔",
        ..SITE
    },
    Work {
        trade: "电工",
        title: "[穿线装灯|车间布线]",
        content: "[=商铺穿线、装灯具插座|车间桥架布线]，停电作业，完工测绝缘",
        by: &[Building, Decor],
        terms: &[day(280, 330, DAY8), day(280, 330, DAY7)],
        crowd: Crowd::Few,
        hazards: &["temporary_power"],
        certificate: "electrician",
        needs: "持低压电工作业证，证件在有效期，年满 18 周岁",
        guard: "发绝缘手套、绝缘鞋、安全帽，停电挂牌验电后再干",
        bring: "电工证原件、万用表",
        ..SITE
    },
    Work {
        trade: "电工",
        title: "[修线路|换老线]",
        content: "[=查跳闸、换插座，给阳台接灯|老房子换电线，装漏电保护]",
        terms: &[job(260, 380, AFTERNOON4), day(280, 320, DAY7)],
        certificate: "electrician",
        needs: "持低压电工作业证",
        guard: "断电后再干，自备绝缘工具，主家在场看护",
        bring: "电工证原件、自带工具",
        crowd: Crowd::One,
        ..HOUSE
    },
    // 焊工
    Work {
        trade: "焊工",
        title: "大棚骨架焊接",
        content: "[拱架、拉杆|后墙立柱、门框]焊接，地面拼装后抬装，高度 2 米以内，料已下好",
        by: &[Shed],
        site: Site::Greenhouse,
        terms: &[day(310, 360, DAY8), day(310, 360, DAY8).on(Span::Days(3)).settled(Settlement::Weekly)],
        hazards: &["hot_work"],
        certificate: "welder",
        needs: "持焊接与热切割作业证，年满 18 周岁",
        guard: "发面罩、焊工手套，动火前清草，旁边备灭火器和水桶",
        bring: "焊工证原件",
        ..SITE
    },
    Work {
        trade: "焊工",
        title: "[钢棚|钢结构厂房]焊接",
        content: "[=檩条、支撑|柱脚、系杆]焊接，二保焊，[平焊立焊为主|地面拼装为主]，按图施工",
        by: &[Steel],
        site: Site::Works,
        terms: &[
            day(320, 380, DAY8),
            day(330, 380, DAY8).on(Span::Days(3)).settled(Settlement::Weekly),
            day(360, 420, DAY9),
        ],
        hazards: &["hot_work"],
        certificate: "welder",
        needs: "持焊接与热切割作业证，会二保焊，年满 18 周岁",
        guard: "发面罩、焊工手套、阻燃工装，动火开票，旁边备灭火器",
        bring: "焊工证原件",
        ..SITE
    },
    Work {
        trade: "焊工",
        title: "[车间焊接|护栏焊接|支架焊接]",
        content: "车间内[=料架|护栏|设备支架]批量焊接，氩弧焊或二保焊，打磨另有人",
        by: &[Steel, Machine, Shed],
        site: Site::Own(&[" 焊接车间", " 2 号车间"]),
        terms: &[day(300, 350, DAY8), hour(38, 44, DAY8).on(Span::Days(4)).settled(Settlement::Weekly)],
        hazards: &["hot_work"],
        certificate: "welder",
        needs: "持焊接与热切割作业证，焊缝能过外观检查",
        guard: "发面罩、防尘口罩、焊工手套，焊烟抽排，弧光有挡板",
        bring: "焊工证原件",
        crowd: Crowd::Few,
        ..SITE
    },
];
