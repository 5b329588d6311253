// A member card comes as a file or as a slip's bitmap; the desk shows either.

import type { DeskReply } from "../../../backend/generated/DeskReply";
import type { FileView } from "../../../backend/generated/FileView";

export function pictureOf(reply: DeskReply): FileView | null {
  if (reply.type === "file") return reply.data;
  if (reply.type === "slip")
    return { name: reply.data.file.split(/[\\/]/).at(-1) ?? "card.png", data: reply.data.png };
  return null;
}
