//! The 60 employers: 45 organisations by name, 15 private persons drawn.
//!
//! The organisations are invented. Their credit codes carry the sample's county, which nobody has been given,
//! so none of them can belong to a real firm.

use hall_core::Day;
use hall_core::rules::credit_code::{check_character, org_check_character};
use hall_core::vocab::{EmployerKind, Sex};
use serde::{Deserialize, Serialize};

use super::draw::Draw;
use super::names::{ESTATES, SURNAMES, TOWNS};
use super::people::{COUNTY, Registry, birthday};
use super::work::Sector;
use super::{COUNTY_NAME, day_of_making};

/// An organisation: name, sector, address within the county. The first two characters of the credit code follow
/// from the name.
const FIRMS: &[(&str, Sector, &str)] = &[
    ("奎山磐筑建筑劳务有限公司", Sector::Building, "东环路 66 号"),
    ("奎山大垒建设工程有限公司", Sector::Building, "新华路 18 号"),
    ("奎山众砌建筑劳务有限公司", Sector::Building, "西环路 120 号"),
    ("奎山安程市政工程有限公司", Sector::Building, "迎宾路 33 号"),
    ("奎山县北岭老石匠施工队", Sector::Building, "北岭镇 中心街 17 号"),
    ("奎山巧匠坊装饰工程有限公司", Sector::Decor, "鼓楼街 52 号"),
    ("奎山新居里装饰有限公司", Sector::Decor, "望河路 9 号"),
    ("奎山县雅墙涂装经营部", Sector::Decor, "南关街 71 号"),
    ("奎山县通畅水暖安装服务部", Sector::Decor, "北关街 26 号"),
    ("奎山锦邻物业服务有限公司", Sector::Property, "锦绣园 物业楼"),
    ("奎山望河物业管理有限公司", Sector::Property, "望河花园 南门"),
    ("奎山金座物业服务有限公司", Sector::Property, "新华路 金座大厦"),
    ("奎山暖巢家政服务有限公司", Sector::Household, "学院路 14 号"),
    ("奎山县一家净家政服务部", Sector::Household, "文昌街 38 号"),
    ("奎山洗尘保洁服务有限公司", Sector::Household, "兴业路 创业园 B 座"),
    ("奎山顺手搬家服务有限公司", Sector::Moving, "西环路 45 号"),
    ("奎山县稳当搬运服务部", Sector::Moving, "北关街 103 号"),
    ("奎山陆达物流有限公司", Sector::Logistics, "物流园 2 路 1 号"),
    ("奎山驿路快运有限公司", Sector::Logistics, "物流园 2 路 8 号"),
    ("奎山金穗仓储有限公司", Sector::Grain, "物流园 1 路 16 号"),
    ("奎山晨发云仓有限公司", Sector::Logistics, "物流园 3 路 5 号"),
    ("奎山寒泉冷链有限公司", Sector::Cold, "物流园 4 路 2 号"),
    ("奎山绿篮果蔬保鲜有限公司", Sector::Cold, "柳泉镇 工业街 6 号"),
    ("奎山柳泉食品有限公司", Sector::Food, "柳泉镇 工业街 11 号"),
    ("奎山老磨坊面业有限公司", Sector::Food, "工业园 3 路 20 号"),
    ("奎山云针服饰有限公司", Sector::Garment, "工业园 5 路 8 号"),
    ("奎山县白杨手套厂", Sector::Glove, "沙沟镇 白杨村"),
    ("奎山固铆钢结构有限公司", Sector::Steel, "工业园 7 路 12 号"),
    ("奎山三齿机械制造有限公司", Sector::Machine, "工业园 6 路 3 号"),
    ("奎山旺棚温室设备有限公司", Sector::Shed, "工业园 7 路 30 号"),
    ("奎山方盒包装制品有限公司", Sector::Paper, "工业园 2 路 15 号"),
    ("奎山亮芯电子有限公司", Sector::Electronics, "工业园 1 路 9 号"),
    ("奎山县沙沟木业加工厂", Sector::Wood, "沙沟镇 木材市场"),
    ("奎山县南洼蔬菜种植专业合作社", Sector::Veg, "柳泉镇 南洼村"),
    ("奎山县茶坡果品专业合作社", Sector::Fruit, "茶坡镇 茶坡村"),
    ("奎山县前柳瓜菜种植专业合作社", Sector::Veg, "石桥镇 前柳村"),
    ("奎山鼓楼酒店有限公司", Sector::Hotel, "鼓楼街 1 号"),
    ("奎山县河畔人家饭店", Sector::Restaurant, "望河路 77 号"),
    ("奎山县同喜宴席服务部", Sector::Restaurant, "南关街 40 号"),
    ("奎山卫宁保安服务有限公司", Sector::Security, "迎宾路 5 号"),
    ("奎山青垄园林绿化有限公司", Sector::Garden, "东环路 140 号"),
    ("奎山洁街环境工程有限公司", Sector::Garden, "西环路 88 号"),
    ("奎山百味廊商贸有限公司", Sector::Mall, "新华路 60 号"),
    ("奎山城南批发市场管理有限公司", Sector::Wholesale, "南关街 200 号"),
    ("奎山康颐护理服务有限公司", Sector::Care, "学院路 31 号"),
];

const TOWNSMEN: usize = 8;
const VILLAGERS: usize = 7;

/// A line of `employers.json`: what the desk's form takes, and the key that posts name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SampleEmployer {
    pub(super) key: String,
    pub(super) kind: EmployerKind,
    pub(super) name: String,
    pub(super) code: String,
    pub(super) address: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) legal_head: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) agent: String,
    pub(super) phone: String,
    pub(super) papers_seen: String,
}

