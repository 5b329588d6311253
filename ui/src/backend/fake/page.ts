/** A stand-in for the pages of an agreement, drawn where there is a canvas. */
import type { AgreementPreview } from "../generated/AgreementPreview";

const WIDTH = 1240;
const HEIGHT = 1754;
/** One transparent dot, for places without a canvas. */
const DOT =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const COPIES = ["甲方联", "乙方联", "市场联"];

export function drawPages(lines: readonly string[], copies: number): AgreementPreview {
  return {
    agreement: "service_agreement",
    copies,
    pages: COPIES.slice(0, copies).flatMap((copy) =>
      [1, 2].map((page) => paint([`${copy} 第${page}页 共2页`, ...lines]) ?? DOT),
    ),
    width: WIDTH,
    height: HEIGHT,
    missing: [],
  };
}

function paint(lines: readonly string[]): string | null {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext("2d");
  if (pen === null) {
    return null;
  }
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  pen.fillStyle = "#000";
  pen.font = "22px sans-serif";
  for (const [at, line] of lines.entries()) {
    pen.fillText(line, 106, 120 + at * 34, WIDTH - 212);
  }
  return canvas.toDataURL("image/png").split(",")[1] ?? null;
}
