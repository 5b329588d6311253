/** A stand-in for the printed slip, drawn where there is a canvas. */
import type { PaperView } from "../generated/PaperView";
import type { SlipView } from "../generated/SlipView";
import type { TicketView } from "../generated/TicketView";

const WIDTH = 384;
const HEIGHT = 760;
/** One transparent dot, for places without a canvas. */
const DOT =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export function drawSlip(ticket: TicketView, hall: string, paper: PaperView | null): SlipView {
  return {
    png: paint(ticket, hall) ?? DOT,
    width: WIDTH,
    height: HEIGHT,
    code: ticket.code,
    missing: [],
    paper,
  };
}

function paint(ticket: TicketView, hall: string): string | null {
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
  const lines: (readonly [number, string])[] = [
    [28, hall],
    [44, ticket.place === null ? "候补" : `已确认 第 ${ticket.place.index}/${ticket.place.of} 号`],
    [30, `${ticket.post.trade} ${ticket.post.title}`],
    [26, `${ticket.post.first_day} ${ticket.post.start} – ${ticket.post.end}`],
    [26, ticket.post.address],
  ];
  let y = 20;
  for (const [size, text] of lines) {
    y += size + 12;
    pen.font = `bold ${size}px sans-serif`;
    pen.fillText(text, 16, y, WIDTH - 32);
  }
  chequer(pen, 50, y + 40, 13);
  pen.font = "bold 48px monospace";
  pen.fillText(ticket.code, 80, HEIGHT - 60);
  return canvas.toDataURL("image/png").split(",")[1] ?? null;
}

const MODULES = 21;

/** What stands for a QR code. */
function chequer(pen: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  for (let at = 0; at < MODULES * MODULES; at += 1) {
    if ((at * 7919) % 5 < 2) {
      pen.fillRect(x + (at % MODULES) * size, y + Math.floor(at / MODULES) * size, size, size);
    }
  }
}

export function drawCode(): string {
  const canvas = document.createElement("canvas");
  canvas.width = MODULES * 10;
  canvas.height = MODULES * 10;
  const pen = canvas.getContext("2d");
  if (pen === null) {
    return DOT;
  }
  chequer(pen, 0, 0, 10);
  return canvas.toDataURL("image/png").split(",")[1] ?? DOT;
}
