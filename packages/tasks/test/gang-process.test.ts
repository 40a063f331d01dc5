import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import test from "ava";

const program = fileURLToPath(new URL("./workers/gang-process.js", import.meta.url));

for (const [kind, outcome] of [
  ["echo", "done"],
  ["throw", "E_INTERNAL"],
  ["exit", "E_WORKER_EXITED"],
  ["loop", "E_WORKER_HUNG"],
  ["wasm", "E_WORKER_HUNG"],
] as const) {
  test.serial(`After a gang (${kind}) no thread is left and the process ends by itself`, (t) => {
    if (!fs.existsSync("/proc/self/task")) {
      t.log("skipped: no /proc on this system");
      return t.pass();
    }
    const child = spawnSync(process.execPath, [program, kind], {
      encoding: "utf8",
      timeout: 300_000,
      env: { ...process.env, CROSSBILL_HANG_TIMEOUT_MS: kind === "loop" ? "700" : "" },
    });
    t.is(child.signal, null);
    t.deepEqual(JSON.parse(child.stdout), { outcome, left: 0 });
  });
}

test("The tasks package and its threads work without code generation from strings", (t) => {
  const child = spawnSync(process.execPath, ["--disallow-code-generation-from-strings", program, "throw"], { encoding: "utf8", timeout: 300_000 });
  t.is(JSON.parse(child.stdout).outcome, "E_INTERNAL");
});
