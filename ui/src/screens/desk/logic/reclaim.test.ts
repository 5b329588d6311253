import { describe, expect, it } from "vitest";
import type { CustodyRow } from "../../../backend/generated/CustodyRow";
import { countOn, firstGround, groundsFor, reclaimCommand } from "./reclaim";
import { newWord, wordFaults } from "./supervisor";

const silent: CustodyRow = {
  device: 7,
  epoch: 2,
  name: "2 号自助机",
  this: false,
  reachable: false,
  heard: "40 分钟前",
  places: "5–8",
  taken: 1,
  free: 3,
  moving: 0,
  complete_until: "04:30",
  safe: 1,
  at_risk: 2,
};
const word = { supervisor: "1.1.2", pin: "730164", reason: " 泡水了 " };

describe("the grounds on which places come back", () => {
  it("are three where the post was published, from certain to risky", () => {
    expect(groundsFor(silent, true)).toEqual(["safe", "read_out", "risk"]);
  });

  it("leave only the risk where it was published elsewhere", () => {
    expect(groundsFor({ ...silent, safe: 0 }, false)).toEqual(["risk"]);
  });

  it("are none for this machine, for one that answers, and for one with nothing free", () => {
    expect(groundsFor({ ...silent, this: true }, true)).toEqual([]);
    expect(groundsFor({ ...silent, reachable: true }, true)).toEqual([]);
    expect(groundsFor({ ...silent, safe: 0, at_risk: 0 }, true)).toEqual([]);
  });

  it("offer no risk where everything is certain", () => {
    expect(groundsFor({ ...silent, safe: 3, at_risk: 0 }, true)).toEqual(["safe", "read_out"]);
  });

  it("are never chosen for anybody but the certain one", () => {
    expect(firstGround(["safe", "read_out", "risk"])).toBe("safe");
    expect(firstGround(["read_out", "risk"])).toBeNull();
    expect(firstGround(["risk"])).toBeNull();
  });

  it("count what each brings back", () => {
    expect(countOn("safe", silent)).toBe(1);
    expect(countOn("read_out", silent)).toBe(3);
    expect(countOn("risk", silent)).toBe(3);
  });
});

describe("what is sent", () => {
  it("carries no supervisor for what is certain", () => {
    expect(reclaimCommand("1.1.10", silent, "safe", word)).toEqual({
      type: "reclaim",
      post: "1.1.10",
      device: 7,
      epoch: 2,
      read_out: false,
      at_risk: 0,
      overriding: null,
    });
  });

  it("says that the journal was read only when the supervisor says so", () => {
    const overriding = { ...word, reason: "泡水了" };
    expect(reclaimCommand("1.1.10", silent, "read_out", word)).toMatchObject({ read_out: true, overriding });
    expect(reclaimCommand("1.1.10", silent, "risk", word)).toMatchObject({
      read_out: false,
      at_risk: silent.at_risk,
      overriding,
    });
  });
});

describe("a supervisor's word", () => {
  const staff = [
    { id: "1.1.2", name: "王主管", role: "supervisor" as const },
    { id: "1.1.3", name: "李敏", role: "clerk" as const },
  ];

  it("begins with a supervisor and lacks a PIN and a reason", () => {
    const begun = newWord(staff, "1.1.3");
    expect(begun.supervisor).toBe("1.1.2");
    expect(Object.keys(wordFaults(begun))).toEqual(["pin", "reason"]);
    expect(wordFaults(word)).toEqual({});
  });

  it("is nobody's where there is no supervisor", () => {
    expect(newWord([], undefined).supervisor).toBe("");
  });
});
