import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { ingestHandlers, openPack, type PackLayout, type PackRows } from "@crossbill/ingest";
import { atomicWriteStream } from "@crossbill/storage";
import { tableFromIPC } from "apache-arrow";
import test from "ava";
import fc from "fast-check";
import { PackBuilder, type PackInput } from "../dist/pack-builder.js";
import { makeRuntime, type Runtime } from "../dist/runtime.js";
import { folder } from "./support.js";

/** Rows as plain values: what a pack of them must read as. */
interface Row {
  readonly label: number;
  readonly weight: number;
  readonly ids: number[];
  readonly numbers: number[];
  /** By column pairs of id and value. */
  readonly pairs: (readonly [number, number])[][];
  readonly slices: (string | null)[];
  readonly key: string | null;
}

const name = fc.string({ unit: "grapheme", maxLength: 4 });
const names = fc.uniqueArray(name, { maxLength: 3 });
const layouts: fc.Arbitrary<PackLayout> = fc
  .record({ categorical: fc.uniqueArray(fc.tuple(name, fc.constantFrom("id", "plain", "valued")), { maxLength: 5, selector: ([one]) => one }) })
  .chain(({ categorical }) =>
    fc.record(
      {
        ids: fc.constant(categorical.filter(([, kind]) => kind === "id").map(([one]) => one)),
        numbers: names,
        pairs: fc.constant(categorical.filter(([, kind]) => kind !== "id").map(([one, kind]) => ({ name: one, valued: kind === "valued" }))),
        slices: names,
        key: fc.boolean(),
      },
      { noNullPrototype: true },
    ),
  );
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const f64 = fc.double({ noNaN: true });
const text = fc.option(fc.string({ unit: "grapheme" }), { nil: null });

function rowOf({ ids, numbers, pairs, slices, key }: PackLayout): fc.Arbitrary<Row> {
  const several = <T>(of: readonly unknown[], one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: of.length, maxLength: of.length });
  const fields = {
    label: fc.nat(3),
    weight: f64,
    ids: several(ids, u32),
    numbers: several(numbers, fc.double()),
    pairs: fc.tuple(...pairs.map(({ valued }) => fc.array(fc.tuple(u32, valued ? f64 : fc.constant(1)), { maxLength: 4 }))),
    slices: several(slices, text),
    key: key ? text : fc.constant(null),
  };
  return fc.record(fields, { noNullPrototype: true });
}

/** Rows as a batch of the columns gives them; the memory is taken of the arena. */
function inputOf({ arena }: Runtime, layout: PackLayout, rows: readonly Row[]): PackInput {
  const placedF64 = (values: readonly number[]): number => {
    const at = arena.take(8 * values.length);
    arena.f64(at, values.length).set(values);
    return at;
  };
  const placedU32 = (values: readonly number[]): number => {
    const at = arena.take(4 * values.length);
    arena.u32(at, values.length).set(values);
    return at;
  };
  return {
    label: Float64Array.from(rows, (row) => row.label),
    weight: Float64Array.from(rows, (row) => row.weight),
    ids: new Map(layout.ids.map((one, i) => [one, placedU32(rows.map((row) => row.ids[i]!))])),
    numbers: new Map(layout.numbers.map((one, i) => [one, placedF64(rows.map((row) => row.numbers[i]!))])),
    pairs: new Map(
      layout.pairs.map(({ name: one }, i) => {
        const all = rows.flatMap((row) => row.pairs[i]!);
        const ends = rows.map((_, r) => rows.slice(0, r + 1).reduce((sum, row) => sum + row.pairs[i]!.length, 0));
        const [offsets, ids, values] = [placedU32([0, ...ends]), placedU32(all.map(([id]) => id)), placedF64(all.map(([, value]) => value))];
        return [one, { offsets, ids, values, count: all.length }];
      }),
    ),
    slice: (field, row) => rows[row]!.slices[layout.slices.indexOf(field)]!,
    key: (row) => rows[row]!.key,
  };
}

/** Rows [0, n) of what was read. */
function readRows(layout: PackLayout, read: PackRows): Row[] {
  return Array.from({ length: read.rows }, (_, r) => ({
    label: read.label[r]!,
    weight: read.weight[r]!,
    ids: layout.ids.map((one) => read.ids.get(one)![r]!),
    numbers: layout.numbers.map((one) => read.numbers.get(one)![r]!),
    pairs: layout.pairs.map(({ name: one }) => {
      const { offsets, ids, values } = read.pairs.get(one)!;
      const from = offsets[r]! - offsets[0]!;
      return Array.from({ length: offsets[r + 1]! - offsets[r]! }, (__, k) => [ids[from + k]!, values?.[from + k] ?? 1] as const);
    }),
    slices: layout.slices.map((one) => read.slices.get(one)![r]!),
    key: read.keys === null ? null : read.keys[r]!,
  }));
}