/// An employer and what posts need to know beside the form.
#[derive(Clone, Debug)]
pub(super) struct Employer {
    pub(super) form: SampleEmployer,
    pub(super) sector: Sector,
    /// Where its work is, as a board shows it: no county, no door of a private home.
    pub(super) place: String,
    /// How the workers' contact is called.
    pub(super) contact: String,
}

/// A credit code for an organisation of the sample.
fn credit_code(draw: &mut Draw, name: &str) -> String {
    // Registered by the market administration: company, individual business, farmers' co-operative.
    let kind = match name {
        _ if name.ends_with("有限公司") => "91",
        _ if name.ends_with("合作社") => "93",
        _ => "92",
    };
    let alphabet: Vec<char> = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().collect();
    let serial: String = (0..6).map(|_| *draw.pick(&alphabet)).collect();
    let org = format!("MA{serial}");
    let org_check = org_check_character(&org).expect("eight characters of the alphabet");
    let body = format!("{kind}{COUNTY}{org}{org_check}");
    format!("{body}{}", check_character(&body).expect("seventeen characters of the alphabet"))
}

fn sex(draw: &mut Draw, men_in_hundred: u32) -> Sex {
    if draw.percent(men_in_hundred) { Sex::Male } else { Sex::Female }
}

fn grown_up(draw: &mut Draw) -> Day {
    let age = draw.between(30, 62);
    birthday(draw, day_of_making(), age)
}

/// The surname, as people call each other at work.
fn surname(name: &str) -> &'static str {
    let fitting = SURNAMES.iter().map(|&(surname, _)| surname).filter(|surname| name.starts_with(surname));
    fitting.max_by_key(|surname| surname.len()).expect("every name was drawn with a surname of the table")
}

fn firm(
    draw: &mut Draw,
    people: &mut Registry,
    index: usize,
    &(name, sector, place): &(&str, Sector, &str),
) -> Employer {
    let (head_born, head_sex) = (grown_up(draw), sex(draw, 75));
    let (agent_born, agent_sex) = (grown_up(draw), sex(draw, 55));
    let agent = people.name(draw, agent_born, agent_sex);
    let titles: &[&str] = match sector {
        Sector::Building | Sector::Decor | Sector::Moving => &["工长", "队长"],
        Sector::Veg | Sector::Fruit => &["社长", "技术员"],
        Sector::Logistics | Sector::Grain | Sector::Cold | Sector::Wholesale => &["主管", "库管"],
        _ => &["经理", "主任", "班长"],
    };
    let papers = if name.ends_with("有限公司") {
        "营业执照、经办人身份证、委托书"
    } else {
        "营业执照、经办人身份证"
    };
    let legal_head = people.name(draw, head_born, head_sex);
    Employer {
        contact: format!("{}{}", surname(&agent), draw.pick(titles)),
        form: SampleEmployer {
            key: format!("e{:02}", index + 1),
            kind: EmployerKind::Organisation,
            name: name.to_owned(),
            code: credit_code(draw, name),
            address: format!("{COUNTY_NAME}{place}"),
            legal_head,
            agent,
            phone: people.phone(),
            papers_seen: papers.to_owned(),
        },
        sector,
        place: place.to_owned(),
    }
}

fn private_person(draw: &mut Draw, people: &mut Registry, index: usize, sector: Sector) -> Employer {
    let (born, sex) = (grown_up(draw), sex(draw, 60));
    let name = people.name(draw, born, sex);
    let (place, door) = if sector == Sector::Townsman {
        let place = format!("{} {} 号楼", draw.pick(ESTATES), draw.between(1, 18));
        let door = format!(" {} 单元 {}0{} 室", draw.between(1, 4), draw.between(1, 6), draw.between(1, 2));
        (place, door)
    } else {
        let (town, villages) = draw.pick(&TOWNS[..6]);
        (format!("{town} {}", draw.pick(villages)), format!(" {} 号", draw.between(1, 260)))
    };
    let called = if sex == Sex::Male { "先生" } else { "女士" };
    Employer {
        contact: format!("{}{called}", surname(&name)),
        form: SampleEmployer {
            key: format!("p{:02}", index + 1),
            kind: EmployerKind::Private,
            code: people.id_number(draw, born, sex),
            name,
            address: format!("{COUNTY_NAME}{place}{door}"),
            legal_head: String::new(),
            agent: String::new(),
            phone: people.phone(),
            papers_seen: "本人身份证".to_owned(),
        },
        sector,
        place,
    }
}

pub(super) fn employers(people: &mut Registry) -> Vec<Employer> {
    let mut draw = Draw::new(1);
    let mut employers = Vec::new();
    for (index, row) in FIRMS.iter().enumerate() {
        employers.push(firm(&mut draw, people, index, row));
    }
    for index in 0..TOWNSMEN + VILLAGERS {
        let sector = if index < TOWNSMEN { Sector::Townsman } else { Sector::Villager };
        employers.push(private_person(&mut draw, people, index, sector));
    }
    employers
}

#[cfg(test)]
mod tests {
    use super::surname;

    #[test]
    fn people_are_called_by_their_surname() {
        for (name, called) in
            [("王建国", "王"), ("李军", "李"), ("欧阳春兰", "欧阳"), ("诸葛洪", "诸葛"), ("司马玉莲", "司马")]
        {
            assert_eq!(surname(name), called);
        }
    }
}
