/** What is said of papers and printers: what is the matter (both screens), and at the desk what to do about it. */
import type { PaperKind } from "../../backend/generated/PaperKind";
import type { PaperState } from "../../backend/generated/PaperState";
import type { PaperTrouble } from "../../backend/generated/PaperTrouble";
import type { PrinterHealth } from "../../backend/generated/PrinterHealth";
import type { PrinterUse } from "../../backend/generated/PrinterUse";
import { common } from "./common";

/** A worker reads it as well: what can be seen or felt at the printer, without the names of its parts. */
const trouble: Record<PaperTrouble, string> = {
  no_printer: "没有设打印机",
  unreachable: "打印机连不上",
  not_a_printer: "连上的不是打印机",
  cover_open: "打印机盖子没合上",
  paper_out: "打印机没纸了",
  cutter: "打印机切刀卡住了",
  jam: "打印机卡纸了",
  broken: "打印机坏了",
  resting: "打印机太热，歇一会儿",
  offline: "打印机没准备好",
  paused: "打印机停着",
  ink_out: "打印机没墨了",
  unsupported: "打印机打不了这种纸",
  interrupted: "打到一半断了线",
  mute: "打印机不回话",
  restarted: "打到一半程序停了",
  torn: "打到一半没纸，断成了两张",
  too_late: "等太久，没有再打",
  nothing_came: "纸没有出来",
  lost: "要打的内容不在了",
  aborted: "打印机不打了",
};

const remedy: Record<PaperTrouble, string> = {
  no_printer: "到“打印”（F8）里设好，排队的会接着出来。",
  unreachable: "看电源和网线，再看地址对不对；连上就接着打。",
  not_a_printer: "地址多半写错了，到“打印”（F8）里改。",
  cover_open: "合上盖子，就接着打。",
  paper_out: "装上纸、合上盖，就接着打。",
  cutter: "关电源，拨开切刀、取出碎纸，再开机。",
  jam: "取出卡住的纸，合上盖，就接着打。",
  broken: "关掉再开；还是不行就换一台打，叫人来修。",
  resting: "不用管，凉下来自己接着打。",
  offline: "看打印机上的灯和屏，按一下“联机”。",
  paused: "看清为什么停的，再点“继续打印”。",
  ink_out: "换墨盒或硒鼓，就接着打。",
  unsupported: "到“打印”（F8）里换一台能打的。",
  interrupted: "到打印机前看一眼，有没有出来。它没反应就关掉再开。",
  mute: "这种打印机不会报结果，到跟前看一眼，有没有出来。",
  restarted: "到打印机前看一眼，有没有出来。它没反应就关掉再开。",
  torn: "到打印机前看一眼：断成两张的，按没出来补打。",
  too_late: "人还在就补打一张。",
  nothing_came: "看看打印机，再补打一张。",
  lost: "回到单子上重新做一份。",
  aborted: "看看打印机，再补打一张。",
};

const state: Record<PaperState, string> = {
  queued: "排队",
  sending: "正在打",
  waiting: "等打印机",
  done: "出来了",
  unconfirmed: "出来没有？",
  failed: "没出来",
  cancelled: "不打了",
};

const kind: Record<PaperKind, string> = {
  slip: "小票",
  standby: "候补小票",
  agreement: "协议",
  card: "零工卡",
  test: "测试页",
  test_sheet: "测试页（A4）",
};

const use: Record<PrinterUse, string> = { slips: "小票和卡", pages: "协议（A4）" };

const low: Record<PrinterUse, string> = { slips: "打印机快没纸了", pages: "快没纸或没墨了" };

