import { expect, it } from "vitest";
import type { Found } from "../../../backend/generated/Found";
import type { WorkerView } from "../../../backend/generated/WorkerView";
import { groupsOf, hitsOf, isToken } from "./search";

const worker = (id: string): WorkerView => ({
  id,
  name: "周一",
  masked_id_number: "370705********1234",
  masked_phone: "",
  sex: "male",
  age: 40,
  trades: [],
  certificates: [],
  post_type: null,
  pension: false,
  student: false,
  card: 0,
  visit: null,
});

it("groups what was found, leaves out what was not, and says how many more there are", () => {
  const found: Found = {
    workers: Array.from({ length: 9 }, (_, index) => worker(String(index))),
    posts: [],
    tickets: [],
    employers: [],
  };
  const groups = groupsOf(found);
  expect(groups.map(({ kind, hits, more }) => [kind, hits.length, more])).toEqual([["worker", 6, 3]]);
  expect(hitsOf(groups).map(({ id }) => id)[0]).toBe("worker-0");
});

it("knows a slip's code from a question", () => {
  expect(isToken(" LG1ABCDEFGHJKMNPQRSTVWXYZ0123 ")).toBe(true);
  expect(isToken("LG1ABC")).toBe(false);
  expect(isToken("LG1 ABCDEFGHJKMNPQRSTVWXYZ 0123")).toBe(false);
});
