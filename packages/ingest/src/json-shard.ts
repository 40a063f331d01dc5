import { JSON_ERROR_TEXTS, JSON_FLAGS, JSON_NAMES } from "@crossbill/kernels";
import type { ErrorCode, v1 } from "@crossbill/messages";
import type { Runtime } from "./runtime.js";
import type { RowProblem, ShardInput } from "./shard-source.js";
import { TextShard } from "./text-shard.js";

/** A shard of JSON lines. */
export class JsonShard extends TextShard {
  readonly #names: number;
  readonly #out: number;
  readonly #errors: number;
  readonly #errorAt: number;

  constructor(runtime: Runtime, params: v1.ShardParams, inputs: readonly ShardInput[], used: ReadonlySet<string>) {
    super(runtime, params, inputs, used);
    const { arena } = runtime;
    this.#names = placeNames(runtime, this.fields);
    this.#out = arena.take(32);
    this.#errors = arena.take(this.room.maxRows);
    this.#errorAt = arena.take(4 * this.room.maxRows);
  }

  protected readRows(): number {
    const { arena, kernels } = this.runtime;
    const { slots, columns, starts, lengths, stride, rowStarts, rowLengths, rowFlags, maxRows } = this.room;
    const rows = kernels.json_rows(
      this.#out,
      this.position,
      this.end,
      this.#names,
      slots,
      columns,
      starts,
      lengths,
      stride,
      rowStarts,
      rowLengths,
      rowFlags,
      this.#errors,
      this.#errorAt,
      maxRows,
    );
    this.position = arena.u32(this.#out, 1)[0]!;
    return rows;
  }

  protected countLines(from: number, to: number): number {
    return this.runtime.kernels.lines_count(from, to);
  }

  protected changed(row: number): boolean {
    return (this.flags()[row]! & JSON_FLAGS.UNESCAPED) !== 0;
  }

  problems(): RowProblem[] {
    const problems: RowProblem[] = [];
    const errors = this.runtime.arena.u8(this.#errors, this.rows);
    for (const [row, flags] of this.flags().entries()) {
      if ((flags & JSON_FLAGS.UTF8) !== 0) problems.push({ row, code: "E_UTF8" });
      else if (errors[row] !== 0) problems.push({ row, code: "E_JSON" });
    }
    return problems;
  }

  reason(row: number, code: ErrorCode): string {
    if (code === "E_UTF8") return "not valid UTF-8";
    const { arena } = this.runtime;
    return jsonReason(arena.u8(this.#errors, this.rows)[row]!, arena.u32(this.#errorAt, this.rows)[row]!);
  }
}

/** Why a row is no JSON object, for people. @param at bytes of the row before it */
export function jsonReason(error: number, at: number): string {
  return `not a JSON object: ${JSON_ERROR_TEXTS[error]}, ${at} bytes into the row`;
}

/** The block of names that the kernel reads. */
function placeNames({ arena, kernels }: Runtime, fields: readonly string[]): number {
  const slots = 2 ** (32 - Math.clz32(2 * fields.length + 1));
  const table = arena.take(4 * slots);
  const [starts, lengths, seen] = [0, 0, 0].map(() => arena.take(4 * fields.length)) as [number, number, number];
  const names = fields.map((field) => Buffer.from(field));
  const all = Buffer.concat(names);
  let at = arena.take(all.length);
  const block = arena.take(JSON_NAMES.blockBytes);
  arena.u8(at, all.length).set(all);
  arena.u32(lengths, fields.length).set(names.map(({ length }) => length));
  const starting = arena.u32(starts, fields.length);
  for (const [i, { length }] of names.entries()) {
    starting[i] = at;
    at += length;
  }
  const words = arena.u32(block, JSON_NAMES.blockBytes / 4);
  words[JSON_NAMES.fields] = fields.length;
  words[JSON_NAMES.mask] = slots - 1;
  words[JSON_NAMES.table] = table;
  words[JSON_NAMES.starts] = starts;
  words[JSON_NAMES.lengths] = lengths;
  words[JSON_NAMES.seen] = seen;
  kernels.json_names(block);
  return block;
}
