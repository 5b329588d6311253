import { expect, it, vi } from "vitest";
import type { Backend } from "../../backend/backend";
import { base64Of, bytesOf, saveFile } from "./save";

it("bytes survive Base64, also longer than one chunk", () => {
  const bytes = new Uint8Array(70_000).map((_, index) => index % 251);
  expect(bytesOf(base64Of(bytes))).toEqual(bytes);
});

it("the shell saves where it can and says where", async () => {
  const nothing = () => Promise.reject(new Error("not asked"));
  const backend: Backend = {
    kiosk: nothing,
    desk: nothing,
    wall: nothing,
    leaveKiosk: nothing,
    onChange: () => () => undefined,
  };
  const file = { name: "a.csv", data: "" };
  const save = vi.fn().mockResolvedValueOnce("/home/a.csv");
  expect(await saveFile({ ...backend, saveFile: save }, file)).toEqual({ how: "file", place: "/home/a.csv" });
});
