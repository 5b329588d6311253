/** What the desk says of the hall's machines, their lines, and which places lie where. */
import type { DeviceRole } from "../../backend/generated/DeviceRole";

const role: Record<DeviceRole, string> = {
  kiosk: "自助机",
  desk: "服务台",
  wall: "大屏",
  county: "县级平台",
};

export const machines = {
  title: "机器",
  role,
  this: "本机",
  hall: (number: number) => `本厅编号 ${number}`,
  none: "还没有别的机器。",

  columns: {
    name: "机器",
    role: "用途",
    contact: "联系",
    ops: "本机有它的记录",
    certificate: "证书到期",
    act: "",
  },
  reachable: "能联系上",
  lastHeard: (heard: string) => `上次 ${heard}`,
  neverHeard: "还没联系上过",
  ops: (count: number) => `${count} 条`,
  revoked: "已停用",
  noCertificate: "没有证书",

  lines: {
    title: "线路",
    hall: "本厅",
    county: "县级",
    hub: "中心机",
    noHub: "没有中心机",
    isHub: "本机是中心机，别的机器都连到这里",
    reachable: (count: number) => (count === 0 ? "现在没有别的机器连上" : `${count} 台机器连着`),
    up: "已连上",
    down: (heard: string) => `断开，上次 ${heard}`,
    never: "还没连上过",
    byItself: "没有接县级平台",
    byItselfNote: "本厅自己运行，接活派工都不受影响。记录只在本厅的机器上，请至少用两台机器互相存一份。",
    cutNote: "断开时照常接活派工；连上后会自己补传。",
  },

  stored: {
    here: (count: number) => `本机已存 ${count}`,
    hall: (count: number) => `本厅 ${count}`,
    hallNone: "本厅没有别的机器连上",
    county: (count: number) => `县级 ${count}`,
    countyNone: "县级未连",
    countyDown: (count: number) => `县级断开，存了 ${count}`,
    waiting: (count: number) => `，待传 ${count}`,
    title: (last: string) => `本机最后一条 #${last}`,
  },

  fenced: {
    title: "本机已停止办事：请重新打开程序",
    text: "本机的数据不是最新的（像是用备份恢复过，或机器被复制过）。为了不把一个名额答应给两个人，请关掉程序再打开，打开后就能接着办。",
  },

  reachTitle: {
    device: "这张单现在只存在本机",
    hall: "这张单已存到本厅别的机器",
    county: "这张单已存到县级平台",
  },

  add: {
    act: "添加机器",
    title: "添加机器",
    lead: "先起个名字、选好用途，会得到一个邀请码；在新机器上扫码或输入。",
    name: "机器名称",
    nameHint: "贴在机器上的叫法，如：2 号自助机",
    role: "用途",
    submit: "生成邀请码",
  },
  invitation: {
    title: "邀请码",
    qrAlt: "邀请码的二维码，内容和下面的文字相同，并带本机地址",
    text: "不能扫码就照着输入",
    address: "还找不到本机，就在邀请码后面加上 @ 和地址",
    noAddress: "本机没有打开给别的机器连的端口，新机器要在同一个网络里自己找。",
    limits: "24 小时内有效，只能用一次，程序重启后失效。",
    steps: [
      "在新机器上打开程序，选“加入已有大厅或县级平台”",
      "扫这个码，或把下面的文字输进去",
      "新机器会自己重新打开，几秒后出现在机器列表里",
    ],
    another: "再添加一台",
  },
  revoke: {
    act: "停用",
    title: (name: string) => `停用 ${name}`,
    text: "停用后，这台机器再办的事一律不认，也不能再加入。已经收到的记录仍然有效。机器坏了、丢了、被偷了才停用。",
    places: "它手里还没给人的名额不会自己回来，请到那个活的“名额在哪”里收回。",
    reason: "原因",
    reasonHint: "如：11 月 20 日被偷，已报警",
    yes: "停用这台机器",
    done: (name: string) => `${name} 已停用`,
  },
  supervisorOnly: "添加、停用机器和写 U 盘要主管登录。",

  stick: {
    title: "U 盘",
    lead: "没有线路时，由人把记录带到别处。",
    onlyProgram: "只有装在机器上的程序能读写 U 盘文件，浏览器里不能。",
    write: {
      act: "写 U 盘",
      lead: "把本机的记录写成一个文件，每次都是全部。",
      reader: "给谁读",
      readers: { desk: "本厅另一台服务台", county: "县里" },
      secret: "文件里有身份证号和电话，没有加密。请当面交给对方，那边读完就删掉。",
      submit: "写文件",
      working: "正在写…",
      file: (reader: string, day: string, time: string) =>
        `零工大厅-给${reader}-${day}-${time.replace(":", "")}.lgb`,
      done: (count: number) => `写好了，共 ${count} 条记录`,
      place: "文件在",
      next: "请把它复制到 U 盘，带到对方那里读，再把这里的删掉。",
    },
    read: {
      act: "读 U 盘",
      lead: "选别的机器写的文件，名字以 .lgb 结尾。读几遍、先读哪个都一样，本机的记录不会少。",
      choose: "选择文件",
      working: "正在读…",
      tooBig: "文件超过 64 MB，窗口里读不了。请维护人员关掉程序，用 hallctl import 导入。",
      unreadable: "这个文件打不开。请看 U 盘插好没有，再选一次。",
      from: (name: string) => `${name} 写的文件`,
      new: (count: number) => `收下 ${count} 条新记录`,
      known: (count: number) => `另有 ${count} 条本机早就有`,
      nothing: (count: number) => `没有新的：${count} 条本机早就有，什么也没有变`,
      none: "没有收下新记录",
      another: "选别的文件",
    },
  },

  custody: {
    title: "名额在哪",
    allHere: (places: number) => `${places} 个名额都在本机。`,
    publisher: (name: string) => `在 ${name} 发布`,
    columns: {
      machine: "机器",
      places: "号码",
      taken: "已接",
      free: "空着",
      moving: "在路上",
      contact: "联系",
      complete: "记录收全到",
      act: "",
    },
    reclaim: "收回",
    reclaimOf: (name: string) => `收回 ${name} 的空名额`,
    elsewhere: (name: string) => `这个活是在 ${name} 发布的，稳妥的收回要到那台机器上办。`,
  },
  reclaim: {
    title: (name: string) => `收回 ${name} 的空名额`,
    lead: (places: string, free: number, heard: string) =>
      `它管着 ${places} 号，有 ${free} 个没人接。${heard}。`,
    complete: (until: string) => `它的记录收全到：${until}`,
    choose: "凭什么收回",
    grounds: {
      safe: "确定没给过人的",
      read_out: "它的记录已全部读出",
      risk: "冒险收回",
    },
    counts: {
      safe: (count: number) => `${count} 个，不用主管`,
      read_out: (count: number) => `${count} 个，要主管`,
      risk: (count: number) => `${count} 个，要主管`,
    },
    explain: {
      safe: "它的记录已经收全到名额的有效期以后，这几个它没有答应过人，收回来不会重。",
      read_out:
        "主管确认两件事：它自己的记录已经全部读到本机；它不会再用了（要用，先重新加入）。有一件不对，同一个名额就会答应给两个人。",
      risk: (count: number) => `最多 ${count} 个名额可能已经答应了别人。`,
    },
    riskMore:
      "真答应过的话，会有两个人拿着同一个号来。先打电话问一问，或去看一眼那台机器。收回会记在主管名下。",
    reason: "原因",
    reasonHints: {
      read_out: "如：硬盘已取下，记录导入完毕，机器报废",
      risk: "如：机器被水泡坏，打不开；已贴通知",
    },
    yes: { safe: "收回", read_out: "确认读出并收回", risk: "担责，冒险收回" },
    done: (name: string) => `${name} 的名额已收回到本机`,
  },

  join: {
    ways: "第一次使用，要怎么开始",
    newHall: "建立新大厅",
    join: "加入已有大厅或县级平台",
    title: "加入已有大厅或县级平台",
    lead: "在已有的服务台“机器”页，或向县里，要一个邀请码。用扫码枪扫，或照着输入。",
    invitation: "邀请码",
    invitationHint: "横线和空格可以不输；知道对方地址就在后面加 @ 地址",
    next: "然后会怎样",
    steps: [
      "本机用邀请码向对方申请，要几秒钟",
      "成功后程序会自己重新打开",
      "打开后本机就是那个大厅的一台机器，人员和活会自己同步过来",
    ],
    submit: "加入",
    joining: "正在加入…",
    restarting: "已加入，程序正在重新打开…",
    onlyProgram: "只有装在机器上的程序能加入，浏览器里不能。请在程序的窗口里办。",
  },
};
