/** The agreement before it is made, and the accident-insurance policy that goes with it. */
import type { InsurancePayer } from "../../backend/generated/InsurancePayer";

const payer: Record<InsurancePayer, string> = {
  employer: "用工方付",
  worker: "工人本人付",
  hall: "大厅付",
  subsidy: "政府补贴",
  other: "其他人付",
};

const copies = ["甲方联", "乙方联", "市场联"];

export const agreements = {
  policy: {
    title: "意外险记录",
    note: "只照保单记录，以保险单为准，大厅不保证赔付。",
    none: "没有记过。后来才拿到保单的，在这里补记。",
    add: "补记保险",
    correct: "更正保险",
    /** Told by whom, when the record knows. */
    told: (at: string, by: string) => (by === "" ? `${at} 记录。` : `${at} ${by}记录。`),
    dialogTitle: (number: string) => `${number} 意外险记录`,
    correctLead: "改过以后，以最后一次为准；以前记的留底不删。",
    save: "记下来",
    saved: "保险已记下，以保险单为准",
    onPaper: "已经打过的协议上没有这次改动；要写进协议，请再打一份。",
    insurer: "保险公司",
    number: "保单号",
    days: "保几天",
    daysText: (days: number) => `保 ${days} 天`,
    sum: "保额（元）",
    sumText: (sum: number) => (sum % 10_000 === 0 ? `保额 ${sum / 10_000} 万元` : `保额 ${sum} 元`),
    payer: "保费",
    claimPhone: "理赔电话",
    numberShape: "请填整数。",
    payers: payer,
    payerText: (by: InsurancePayer) => `保费由${payer[by]}`,
    phoneText: (phone: string) => `理赔电话 ${phone}`,
  },
  preview: {
    title: (type: string) => `打之前看一遍：${type}`,
    loading: "正在排版……",
    lead: "和打出来的一样。姓名、证号、工钱、日期对了再打；不对就先返回改。",
    page: (copy: number, page: number, pages: number) =>
      `${copies[copy] ?? ""} 第 ${page} 页，共 ${pages} 页`,
    alt: (copy: number, page: number) => `${copies[copy] ?? ""} 第 ${page} 页`,
    same: (count: number) => `${count} 份内容相同`,
    before: "上一页",
    next: "下一页",
    back: "返回改",
    make: (count: number) => `对，打 ${count} 份`,
  },
};
