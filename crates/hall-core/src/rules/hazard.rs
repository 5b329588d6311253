//! Dangers of a job that decide who may do it, and venues closed to the young. Which of them bars whom, and by
//! which text, is data (`assets/rules/hazards.json`).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Who a hazard or a venue is closed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Barred {
    /// 16 and 17 years old.
    Minor,
    Woman,
    /// Past retirement age, or drawing a pension.
    OverAge,
}

/// The text names no hazard or venue of this release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hazard or venue code")]
pub struct UnknownCode;

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl FromStr for $name {
            type Err = UnknownCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(UnknownCode),
                }
            }
        }
    };
}

coded! {
    /// A danger named by one of the ban lists. The text form is stored with posts and never changes.
    Hazard {
        /// 爆破作业
        Blasting = "blasting",
        /// 吊装作业
        Hoisting = "hoisting",
        /// 动火作业（明火、电气焊、切割）
        HotWork = "hot_work",
        /// 临时用电作业
        TemporaryPower = "temporary_power",
        /// 矿山井下作业
        Mine = "mine",
        /// 矿山地面采石作业
        Quarry = "quarry",
        /// 间断负重，每次超过 25 公斤
        LoadOver25Kg = "load_over_25kg",
        /// 每小时负重 6 次以上，每次超过 20 公斤
        LoadOver20KgSixAnHour = "load_over_20kg_six_an_hour",
        /// 第四级体力劳动强度的作业
        HeavyLabourGrade4 = "heavy_labour_grade_4",
        /// 二级以上高处作业（坠落高度 5 米以上）
        HeightGrade2 = "height_grade_2",
        /// 一级以上接尘作业
        Dust = "dust",
        /// 一级以上有毒作业
        Toxic = "toxic",
        /// 二级以上冷水作业
        ColdWaterGrade2 = "cold_water_grade_2",
        /// 三级以上高温作业
        HeatGrade3 = "heat_grade_3",
        /// 三级以上低温作业
        ColdGrade3 = "cold_grade_3",
        /// 伐木、流放木材、守林作业
        Forestry = "forestry",
        /// 接触放射性物质的作业
        Radiation = "radiation",
        /// 易燃易爆、化学性烧伤、热烧伤等危险性大的作业
        FireOrBurn = "fire_or_burn",
        /// 地质勘探、资源勘探的野外作业
        FieldSurvey = "field_survey",
        /// 潜水、涵洞、涵道作业和海拔三千米以上的高原作业
        DivingOrCulvert = "diving_or_culvert",
        /// 使用凿岩机、捣固机、气镐、气铲、铆钉机、电锤的作业
        PercussiveTool = "percussive_tool",
        /// 长时间低头弯腰、上举下蹲，或每分钟动作超过 50 次的流水线作业
        ForcedPosture = "forced_posture",
        /// 锅炉司炉
        BoilerFiring = "boiler_firing",
    }
}

coded! {
    /// A venue that may not employ anyone under 18.
    Venue {
        /// 酒吧
        Bar = "bar",
        /// 网吧等互联网上网服务营业场所
        InternetCafe = "internet_cafe",
        /// 歌舞、游艺等营业性娱乐场所
        Entertainment = "entertainment",
    }
}
