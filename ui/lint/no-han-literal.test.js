import { Linter } from "eslint";
import svelteParser from "svelte-eslint-parser";
import { expect, test } from "vitest";
import { noHanLiteral } from "./no-han-literal.js";

/** @param {string} code @param {boolean} svelte */
function count(code, svelte = false) {
  const linter = new Linter();
  return linter.verify(code, {
    plugins: { local: { rules: { "no-han-literal": noHanLiteral } } },
    languageOptions: svelte ? { parser: svelteParser } : {},
    rules: { "local/no-han-literal": "error" },
  }).length;
}

test.each([
  ["const a = '零工'", 1],
  ["const a = `第 ${1} 期`", 2],
  ["const a = '，'", 1],
  ["// 零工 is a casual worker\nconst a = 'ok'", 0],
])("%s", (code, wanted) => {
  expect(count(code)).toBe(wanted);
});

test.each([
  ["<p>零工</p>", 1],
  ['<p title="零工">ok</p>', 1],
  ["<p>{'零工'}</p>", 1],
  ["<!-- 零工 --><p>ok</p>", 0],
])("%s", (code, wanted) => {
  expect(count(code, true)).toBe(wanted);
});
