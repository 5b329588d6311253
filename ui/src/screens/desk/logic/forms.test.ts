import { describe, expect, it } from "vitest";
import type { InsuranceForm } from "../../../backend/generated/InsuranceForm";
import {
  agreementForm,
  amountFault,
  employerFaults,
  employerForm,
  hallFaults,
  isPin,
  newAgreement,
  newEmployer,
  newHall,
  newWorker,
  plainNumber,
  withKind,
  workerFaults,
  workerForm,
} from "./forms";
import { policyFaults } from "./policy";

describe("a worker's form", () => {
  const good = {
    ...newWorker(),
    name: " 周一 ",
    id_number: "３７０705 19800101 123x",
    phone: "13800000000",
    trades: ["管道工"],
  };

  it("is sent with a plain number", () => {
    expect(workerForm(good)).toMatchObject({ name: "周一", id_number: "37070519800101123X" });
    expect(workerFaults(good, false)).toEqual({});
  });

  it("asks for what is missing, and for the number only of a new person", () => {
    expect(Object.keys(workerFaults(newWorker(), false)).sort()).toEqual([
      "id_number",
      "name",
      "phone",
      "trades",
    ]);
    expect(workerFaults({ ...good, id_number: "", phone: "" }, true)).toEqual({});
    expect(workerFaults({ ...good, id_number: "3707" }, true)).toHaveProperty("id_number");
    expect(workerFaults({ ...good, trades: "一二三四五六七八九".split("") }, false)).toHaveProperty("trades");
  });
});

describe("an employer's form", () => {
  it("changes with the kind, and keeps what was written of the papers", () => {
    const organisation = { ...newEmployer("organisation"), legal_head: "王二", agent: "李三" };
    const person = withKind(organisation, "private");
    expect(person.papers_seen).toBe("身份证");
    expect(employerForm(person)).toMatchObject({ legal_head: "", agent: "" });
    expect(withKind({ ...organisation, papers_seen: "执照复印件" }, "private").papers_seen).toBe(
      "执照复印件",
    );
  });

  it("wants a code of 18", () => {
    expect(
      employerFaults({ ...newEmployer("private"), name: "赵", code: "123", address: "a", phone: "1" }),
    ).toEqual({
      code: "要 18 位，请对照证件。",
    });
  });
});

describe("the agreement's form", () => {
  const policy: InsuranceForm = {
    insurer: "人保",
    number: "P1",
    days: 3,
    sum: 500_000,
    payer: "worker",
    claim_phone: "95518",
  };
  const known = { policy, by: "李敏", at: "05:10" };

  it("carries the policy that is on record, unless the clerk takes it off", () => {
    const draft = newAgreement(known);
    expect(agreementForm(draft).insurance).toEqual(policy);
    expect(agreementForm({ ...draft, insured: false }).insurance).toBeNull();
    expect(agreementForm(newAgreement(null)).insurance).toBeNull();
  });

  it("carries a policy only when it is whole", () => {
    const draft = newAgreement(known);
    const half = { ...draft, policy: { ...draft.policy, sum: "五十万", number: " " } };
    expect(agreementForm(half).insurance).toBeNull();
    expect(Object.keys(policyFaults(half.policy))).toEqual(["number", "sum"]);
    expect(policyFaults(draft.policy)).toEqual({});
  });
});

describe("small things", () => {
  it("check halls, PINs and amounts", () => {
    expect(Object.keys(hallFaults(newHall()))).toEqual(["name", "county"]);
    expect(hallFaults({ ...newHall(), name: "厅", county: "370705" })).toEqual({});
    expect([isPin("280519"), isPin("2805"), isPin("28051a")]).toEqual([true, false, false]);
    expect(amountFault("paid", "二百")).not.toBeNull();
    expect(amountFault("paid", "")).not.toBeNull();
    expect(amountFault("unpaid", "")).toBeNull();
    expect(amountFault("arrived", "二百")).toBeNull();
    expect(plainNumber(" 37 x")).toBe("37X");
  });
});
