import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { v1 } from "@crossbill/messages";
import { makeTask } from "@crossbill/tasks";
import type { ExecutionContext } from "ava";

export const HANDLERS = new URL("./workers/handlers.js", import.meta.url);

export function scratch(t: ExecutionContext): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-tasks-"));
  t.teardown(() => fs.rmSync(root, { recursive: true, force: true }));
  return root;
}

export function task(step: string, params: string, inputs: v1.Ref.$Properties[] = []): v1.Task {
  return makeTask({ step, params: new Uint8Array(Buffer.from(params)), inputs, build: "test" });
}

/** All files under a folder with their contents. */
export function filesUnder(root: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of fs.readdirSync(root, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const full = path.join(entry.parentPath, entry.name);
    files[path.relative(root, full)] = fs.readFileSync(full).toString("hex");
  }
  return files;
}
