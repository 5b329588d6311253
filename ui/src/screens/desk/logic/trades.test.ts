import { expect, it } from "vitest";
import { suggestions } from "./trades";

const TRADES = ["电工", "水电工", "小工", "电焊工", "保洁"];

it("offers what begins with the text before what only holds it", () => {
  expect(suggestions(TRADES, [], "电")).toEqual(["电工", "电焊工", "水电工"]);
});

it("leaves out what is chosen, and offers everything for nothing", () => {
  expect(suggestions(TRADES, ["电工"], "电")).toEqual(["电焊工", "水电工"]);
  expect(suggestions(TRADES, [], " ")).toEqual(TRADES);
  expect(suggestions(TRADES, [], "厨师")).toEqual([]);
});