/** The same with Arrow's own reader, value by value. */
function arrowRows(layout: PackLayout, bytes: Uint8Array): Row[] {
  const table = tableFromIPC(bytes);
  const columns = new Map(table.schema.fields.map((field, i) => [field.name, table.getChildAt(i)!]));
  const at = <T>(column: string, row: number): T => columns.get(column)!.get(row) as T;
  return Array.from({ length: table.numRows }, (_, r) => ({
    label: at<number>("label", r),
    weight: at<number>("weight", r),
    ids: layout.ids.map((one) => at<number>(`c:${one}`, r)),
    numbers: layout.numbers.map((one) => at<number | null>(`n:${one}`, r) ?? Number.NaN),
    pairs: layout.pairs.map(({ name: one, valued }) => {
      const values = valued ? [...at<Iterable<number>>(`v:${one}`, r)] : null;
      return [...at<Iterable<number>>(`c:${one}`, r)].map((id, k) => [id, values?.[k] ?? 1] as const);
    }),
    slices: layout.slices.map((one) => at<string | null>(`s:${one}`, r)),
    key: layout.key ? at<string | null>("key", r) : null,
  }));
}

interface Case {
  readonly layout: PackLayout;
  readonly some: readonly Row[];
  readonly n: number;
}

const cases: fc.Arbitrary<Case> = layouts.chain((layout) =>
  fc.record({
    layout: fc.constant(layout),
    some: fc.array(rowOf(layout), { minLength: 1, maxLength: 30 }),
    n: fc.constantFrom(1, 7, 8, 31, 64, 100, 8192, 8200),
  }),
);

/** A pack of rows i mod some.length of [0, n), which come in pieces of `piece` rows, but for the ends of `some`. */
async function pack(file: string, { layout, some, n }: Case, piece: number): Promise<Row[]> {
  const runtime = makeRuntime();
  const builder = new PackBuilder(runtime, layout, "b", () => atomicWriteStream(file));
  const input = inputOf(runtime, layout, some);
  for (let at = 0; at < n; ) {
    const from = at % some.length;
    const selected = Uint32Array.from({ length: Math.min(piece, n - at, some.length - from) }, (_, i) => from + i);
    await builder.add(input, selected);
    at += selected.length;
  }
  await builder.finish();
  return Array.from({ length: n }, (_, i) => some[i % some.length]!);
}

test("whatever the layout and the rows, a pack reads as the rows that were written, with its own reader and with Arrow's, and its bytes do not tell how they came in", async (t) => {
  const dir = folder(t);
  await fc.assert(
    fc.asyncProperty(cases, async (given) => {
      const wanted = await pack(`${dir}/p.arrow`, given, 30);
      const reader = await openPack(`${dir}/p.arrow`);
      const bytes = fs.readFileSync(`${dir}/p.arrow`);
      await pack(`${dir}/q.arrow`, given, 7);
      return (
        isDeepStrictEqual([reader.rows, reader.layout], [wanted.length, given.layout]) &&
        isDeepStrictEqual(readRows(given.layout, await reader.read(0, reader.rows, { slices: true, keys: true })), wanted) &&
        isDeepStrictEqual(arrowRows(given.layout, bytes), wanted) &&
        bytes.equals(fs.readFileSync(`${dir}/q.arrow`))
      );
    }),
    { numRuns: 25 },
  );
  t.pass();
});

test("a pack of many rows takes the memory of one record batch", async (t) => {
  const runtime = makeRuntime();
  const layout: PackLayout = { ids: ["a"], numbers: ["x"], pairs: [], slices: [], key: false };
  const builder = new PackBuilder(runtime, layout, "b", () => atomicWriteStream(`${folder(t)}/p.arrow`));
  const rows = Array.from({ length: 1000 }, (_, i): Row => ({ label: 1, weight: 1, ids: [i], numbers: [i], pairs: [], slices: [], key: null }));
  const input = inputOf(runtime, layout, rows);
  const all = Uint32Array.from(rows.keys());
  const marks = [];
  for (let i = 0; i < 100; i++) {
    await builder.add(input, all);
    marks.push(runtime.arena.mark());
  }
  t.deepEqual(new Set(marks.slice(10)), new Set([marks.at(10)]));
  await builder.finish();
  t.is(builder.rows, 100_000);
});

test("without rows there is no file; what is aborted leaves none behind", async (t) => {
  const dir = folder(t);
  const layout: PackLayout = { ids: [], numbers: [], pairs: [], slices: ["s"], key: true };
  const make = (): { runtime: Runtime; builder: PackBuilder } => {
    const runtime = makeRuntime();
    return { runtime, builder: new PackBuilder(runtime, layout, "b", () => atomicWriteStream(`${dir}/p.arrow`)) };
  };
  t.is(await make().builder.finish(), null);
  const { runtime, builder } = make();
  const rows = new Array<Row>(10_000).fill({ label: 1, weight: 1, ids: [], numbers: [], pairs: [], slices: ["a"], key: "k" });
  await builder.add(inputOf(runtime, layout, rows), Uint32Array.from(rows.keys()));
  t.is(fs.readdirSync(dir).length, 1);
  await builder.abort();
  t.deepEqual(fs.readdirSync(dir), []);
});

test("threads that write packs do not load Arrow's library", (t) => {
  const hook = `export async function resolve(name, context, next) { if (name === "apache-arrow") throw new Error("loaded " + name); return next(name, context); }`;
  const code = `
    import { register } from "node:module";
    register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hook)}));
    const { handlers } = await import(${JSON.stringify(ingestHandlers.href)});
    console.log(String(Object.keys(handlers).includes("ingest.encode")));
    console.log(await import("apache-arrow").then(() => "found", (error) => error.message));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8", cwd: new URL("..", import.meta.url) });
  t.is(printed, "true\nloaded apache-arrow\n");
});
