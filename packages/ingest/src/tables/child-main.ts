// What the process runs that parses one foreign file: see run-child.ts.
import { toPlainError } from "@crossbill/messages";
import type { TableReply, TableRequest } from "./child-protocol.js";
import { convertTable, describeTable } from "./convert-table.js";
import { damagedTable } from "./table-error.js";

const BEAT_MILLISECONDS = 100;
let last = 0;

function say(reply: TableReply): void {
  process.send?.(reply);
}

function beat(): void {
  const now = Date.now();
  if (now - last < BEAT_MILLISECONDS) return;
  last = now;
  say({ kind: "beat" });
}

async function run(request: TableRequest): Promise<void> {
  try {
    if (request.kind === "describe") say({ kind: "layout", layout: describeTable(request.format, request.path) });
    else await convertTable(request, beat, (piece) => say({ kind: "piece", ...piece }));
    say({ kind: "done" });
  } catch (thrown) {
    say({ kind: "failed", error: toPlainError(thrown, "E_CORRUPT") });
  }
  process.disconnect();
}

// Nobody waits any longer: nothing is to be left of it.
process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.once("message", (request: TableRequest) => {
  // Decoders also fail where nobody waits for them.
  process.once("uncaughtException", (thrown) => {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    say({ kind: "failed", error: toPlainError(damagedTable(request.path, `it cannot be decoded: ${why}`)) });
    process.disconnect();
  });
  void run(request);
});
