import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { ExecutionContext } from "ava";

export function scratch(t: ExecutionContext): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-storage-"));
  t.teardown(() => fs.rmSync(root, { recursive: true, force: true }));
  return root;
}

/** Relative paths of all files and folders under a folder, sorted. */
export function tree(root: string): string[] {
  return fs.readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
}

export const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
