import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import test from "ava";
import { clicks, ingested, randomModel } from "./example.js";

const CHILD = fileURLToPath(new URL("./evaluate-child.js", import.meta.url));
const ROWS = 50_000;
/** What garbage that was not collected yet may make of it; rows that were held would take 24 bytes and more each: 144 MB. */
const ALLOWED = 72 * 2 ** 20;

test("the peak of memory does not grow with the rows", async (t) => {
  const { root, manifest, packs, executor } = await ingested([clicks(3000, 1)], clicks(ROWS, 2), { rangeBytes: 2 ** 25 });
  await executor.close();
  t.is(packs.length, 1);
  const { path } = await randomModel(manifest.state, 7);
  const run = (times: number): { rows: number; peak: number } =>
    JSON.parse(execFileSync(process.execPath, [CHILD, root, path, String(times)], { encoding: "utf8" })) as { rows: number; peak: number };
  const [few, many] = [run(40), run(160)];
  t.deepEqual([few.rows, many.rows], [40 * ROWS, 160 * ROWS]);
  t.true(many.peak - few.peak < ALLOWED, `${few.peak} bytes of ${few.rows} rows, ${many.peak} of ${many.rows}`);
});
