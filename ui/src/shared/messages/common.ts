/**
 * Words that more than one screen says. Messages are plain objects of strings and functions of facts, so that
 * a missing word or a wrong fact is a type error. Write what a 60-year-old reads at a glance: short, concrete,
 * the remedy with the refusal.
 */
import type { Meals } from "../../backend/generated/Meals";
import type { PayUnit } from "../../backend/generated/PayUnit";
import type { Reach } from "../../backend/generated/Reach";
import type { Settlement } from "../../backend/generated/Settlement";

export const payUnit: Record<PayUnit, string> = { hour: "元/时", day: "元/天", month: "元/月", job: "元/单" };

export const settlement: Record<Settlement, string> = {
  daily: "干完当天结",
  weekly: "每周结",
  half_monthly: "半月结",
  monthly: "每月结",
  on_completion: "干完一起结",
};

export const meals: Record<Meals, string> = { none: "不管饭", lunch: "管午饭", all: "管三餐" };

/** How far something has come. */
export const reach: Record<Reach, string> = { device: "本机", hall: "本厅", county: "县级" };

/** A figure after a Chinese word keeps its distance: 到 2 号窗口, but 到服务台. */
const before = (verb: string, place: string): string =>
  /^[0-9A-Za-z]/.test(place) ? `${verb} ${place}` : verb + place;

export const common = {
  to: (place: string) => before("到", place),
  pleaseTo: (place: string) => before("请到", place),
  /** What follows 在: 在 2 号窗口, but 在服务台. */
  at: (place: string) => (/^[0-9A-Za-z]/.test(place) ? ` ${place}` : place),
  dot: " · ",
  today: "今天",
  tomorrow: "明天",
  dayAfter: "后天",
  weekday: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
  /** 5月3日 */
  monthDay: (month: number, day: number) => `${month}月${day}日`,
  fromFor: (first: string, days: number) => `${first}起 ${days} 天`,
  edition: (number: number) => `第 ${number} 期`,
  asOf: (time: string) => `数据截至 ${time}`,
  nextEdition: (time: string) => `下一期 ${time}`,
  full: "已招满",
  yuan: (amount: string) => `${amount} 元`,
};
