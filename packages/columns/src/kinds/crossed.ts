import { crossedId } from "@crossbill/kernels";
import type { v1 } from "@crossbill/messages";
import type { BatchContext, BatchEncoder, Column, StateOf } from "../column.js";
import { countOf } from "../field-of.js";
import { specError } from "../spec-error.js";
import { BATCH_ROWS } from "../text-batch.js";

/** Ids of an exact cross at most. */
export const EXACT_CROSS_IDS = 1e6;

/**
 * The combination of several inputs, whose order matters: entries of columns by name, else raw fields.
 * Exact (without `buckets`): mixed radix, the first input leading: id = (id_1 r_2 + id_2) r_3 + id_3 ..., r the inputs' radices; so id 0 is "all missing".
 * Hashed: id 0 when every input is missing; else 1 + h mod buckets, h = FingerprintCat64 over the inputs from 0xDECAFCAFFE + salt on, where an entry
 * brings its id and a raw field its fingerprint (0 where missing).
 * @throws E_CROSS_SIZE when it must be exact and cannot; E_CROSS_INPUT
 */
export function crossed(name: string, spec: v1.CrossedSpec.$Properties, entry: (name: string) => Column | undefined): Column {
  const names = spec.inputs ?? [];
  const buckets = countOf(name, "buckets", spec.buckets, 0);
  const salt = countOf(name, "salt", spec.salt, 0);
  if (names.length < 2) throw specError(name, `it crosses ${names.length} inputs; at least 2 are needed`, "E_CROSS_INPUT");
  if (new Set(names).size !== names.length) throw specError(name, `it crosses ${names.join(" x ")}: each input once`, "E_CROSS_INPUT");
  const inputs: Input[] = names.map((input) => ({ name: input, column: entry(input) ?? null }));
  for (const { name: input, column } of inputs) {
    if (input === "") throw specError(name, "one of its inputs has no name", "E_CROSS_INPUT");
    if (column?.kind === "numeric") throw specError(name, `its input "${input}" is a numeric column; cross a bucketized one instead`, "E_CROSS_INPUT");
  }
  const radices = inputs.map(({ column }) => column?.radix ?? Number.POSITIVE_INFINITY);
  const product = radices.reduce((a, b) => a * b, 1);
  if (buckets === 0 && !(product <= EXACT_CROSS_IDS)) {
    const sizes = inputs.map(({ name: input }, i) => `${input}: ${Number.isFinite(radices[i]) ? radices[i] : "unknown"}`).join(", ");
    throw specError(
      name,
      `an exact cross has at most ${EXACT_CROSS_IDS} ids, and the sizes of its inputs are ${sizes}; give it buckets (or the vocabulary a maxSize)`,
      "E_CROSS_SIZE",
    );
  }
  const size = buckets === 0 ? product : 1 + buckets;
  return {
    name,
    kind: "crossed",
    fields: inputs.filter(({ column }) => column === null).map((input) => input.name),
    reads: "texts",
    inputs: inputs.flatMap(({ column }) => column ?? []),
    radix: size,
    size: () => size,
    featureName: (id, states) => {
      if (id === 0) return `${name} missing`;
      return buckets === 0 ? exactName(id, inputs, radices, states) : `${name}#${id - 1}`;
    },
    batchEncoder: (context) => (buckets === 0 ? exactBatch(inputs, radices, context) : hashedBatch(inputs, buckets, salt, context)),
    rowEncoder: () => (row) => {
      if (buckets === 0) return inputs.reduce((id, input, i) => id * radices[i]! + row.id(input.name), 0);
      return crossedId(
        inputs.map(({ name: input, column }) => (column !== null ? BigInt(row.id(input)) : row.text(input) === null ? 0n : row.fingerprint(input))),
        buckets,
        salt,
      );
    },
  };
}

interface Input {
  readonly name: string;
  /** The entry of columns; null: a raw field. */
  readonly column: Column | null;
}

function exactBatch(inputs: readonly Input[], radices: readonly number[], { runtime, ids }: BatchContext): BatchEncoder {
  const pointers = inputs.map(({ column }) => ids(column!));
  return (batch, out) => {
    const crossedIds = runtime.arena.u32(out, batch.rows).fill(0);
    pointers.forEach((pointer, i) => {
      const radix = radices[i]!;
      const own = runtime.arena.u32(pointer, batch.rows);
      for (let row = 0; row < own.length; row++) crossedIds[row] = crossedIds[row]! * radix + own[row]!;
    });
  };
}

function hashedBatch(inputs: readonly Input[], buckets: number, salt: number, { runtime, ids }: BatchContext): BatchEncoder {
  const { arena, kernels } = runtime;
  const state = arena.take(BATCH_ROWS * 8);
  const present = arena.take(BATCH_ROWS);
  return (batch, out) => {
    kernels.cross_begin_u64(state, present, batch.rows, salt);
    for (const { name, column } of inputs) {
      if (column === null) kernels.cross_texts_u64(state, present, batch.fingerprints(name), batch.rows);
      else kernels.cross_ids_u64(state, present, ids(column), batch.rows);
    }
    kernels.cross_end_u32(out, state, present, batch.rows, buckets);
  };
}

function exactName(id: number, inputs: readonly Input[], radices: readonly number[], states: StateOf): string {
  const names: string[] = [];
  let rest = id;
  for (let i = inputs.length - 1; i >= 0; i--) {
    names.unshift(inputs[i]!.column!.featureName(rest % radices[i]!, states));
    rest = Math.floor(rest / radices[i]!);
  }
  return names.join(" x ");
}
