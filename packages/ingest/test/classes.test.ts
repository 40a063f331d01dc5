import { ingestHandlers } from "@crossbill/ingest";
import { CrossbillError, v1 } from "@crossbill/messages";
import { threadsExecutor } from "@crossbill/tasks";
import test, { type ExecutionContext } from "ava";
import { COLUMNS, columnSpecs, dataSpec, folder, type Given, hashes, packRows, run, write } from "./support.js";

const CLASSES = ["zebra", "ant", "é", "Bee", "__proto__", "10", "9"];
/** In byte order of UTF-8. */
const SORTED = ["10", "9", "Bee", "__proto__", "ant", "zebra", "é"];
const NUMBERS = columnSpecs({ name: "price", numeric: { field: "price" } });

function file(n: number, classOf: (i: number) => string): string {
  return `y,price,site,user\n${Array.from({ length: n }, (_, i) => `${classOf(i)},${i % 11},s${i % 5},u${i % 17}`).join("\n")}\n`;
}

const multi = (more: v1.DataSpec.$Properties = {}): v1.DataSpec =>
  dataSpec({ label: { field: "y", multi: true }, split: { index: { every: 10, test: [0], validation: [1] } }, maxRejected: 0.2, ...more });

async function labels(root: string, manifest: v1.IngestManifest, part: v1.Part): Promise<string[]> {
  return (await packRows(root, manifest, part)).flatMap(({ label }) => Array.from(label, (index) => manifest.classes[index]!));
}

test("classes are learned from the training rows, in byte order; labels become their numbers, the same on threads and in any cut", async (t) => {
  const dir = folder(t);
  const classOf = (i: number): string => CLASSES[(i * i + 3) % 7 === 3 ? i % 7 : (i * 5) % 7]!;
  const train = [
    write(dir, "a.csv", file(900, classOf)),
    write(
      dir,
      "b.csv",
      file(40, () => "Bee"),
    ),
  ];
  for (const columns of [COLUMNS, NUMBERS]) {
    const root = `${dir}/${columns.length}`;
    const outcome = await run(root, { train, data: multi(), columns });
    t.deepEqual(outcome.manifest.classes, SORTED);
    t.is(outcome.rejected, 0);
    for (const [part, kept] of [
      [v1.Part.TRAIN, (i: number) => i % 10 > 1],
      [v1.Part.VALIDATION, (i: number) => i % 10 === 1],
      [v1.Part.TEST, (i: number) => i % 10 === 0],
    ] as const) {
      const wanted = [900, 40].flatMap((n, f) =>
        Array.from({ length: n }, (_, i) => i)
          .filter(kept)
          .map((i) => (f === 0 ? classOf(i) : "Bee")),
      );
      t.deepEqual(await labels(root, outcome.manifest, part), wanted);
    }
    const executor = threadsExecutor({ handlers: [ingestHandlers], root: `${root}t`, workers: 2 });
    try {
      t.deepEqual(hashes(await run(`${root}t`, { train, data: multi(), columns, executor })), hashes(outcome));
    } finally {
      await executor.close();
    }
  }
});

test("a label that the training rows do not hold is rejected and counted; so is one that was not given", async (t) => {
  const dir = folder(t);
  // Rows 0, 10, 20, ... are test rows.
  const train = [
    write(
      dir,
      "a.csv",
      file(200, (i) => (i % 40 === 0 ? "new" : i % 3 === 0 ? "a" : "b")),
    ),
  ];
  const learned = await run(`${dir}/learned`, { train, data: multi() });
  t.deepEqual(learned.manifest.classes, ["a", "b"]);
  t.deepEqual(learned.rejects, { E_LABEL_VALUE: 5 });
  t.true((await labels(`${dir}/learned`, learned.manifest, v1.Part.TEST)).every((text) => text !== "new"));
  const given = await run(`${dir}/given`, {
    train,
    data: multi({ label: { field: "y", multi: true, classes: ["b", "new", "a", "never"] } }),
    columns: NUMBERS,
  });
  t.deepEqual(given.manifest.classes, ["b", "new", "a", "never"]);
  t.is(given.rejected, 0);
  t.true((await labels(`${dir}/given`, given.manifest, v1.Part.TEST)).includes("new"));
});

test("a night keeps the classes of the first ingestion; a fresh one learns them anew", async (t) => {
  const dir = folder(t);
  const one = write(
    dir,
    "1.csv",
    file(300, (i) => (i % 3 === 0 ? "b" : "c")),
  );
  const two = write(
    dir,
    "2.csv",
    file(300, (i) => (i % 50 === 7 ? "a" : i % 3 === 0 ? "b" : "c")),
  );
  await run(`${dir}/nights`, { train: [one], data: multi() });
  const night = await run(`${dir}/nights`, { train: [one, two], data: multi() });
  t.deepEqual(night.manifest.classes, ["b", "c"]);
  t.deepEqual(night.rejects, { E_LABEL_VALUE: 6 });
  t.is(night.anew, null);
  const fresh = await run(`${dir}/nights`, { train: [one, two], data: multi(), fresh: true });
  t.deepEqual(fresh.manifest.classes, ["a", "b", "c"]);
  t.not(fresh.manifest.key, night.manifest.key);
});

test("the same numbers of other classes have another key", async (t) => {
  const dir = folder(t);
  const keys = await Promise.all(
    ["b", "x"].map(async (second, i) => {
      const train = [
        write(
          dir,
          `${i}/a.csv`,
          file(100, (row) => (row % 3 === 0 ? "a" : second)),
        ),
      ];
      return (await run(`${dir}/${i}/work`, { train, data: multi(), columns: NUMBERS })).manifest.key;
    }),
  );
  t.not(keys[0], keys[1]);
});

async function code(t: ExecutionContext, classOf: (i: number) => string, more: Partial<Given> = {}): Promise<string> {
  const dir = folder(t);
  const train = [write(dir, "a.csv", file(20_000, classOf))];
  const thrown = await t.throwsAsync(run(`${dir}/work`, { train, data: multi(), ...more }), { instanceOf: CrossbillError });
  return (thrown as CrossbillError).code;
}

test("one class only, a class for every row, and too many empty labels are errors by name", async (t) => {
  t.is(await code(t, () => "a"), "E_ONE_CLASS");
  t.is(await code(t, () => "a", { data: multi({ label: { field: "y", multi: true, classes: ["a", "b"] } }) }), "E_ONE_CLASS");
  t.is(await code(t, (i) => `row ${i}`), "E_CLASSES");
  t.is(await code(t, (i) => (i % 3 === 0 ? "" : i % 3 === 1 ? "a" : "b")), "E_TOO_MANY_REJECTS");
});
