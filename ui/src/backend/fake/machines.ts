/** The hall's machines in the in-memory hall: a desk, two kiosks (one silent), a wall, and one that was lost. */
import type { CustodyRow } from "../generated/CustodyRow";
import type { CustodyView } from "../generated/CustodyView";
import type { DeskCommand } from "../generated/DeskCommand";
import type { DeviceRow } from "../generated/DeviceRow";
import type { DevicesView } from "../generated/DevicesView";
import type { InvitationView } from "../generated/InvitationView";
import type { LinesView } from "../generated/LinesView";
import type { StickRead } from "../generated/StickRead";
import type { StickWritten } from "../generated/StickWritten";
import { refuse } from "./error";
import type { FakeHall } from "./hall";
import { drawCode } from "./slip";

const device = (number: number, name: string, more: Partial<DeviceRow>): DeviceRow => ({
  device: number,
  name,
  role: "kiosk",
  this: false,
  revoked: false,
  reachable: true,
  heard: "刚刚",
  ops: 100,
  certificate_until: "2027-02-18",
  ...more,
});

const silent = { reachable: false, heard: "42 分钟前" };

export class FakeMachines {
  private readonly rows: DeviceRow[] = [
    device(3_401, "2 号窗口", { role: "desk", this: true, heard: "本机", ops: 312 }),
    device(7_122, "1 号自助机", { ops: 2_048 }),
    device(9_310, "2 号自助机", { ...silent, ops: 1_204 }),
    device(9_455, "大屏", { role: "wall", ops: 3 }),
    device(5_003, "旧自助机", { ...silent, heard: "3 天前", revoked: true, certificate_until: "2026-12-01" }),
  ];
  private readonly taken = new Set<string>();
  private onStick = 12;

  constructor(private readonly hall: FakeHall) {}

  lines(): LinesView {
    return {
      hub: null,
      county: { up: false, heard: "3 分钟前" },
      reachable: 2,
      fenced: this.hall.scenario.fenced,
    };
  }

  devices(): DevicesView {
    return { hall: 12, by_itself: false, lines: this.lines(), devices: this.rows };
  }

  invite(): InvitationView {
    return { text: "7K4M-2QRS-9TVW-X3B6E-FG8JK", qr: drawCode(), addresses: ["192.168.1.10:7443"] };
  }

  revoke(number: number): DevicesView {
    const row = this.rows.find((one) => one.device === number);
    if (row === undefined) {
      throw refuse("not_found", "没有找到这台机器。");
    }
    row.revoked = true;
    return this.devices();
  }

  writeStick(name: string): StickWritten {
    return { place: `下载/${name}`, ops: 3_667, problems: [] };
  }

  /** Whatever it is given is a good stick, and new the first time. */
  readStick(file: ArrayBuffer): StickRead {
    if (file.byteLength === 0) {
      throw refuse("bad_input", "这不是零工大厅导出的文件（.lgb），请另选一个文件");
    }
    const fresh = this.onStick;
    this.onStick = 0;
    return { from: "1 号窗口", new: fresh, known: 3_667 - fresh, problems: [] };
  }

  custody(post: string): CustodyView {
    const { card } = this.hall.post(post);
    const { places } = card;
    const rows = places < SPREAD_MIN ? [holding(3_401, "本机", 1, places, { this: true })] : spread(places);
    return {
      post: card,
      published_here: true,
      publisher: "2 号窗口",
      rows: this.taken.has(post) ? rows.slice(0, 2) : rows,
    };
  }

  reclaim(command: Extract<DeskCommand, { type: "reclaim" }>): CustodyView {
    this.taken.add(command.post);
    return this.custody(command.post);
  }
}

/** Posts with fewer places lie on the desk alone. */
const SPREAD_MIN = 5;

const spread = (places: number): CustodyRow[] => [
  holding(3_401, "本机", 1, 2, { this: true, taken: 1 }),
  holding(7_122, "1 号自助机", 3, places - 2, { moving: 1 }),
  holding(9_310, "2 号自助机", places - 1, places, {
    ...silent,
    complete_until: "今天 07:58",
    safe: 1,
    at_risk: 1,
  }),
];

function holding(
  number: number,
  name: string,
  from: number,
  to: number,
  more: Partial<CustodyRow>,
): CustodyRow {
  const count = Math.max(0, to - from + 1);
  return {
    device: number,
    epoch: 1,
    name,
    this: false,
    reachable: true,
    heard: "刚刚",
    places: count === 1 ? String(from) : `${from}–${to}`,
    taken: 0,
    free: count - (more.moving ?? 0) - (more.taken ?? 0),
    moving: 0,
    complete_until: "",
    safe: 0,
    at_risk: 0,
    ...more,
  };
}
