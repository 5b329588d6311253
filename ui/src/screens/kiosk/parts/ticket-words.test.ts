import { expect, test } from "vitest";
import { connectFake } from "../../../backend/fake";
import { headOf, nextSteps } from "./ticket-words";

const standby = (query: string) =>
  connectFake(new URLSearchParams(query)).hall.claim("p5", "somebody", "某*");

test("with places elsewhere the standby ticket says where to ask, and that nothing is promised", () => {
  const ticket = standby("elsewhere=2");
  const said = [headOf(ticket).title, ...headOf(ticket).lines].join("；");
  expect(said).toContain("本机第 1 位");
  expect(said).toContain("可能还有 2 个名额");
  expect(said).toContain("名额还不是你的");
  expect(said).not.toContain("确认");
  expect(nextSteps(ticket, "2 号窗口")[0]).toContain("到 2 号窗口");
});

test("with none anywhere it sends nobody to the window", () => {
  const ticket = standby("");
  expect(headOf(ticket).lines.join()).not.toContain("窗口");
  expect(nextSteps(ticket, "2 号窗口")[0]).toContain("别走远");
});
