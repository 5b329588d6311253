/**
 * The one seam between the screens and the hall. A screen asks with a command and gets a reply or an
 * `AppError`; it never knows whether the shell, a loopback server or an in-memory hall answers.
 */
import type { DeviceRole } from "./generated/DeviceRole";
import type { FileView } from "./generated/FileView";
import type { StickRead } from "./generated/StickRead";
import type { StickWritten } from "./generated/StickWritten";
import type { AppError } from "./generated/AppError";
import type { DeskCommand } from "./generated/DeskCommand";
import type { DeskReply } from "./generated/DeskReply";
import type { KioskCommand } from "./generated/KioskCommand";
import type { KioskReply } from "./generated/KioskReply";
import type { ReaderEvent } from "./generated/ReaderEvent";
import type { WallCommand } from "./generated/WallCommand";
import type { WallReply } from "./generated/WallReply";

export interface Backend {
  kiosk(command: KioskCommand): Promise<KioskReply>;
  desk(command: DeskCommand): Promise<DeskReply>;
  wall(command: WallCommand): Promise<WallReply>;
  /** Checks the staff PIN and lets the kiosk window go. */
  leaveKiosk(pin: string): Promise<void>;
  /** Calls back after every change in the hall; returns the way to stop. */
  onChange(changed: () => void): () => void;
  /** Hears the scanner and the card reader beside this screen; returns the way to stop. A browser has none. */
  onReaders?(heard: (event: ReaderEvent) => void): () => void;
  /** Writes a file beside the staff's other downloads and says where; a browser has its own way. */
  saveFile?(file: FileView): Promise<string>;
  /**
   * Makes this machine one of the hall or county that gave out the invitation, before it has a hall of its own; then
   * the program starts anew. A browser has no machine to give.
   */
  join?(invitation: string): Promise<void>;
  /** Writes what a reader of that role may have into a file beside the staff's other downloads. */
  writeStick?(name: string, reader: DeviceRole): Promise<StickWritten>;
  /** Takes what is good of a stick. */
  readStick?(file: ArrayBuffer): Promise<StickRead>;
  /** Shows a spooled paper in the system's viewer, from where staff print it. */
  openFile?(path: string): Promise<void>;
}

/** What a screen catches: the façade's own error, or `null` facts when the hall itself could not be reached. */
export class HallError extends Error {
  readonly app: AppError | null;

  constructor(app: AppError | null) {
    super(app === null ? "the hall cannot be reached" : app.code);
    this.name = "HallError";
    this.app = app;
  }
}

/** The façade's error inside whatever was thrown; `null` when the hall could not be reached. */
export function appErrorOf(thrown: unknown): AppError | null {
  return thrown instanceof HallError ? thrown.app : null;
}

export function isAppError(value: unknown): value is AppError {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    typeof value.code === "string" &&
    "message" in value &&
    typeof value.message === "string"
  );
}

type Tagged = { type: string };
type DataOf<R extends Tagged, T extends R["type"]> =
  Extract<R, { type: T }> extends { data: infer D } ? D : undefined;

/** The data of a reply that must be of one type; any other type is a broken contract, not a user's error. */
export async function expectReply<R extends Tagged, T extends R["type"]>(
  asked: Promise<R>,
  type: T,
): Promise<DataOf<R, T>> {
  const reply = await asked;
  if (reply.type !== type) {
    throw new HallError(null);
  }
  return ("data" in reply ? reply.data : undefined) as DataOf<R, T>;
}
