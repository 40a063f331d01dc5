import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { readManifest } from "@crossbill/ingest";
import type { v1 } from "@crossbill/messages";
import test, { type ExecutionContext } from "ava";
import { csvOf, dataSpec, folder, hashes, rowsOf, run, write } from "./support.js";

const script = fileURLToPath(new URL("./fixtures/ingest-once.js", import.meta.url));

function killed(args: string[], fault: string): Promise<NodeJS.Signals | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, CROSSBILL_FAULT: fault }, stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (_, signal) => resolve(signal));
  });
}

const points = [
  "ingest:after-scan:kill",
  "ingest:after-fit:kill",
  "ingest:after-encode:kill",
  "ingest:before-manifest:kill",
  "tasks:ingest.fit:kill:2",
  "tasks:after-keep:kill:3",
  "storage:before-rename:kill:6",
  "storage:write:kill:9",
];

async function continues(t: ExecutionContext, more: v1.DataSpec.$Properties, faults: readonly string[]): Promise<void> {
  const dir = folder(t);
  const files = [1, 2].map((d) => write(dir, `d${d}.csv`, csvOf(rowsOf(400, d))));
  const given = { rangeBytes: 4000, data: dataSpec(more) };
  const calm = [await run(`${dir}/calm`, { train: files.slice(0, 1), ...given }), await run(`${dir}/calm`, { train: files, ...given })];
  await Promise.all(
    [0, 1].map(async (lane) => {
      for (const point of faults.filter((_, i) => i % 2 === lane)) {
        const root = `${dir}/${point.replaceAll(":", "-")}`;
        for (const [night, wanted] of calm.entries()) {
          const train = files.slice(0, night + 1);
          t.is(await killed([root, JSON.stringify(more), ...train], point), "SIGKILL", `${point}, night ${night}`);
          t.is((await readManifest(root))?.partitions.length ?? 0, night, `${point}: the old manifest or none`);
          const outcome = await run(root, { train, ...given });
          t.deepEqual(hashes(outcome), hashes(wanted), point);
          t.deepEqual(outcome.manifest, wanted.manifest);
        }
      }
    }),
  );
}

test("a run killed anywhere is continued by the same call, to the same bytes", (t) => continues(t, {}, points));

test("so is a night that moves the cut on, which encodes rows of the day before again", (t) =>
  continues(t, { split: { order: { validation: 0.1, test: 0.2 } } }, [
    "ingest:after-fit:kill",
    "ingest:after-encode:kill",
    "ingest:before-manifest:kill",
    "storage:write:kill:9",
  ]));
