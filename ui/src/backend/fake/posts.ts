/** Invented posts: ordinary ones, and the ones that break layouts. */
import type { PostCard } from "../generated/PostCard";
import type { PostDetail } from "../generated/PostDetail";

type Kind = readonly [trade: string, title: string, yuan: number, unit: PostCard["pay"]["unit"]];

const KINDS: readonly Kind[] = [
  ["管道工", "小区换管", 260, "day"],
  ["小工", "装修搬料", 200, "day"],
  ["保洁", "写字楼早班", 28, "hour"],
  ["焊工", "钢棚焊接", 320, "day"],
  ["装卸", "冷库卸货", 220, "day"],
  ["瓦工", "贴地砖", 350, "day"],
  ["搬家", "搬两户", 240, "day"],
  ["绿化", "滨河补苗", 180, "day"],
  ["油漆工", "刷外墙护栏", 300, "day"],
  ["木工", "支模板", 330, "day"],
  ["家政", "开荒保洁", 30, "hour"],
  ["分拣", "快递夜班分拣", 22.5, "hour"],
  ["采摘", "大棚摘草莓", 150, "day"],
  ["电工", "换线路", 340, "day"],
  ["帮厨", "酒店帮厨", 4200, "month"],
  ["传菜", "婚宴传菜", 160, "day"],
  ["保安", "展会执勤", 190, "day"],
  ["钢筋工", "绑扎钢筋", 360, "day"],
  ["洗车", "洗车擦车", 25, "hour"],
  ["护工", "医院陪护", 260, "day"],
  ["缝纫", "赶订单", 24, "hour"],
  ["安装", "装货架", 1200, "job"],
  ["挖沟", "挖管沟", 230, "day"],
  ["叉车", "仓库叉车", 280, "day"],
  ["派单", "发传单", 20, "hour"],
];

const PLACES = [
  "城东锦绣园 3 号楼",
  "北关街 88 号",
  "新华路金座大厦",
  "工业园七路 12 号",
  "物流园 2 号库",
  "东苑小区",
];
const HOURS: readonly (readonly [string, string])[] = [
  ["09:30", "17:30"],
  ["09:00", "18:00"],
  ["06:00", "10:00"],
  ["07:30", "17:30"],
  ["13:00", "19:00"],
];
const SETTLEMENTS = ["daily", "daily", "weekly", "daily", "on_completion"] as const;
const LONG_PLACE =
  "经济技术开发区科技大道与滨河西路交叉口向北三百米路西原第二化肥厂家属院北门内物资仓库最里排三号";

const pick = <T>(list: readonly T[], at: number): T => list[at % list.length] as T;

export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

export function makePosts(count: number, today: string, elsewhere: number): PostDetail[] {
  return Array.from({ length: count }, (_, at) => makePost(at, today, elsewhere));
}

function makePost(at: number, today: string, elsewhere: number): PostDetail {
  const [trade, title, yuan, unit] = pick(KINDS, at < 50 ? at : at * 7);
  const [start, end] = pick(HOURS, at);
  const firstDay = dayAfter(today, at % 5 < 3 ? 0 : at % 5 === 3 ? 1 : 2 + (at % 4));
  const isFull = at % 9 === 4;
  const card: PostCard = {
    id: `p${at + 1}`,
    trade,
    title: at === 11 ? "夜班分拣兼扫描装车要求手脚麻利能上夜班连续七天优先录用" : title,
    pay: { amount: Math.round(yuan * 100), unit, settlement: pick(SETTLEMENTS, at) },
    address: at === 6 ? LONG_PLACE : pick(PLACES, at),
    first_day: firstDay,
    last_day: at % 4 === 2 ? dayAfter(firstDay, 4) : firstDay,
    start,
    end,
    meals: at % 3 === 0 ? "lunch" : at % 7 === 1 ? "all" : "none",
    transport: at % 3 === 1,
    certificate: trade === "焊工" ? "焊工证" : trade === "电工" ? "电工证" : null,
    bring: at % 4 === 0 ? "扳手、手套" : "",
    urgent: at % 8 === 0,
    fresh: at % 8 === 5,
    places: 2 + (at % 11),
    left: isFull ? 0 : 1 + (at % (2 + (at % 11))),
    elsewhere: isFull ? Math.min(elsewhere, 2 + (at % 11)) : 0,
    standbys: isFull ? at % 4 : 0,
    closed: false,
    of_county: false,
  };
  return {
    card,
    employer: at % 2 === 0 ? "奎山鸿运物业服务有限公司" : "孙师傅（个人雇主）",
    content: `${title}，听现场师傅安排。东西不重，有人搭手。干活时注意脚下，中间歇两回。`,
    requirements: at % 3 === 2 ? "会用普通工具，身体好" : "",
    insurance: at % 2 === 0 ? "用工方买当天的意外险" : "",
    protection: "发安全帽、手套",
    contact: at % 2 === 0 ? "王师傅 138 0000 0000" : null,
    work_minutes: 480,
    obstacle: null,
  };
}
