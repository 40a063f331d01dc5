import { ingestHandlers } from "@crossbill/ingest";
import { v1 } from "@crossbill/messages";
import { type Executor, inlineExecutor, threadsExecutor } from "@crossbill/tasks";
import test from "ava";
import { columnSpecs, csvOf, dataSpec, folder, hashes, packRows, rowsOf, run, write } from "./support.js";

const ALIKE = columnSpecs(
  { name: "price", numeric: { field: "price", scale: v1.NumericSpec.Scale.STANDARDIZE } },
  { name: "user", hashed: { field: "user", buckets: 100 } },
  { name: "site", vocabulary: { field: "site", values: ["s1-1", "s2-1"], minCount: 1, outOfVocabulary: 2 } },
  { name: "cheap", bucketized: { field: "price", boundaries: [1, 2.5] } },
  { name: "cross", crossed: { inputs: ["cheap", "user"], buckets: 50 } },
);
/** A column that must be learned: the same columns take two passes. */
const LEARNED = columnSpecs({ name: "learned", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1 } });
const data = dataSpec({ split: { index: { every: 10, test: [0], validation: [1] } }, slices: ["site", "user"], maxRejected: 0.05 });

function recording(root: string): { executor: Executor; steps: Set<string> } {
  const inner = inlineExecutor({ handlers: [ingestHandlers], root });
  const steps = new Set<string>();
  const executor: Executor = {
    workers: 1,
    close: () => inner.close(),
    run: (tasks, signal) => {
      for (const { step } of tasks) steps.add(step);
      return inner.run(tasks, signal);
    },
  };
  return { executor, steps };
}

function messy(n: number, seed: number): string {
  return csvOf(rowsOf(n, seed).map((line, i) => (i % 40 === 7 ? `${line},extra` : i % 50 === 9 ? line.replace(/^./, "x") : line)));
}

test("columns that encode alike under every state take one pass, which gives what two passes give", async (t) => {
  const dir = folder(t);
  const train = [1, 2].map((day) => write(dir, `d${day}.csv`, messy(500, day)));
  const validation = [write(dir, "v.csv", messy(100, 3))];
  const both = recording(`${dir}/once`);
  const once = await run(`${dir}/once`, { train, validation, data, columns: ALIKE, rangeBytes: 3000, executor: both.executor });
  t.deepEqual([...both.steps], ["ingest.scan", "ingest.fit-encode"]);
  const two = recording(`${dir}/twice`);
  const twice = await run(`${dir}/twice`, { train, validation, data, columns: [...ALIKE, ...LEARNED], rangeBytes: 3000, executor: two.executor });
  t.deepEqual([...two.steps], ["ingest.scan", "ingest.fit", "ingest.encode"]);
  t.deepEqual([once.read, once.rejected, once.rejects], [twice.read, twice.rejected, twice.rejects]);
  t.true(once.rejected > 20);
  t.is(once.manifest.state.rows, twice.manifest.state.rows);
  t.deepEqual(
    once.manifest.state.states,
    twice.manifest.state.states.filter(({ name }) => name !== "learned"),
  );
  for (const part of [v1.Part.TRAIN, v1.Part.VALIDATION, v1.Part.TEST]) {
    const rows = await packRows(`${dir}/twice`, twice.manifest, part);
    const wanted = rows.map(({ ids, ...rest }) => ({ ...rest, ids: new Map([...ids].filter(([name]) => name !== "learned")) }));
    t.deepEqual(await packRows(`${dir}/once`, once.manifest, part), wanted);
  }
});

test("a single pass gives the same bytes on threads, a night at a time and after too many rejected rows", async (t) => {
  const dir = folder(t);
  const train = [1, 2].map((day) => write(dir, `d${day}.csv`, messy(400, day)));
  const given = { data, columns: ALIKE, rangeBytes: 4000 };
  await t.throwsAsync(run(`${dir}/a`, { ...given, train: train.slice(0, 1), data: dataSpec({ ...data, maxRejected: 0.001 }) }), { code: "E_TOO_MANY_REJECTS" });
  const first = await run(`${dir}/a`, { ...given, train: train.slice(0, 1) });
  const second = await run(`${dir}/a`, { ...given, train });
  t.is(second.manifest.state.generation, 1);
  t.true(second.manifest.state.rows > first.manifest.state.rows);
  const executor = threadsExecutor({ handlers: [ingestHandlers], root: `${dir}/b`, workers: 2 });
  t.teardown(() => executor.close());
  t.deepEqual(hashes(await run(`${dir}/b`, { ...given, train: train.slice(0, 1), executor })), hashes(first));
  t.deepEqual(hashes(await run(`${dir}/b`, { ...given, train, executor })), hashes(second));
});

test("a file without training rows is refused in a single pass too", async (t) => {
  const dir = folder(t);
  const train = [write(dir, "a.csv", csvOf(rowsOf(20)))];
  const split = { column: { field: "site" } };
  await t.throwsAsync(run(`${dir}/work`, { train, columns: ALIKE, data: dataSpec({ split, maxRejected: 1 }) }), { code: "E_NO_ROWS" });
});
