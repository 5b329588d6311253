/** A stand-in for the printed slip, drawn where there is a canvas. */
import type { SlipView } from "../generated/SlipView";
import type { TicketView } from "../generated/TicketView";

const WIDTH = 384;
const HEIGHT = 760;
/** One transparent dot, for places without a canvas. */
const DOT =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export function drawSlip(ticket: TicketView, hall: string): SlipView {
  return {
    png: paint(ticket, hall) ?? DOT,
    width: WIDTH,
    height: HEIGHT,
    code: ticket.code,
    missing: [],
    file: `${ticket.number}.png`,
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
  for (let at = 0; at < 441; at += 1) {
    if ((at * 7919) % 5 < 2) {
      pen.fillRect(50 + (at % 21) * 13, y + 40 + Math.floor(at / 21) * 13, 13, 13);
    }
  }
  pen.font = "bold 48px monospace";
  pen.fillText(ticket.code, 80, HEIGHT - 60);
  return canvas.toDataURL("image/png").split(",")[1] ?? null;
}
