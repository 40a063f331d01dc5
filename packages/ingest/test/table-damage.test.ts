import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as arrow from "apache-arrow";
import test, { type ExecutionContext } from "ava";
import { Compression } from "parquet-wasm";
import type { TableFormatName } from "../dist/tables/child-protocol.js";
import { runTableChild } from "../dist/tables/run-child.js";
import { type Damage, type DamageReply, type DamageRequest, damaged } from "./damage-child.js";
import { folder, write } from "./support.js";
import { arrowFile, arrowStream, parquetFile, typedTable } from "./table-files.js";

const entry = fileURLToPath(new URL("./damage-child.js", import.meta.url));
/** Seconds without an answer after which a reader counts as hung. */
const HANGS = 240;

/** What comes of every damage; null: the reader's process died or hung. */
async function outcomes(request: Omit<DamageRequest, "from">): Promise<(DamageReply | null)[]> {
  const found: (DamageReply | null)[] = [];
  while (found.length < request.damages.length) {
    await new Promise<void>((resolve) => {
      const child = fork(entry, [], { execArgv: ["--max-old-space-size=384"], stdio: ["ignore", "ignore", "ignore", "ipc"], serialization: "json" });
      const hung = () => setTimeout(() => child.kill("SIGKILL"), HANGS * 1000);
      let timer = hung();
      const before = found.length;
      child.on("message", (reply: DamageReply) => {
        clearTimeout(timer);
        timer = hung();
        found.push(reply);
      });
      child.once("close", (code) => {
        clearTimeout(timer);
        if (code !== 0 || found.length === before) found.push(null);
        resolve();
      });
      child.send({ ...request, from: found.length } satisfies DamageRequest);
    });
  }
  return found;
}

/** A table of many types. */
function varied(rows: number): arrow.Table {
  const of = <T>(value: (i: number) => T): T[] => Array.from({ length: rows }, (_, i) => value(i));
  return typedTable({
    i: [new arrow.Int32(), of((i) => (i % 3 === 0 ? null : i))],
    l: [new arrow.Int64(), of((i) => BigInt(i) << 50n)],
    f: [new arrow.Float64(), of((i) => i / 8)],
    b: [new arrow.Bool(), of((i) => i % 2 === 0)],
    s: [new arrow.Utf8(), of((i) => (i % 5 === 0 ? null : `text ${i % 7}`))],
    d: [new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()), of((i) => `d${i % 3}`)],
    items: [new arrow.List(new arrow.Field("item", new arrow.Int32(), true)), of((i) => [i, i + 1])],
  });
}

const FILES: Record<TableFormatName, (table: arrow.Table) => Uint8Array> = {
  parquet: (table) => parquetFile(table, { compression: Compression.SNAPPY, rowGroupRows: 10 }),
  arrow: arrowFile,
  "arrow-stream": arrowStream,
};

/** Seeded numbers below n. */
function random(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** What the product says of a damage that killed or hung the reader: an error, and this process lives. */
async function contained(t: ExecutionContext, format: TableFormatName, path: string, bytes: Uint8Array): Promise<void> {
  const file = write(folder(t), "evil", bytes);
  await t.throwsAsync(
    async () => {
      const { layout } = await runTableChild({ kind: "describe", format, path: file });
      await runTableChild({
        kind: "convert",
        format,
        path: file,
        from: 0,
        to: layout!.groups.length,
        fields: layout!.fields,
        prefix: `${file}-t-`,
        tableBytes: 2 ** 25,
      });
    },
    { message: /evil/ },
    path,
  );
}

/** Bytes at either end of a file, where what is said of the whole lies. */
const ENDS = 16;

for (const format of ["parquet", "arrow", "arrow-stream"] as const) {
  test(`${format}: a file that is cut short is an error that names it`, async (t) => {
    t.timeout(600_000);
    const bytes = FILES[format](varied(25));
    const path = write(folder(t), "a", bytes);
    const next = random(11);
    const cuts = new Set([...Array.from({ length: 150 }, () => next(bytes.length)), ...Array.from({ length: 4 * ENDS }, (_, i) => i)]);
    for (let i = 1; i <= 8 * ENDS; i++) cuts.add(bytes.length - i);
    const damages = [...cuts].map((cut): Damage => ({ cut }));
    const found = await outcomes({ format, path, damages: [...damages, {}] });
    const whole = found.pop();
    t.is(whole?.rows, 25);
    for (const [i, reply] of found.entries()) {
      const cut = damages[i]!.cut!;
      if (reply === null) await contained(t, format, `cut at ${cut}`, damaged(bytes, { cut }));
      else
        t.true(
          reply.rows === null && reply.code.startsWith("E_") && reply.code !== "E_INTERNAL" && reply.message.includes(path),
          `cut at ${cut}: ${reply.rows} rows, ${reply.code} ${reply.message}`,
        );
    }
  });

  test(`${format}: files with flipped bits are errors that name them, or have their rows`, async (t) => {
    t.timeout(600_000);
    const bytes = FILES[format](varied(25));
    const path = write(folder(t), "a", bytes);
    const next = random(7);
    // Those of parquet trap the decoder often, and each trap takes a new process.
    const anywhere = Array.from(
      { length: format === "parquet" ? 30 : 200 },
      (): Damage => ({
        flips: Array.from({ length: 1 + next(3) }, () => next(8 * bytes.length)),
      }),
    );
    const ends = Array.from({ length: ENDS }, (_, i): Damage => ({ flips: [8 * (i < ENDS / 2 ? i : bytes.length - ENDS + i) + next(8)] }));
    const damages = [...anywhere, ...ends];
    const found = await outcomes({ format, path, damages });
    t.is(found.length, damages.length);
    let errors = 0;
    let died = 0;
    for (const [i, reply] of found.entries()) {
      if (reply === null) {
        // A process each takes long: some of them stand for all.
        if (died++ < 3) await contained(t, format, `damage ${i}`, damaged(bytes, damages[i]!));
      } else if (reply.rows === null) {
        errors++;
        t.true(reply.code.startsWith("E_") && reply.code !== "E_INTERNAL" && reply.message.includes(path), `damage ${i}: ${reply.code} ${reply.message}`);
      } else t.is(reply.rows, 25, `damage ${i}`);
    }
    t.true(errors > damages.length / 10, `${errors} errors of ${damages.length}`);
  });
}