export const papers = {
  trouble,
  remedy,
  state,
  kind,
  use,
  reprint: (n: number) => `补打 ${n}`,
  low,
  page: {
    title: "打印",
    printers: "打印机",
    queue: "今天的纸",
    none: "今天还没有打过纸。",
    allWell: "没有要人管的",
    attention: (count: number) => `${count} 张要人看`,
    here: "本机",
    at: (device: string) => `在${common.at(device)}`,
    ordered: (at: string) => `${at} 要打`,
    ticket: "看这张单",
  },
  acts: { cancel: "不打了", came: "出来了", nothing: "没出来", again: "补打", againHere: "在这台打" },
  /** What one more print would be. */
  again: {
    first: "再打的算第一张，纸上不标补打。",
    reprint: (n: number) => `再打的纸上会标“补打 ${n}”。`,
    card: "再打的和原来那张一样。",
    calledOff: (device: string) => `${device}上的那张会撤掉。`,
    onItsWay: "打印机好了它会自己出来，不用再打。",
    sending: "已经送到打印机，等它报结果。",
  },
  done: {
    cancel: "已撤掉，不打了",
    came: "已记下：出来了",
    nothing: "已记下：没出来",
    again: "已送去打",
    assigned: (name: string) => `${name} 的打印机已存好`,
    unassigned: (name: string) => `${name} 不打了`,
    test: "测试页已送去打，看右边第一行",
    resumed: "打印机接着打了",
  },
  printer: {
    none: "没有设打印机",
    noneNote: { slips: "小票和卡打不出来，工人拍屏幕或记短码。", pages: "协议要打开文件再打。" },
    dots: { 384: "58 毫米纸", 576: "80 毫米纸" } as Readonly<Record<number, string>>,
    silent: "不会报状态",
    text: "打自带的字",
    duplex: "双面",
    well: "正常",
    unknown: "还没问过它",
    untold: "那台机器还没报过",
    toldAt: (at: string) => `${at} 报的`,
    lowRemedy: { slips: "备好一卷，打完就换。", pages: "看看纸盒和墨粉，备好要换的。" },
    setUp: "设置",
    setUpOf: (name: string, used: string) => `设置 ${name} 的打印机（${used}）`,
    test: "测试页",
    resume: "继续打印",
  },

  form: {
    title: (name: string, used: string) => `${name} · ${used}`,
    find: "查找打印机",
    finding: "正在找…",
    found: "找到的",
    foundNone: "没有找到。看打印机开了没有、线插好没有；网口的直接输地址。",
    nameless: "没有名字的打印机",
    elsewhere: "打印机接在那台机器上，这里找不到，照着输地址。",
    address: "地址",
    addressHints: {
      slips: "网口 tcp://192.168.1.50:9100，USB usb:/dev/usb/lp0，串口 serial:/dev/ttyS0@9600；空着就是不打",
      pages: "ipp://localhost:631/printers/队列名；空着就是不打",
    },
    width: "纸宽",
    answers: "打印机会报状态",
    answersNote: "会报的，缺纸、开盖马上知道。便宜的机器多半不会：去掉这个勾，打完会问“出来了吗？”",
    duplex: "双面打",
    text: "能打字的地方用打印机自带的字",
    textNote:
      "串口这样慢的线路才勾，打得快两三倍。字由打印机自己的字库打，样子与预览略有不同；生僻字和二维码照样画出来。勾好打一张测试页，字不对就去掉。",
    save: "存好",
  },

  noPrinter: {
    slip: "本机没有设小票打印机，纸没有打出来。到“打印”（F8）里设好再打，或另存图片到别处打。",
    slipBefore: "本机没有设小票打印机：只能看和另存。到“打印”（F8）里设。",
    card: "本机没有设小票打印机，卡没有打出来。另存图片到别处打；以后要在这里打，到“打印”（F8）里设。",
    pages: "本机没有设协议打印机：打开文件再打。要自动打，到“打印”（F8）里设。",
  },
  slipLead: {
    first: "还没有打过，这是第一张。",
    reprint: (n: number) => `纸上会标“补打 ${n}”。原来那张还在的，不用补打。`,
  },
  slipAct: { first: "打小票", reprint: "补打小票", look: "看小票" },
  /** A slip printer's; `null` while all is well. */
  health: ({ trouble: now, low: isLow }: PrinterHealth): string | null =>
    now !== null ? trouble[now] : isLow ? low.slips : null,
};
