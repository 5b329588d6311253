// The one way a file leaves the desk. The shell writes it where the person chose; a plain browser downloads it.

import type { Backend } from "../../backend/backend";
import type { FileView } from "../../backend/generated/FileView";

export type Saved = { how: "file"; place: string } | { how: "download" };

export async function saveFile(backend: Backend, file: FileView): Promise<Saved> {
  if (backend.saveFile !== undefined) {
    return { how: "file", place: await backend.saveFile(file) };
  }
  download(file);
  return { how: "download" };
}

export function opener(backend: Backend): ((path: string) => Promise<void>) | null {
  return backend.openFile?.bind(backend) ?? null;
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

const CHUNK = 0x8000;

export function base64Of(bytes: Uint8Array): string {
  let binary = "";
  for (let from = 0; from < bytes.length; from += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(from, from + CHUNK));
  }
  return btoa(binary);
}

const REVOKE_MS = 60_000;

function download(file: FileView): void {
  const url = URL.createObjectURL(new Blob([bytesOf(file.data)]));
  const link = document.createElement("a");
  link.href = url;
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS);
}
