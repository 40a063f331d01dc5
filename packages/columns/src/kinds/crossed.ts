import { type CrossInput, combinePairs, crossedId, crossPairs, type Room } from "@crossbill/kernels";
import type { v1 } from "@crossbill/messages";
import type { BatchContext, BatchEncoder, Column, PairsEncoder, RowPairsOf, StateOf } from "../column.js";
import { countOf } from "../field-of.js";
import { combinationsOf, MOST_COMBINATIONS } from "../items.js";
import { checkCombinations } from "../row-fields.js";
import { specError } from "../spec-error.js";
import { BATCH_ROWS } from "../text-batch.js";
import { crossedVocabulary, type CrossedInput as Input } from "./crossed-vocabulary.js";

/** Ids of an exact cross at most. */
export const EXACT_CROSS_IDS = 1e6;

/**
 * The combination of several inputs, whose order matters: entries of columns by name, else raw fields.
 * Exact (without `buckets`): mixed radix, the first input leading: id = (id_1 r_2 + id_2) r_3 + id_3 ..., r the inputs' radices; so id 0 is "all missing".
 * Hashed: id 0 when every input is missing; else 1 + h mod buckets, h = FingerprintCat64 over the inputs from 0xDECAFCAFFE + salt on, where an entry
 * brings its id and a raw field its fingerprint (0 where missing). With a vocabulary: see {@link crossedVocabulary}. With inputs of several values: every combination of theirs, values multiplied.
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
  if (spec.vocabulary != null) {
    if (buckets > 0) throw specError(name, `buckets: ${buckets} hashes its combinations, vocabulary learns them; one of the two is allowed`);
    return crossedVocabulary(name, inputs, spec.vocabulary);
  }
  const radices = inputs.map(({ column }) => column?.radix ?? Number.POSITIVE_INFINITY);
  const product = radices.reduce((a, b) => a * b, 1);
  if (buckets === 0 && !(product <= EXACT_CROSS_IDS)) {
    const sizes = inputs.map(({ name: input }, i) => `${input}: ${Number.isFinite(radices[i]) ? radices[i] : "unknown"}`).join(", ");
    throw specError(
      name,
      `an exact cross has at most ${EXACT_CROSS_IDS} ids, and the sizes of its inputs are ${sizes}; give it a vocabulary of the combinations seen ({ vocabulary: {} }), or buckets (or its input's vocabulary a maxSize)`,
      "E_CROSS_SIZE",
    );
  }
  const size = buckets === 0 ? product : 1 + buckets;
  const columns = inputs.flatMap(({ column }) => column ?? []);
  const multi = columns.flatMap((column) => column.multi ?? []);
  const shared = {
    name,
    kind: "crossed" as const,
    fields: inputs.filter(({ column }) => column === null).map((input) => input.name),
    reads: "texts" as const,
    inputs: columns,
    radix: size,
    size: () => size,
    featureName: (id: number, states: StateOf) => {
      if (id === 0) return `${name} missing`;
      return buckets === 0 ? exactName(id, inputs, radices, states) : `${name}#${id - 1}`;
    },
  };
  if (multi.length > 0) {
    // Several combinations can fall into one bucket; so values other than 1 come up.
    const valued = buckets > 0 || multi.some((input) => input.valued);
    return {
      ...shared,
      multi: { valued },
      pairsEncoder: (context) => crossedPairs(inputs, radices, buckets, salt, context),
      rowPairsEncoder: () => crossedRowPairs(shared.inputs, inputs, radices, buckets, salt),
    };
  }
  return {
    ...shared,
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

/** What was crossed so far: rows of states. */
interface Crossing {
  readonly offsets: Room;
  readonly state: Room;
  readonly present: Room;
  readonly values: Room;
}

function crossedPairs(inputs: readonly Input[], radices: readonly number[], buckets: number, salt: number, context: BatchContext): PairsEncoder {
  const { arena, kernels } = context.runtime;
  const crossing = (): Crossing => ({ offsets: arena.room(), state: arena.room(), present: arena.room(), values: arena.room() });
  const turns: readonly [Crossing, Crossing] = [crossing(), crossing()];
  const lengths = arena.take(BATCH_ROWS * 4);
  arena.u32(lengths, BATCH_ROWS).fill(0);
  const begin = ({ offsets, state, present, values }: Crossing, rows: number): void => {
    const [at, states, flags, ones] = [offsets.bytes(4 * (rows + 1)), state.bytes(8 * rows), present.bytes(rows), values.bytes(8 * rows)];
    const from = arena.u32(at, rows + 1);
    for (let row = 0; row <= rows; row++) from[row] = row;
    kernels.cross_begin_u64(states, flags, rows, salt);
    if (buckets === 0) kernels.fill_bytes(states, 0, 8 * rows);
    arena.f64(ones, rows).fill(1);
  };
  /** How many pairs there are when this input is crossed in, too. */
  const pairsWith = (before: Crossing, offsets: number, rows: number): number => {
    const from = arena.u32(before.offsets.at, rows + 1);
    if (offsets === 0) return from[rows]!;
    const own = arena.u32(offsets, rows + 1);
    let pairs = 0;
    for (let row = 0; row < rows; row++) pairs += Math.min(MOST_COMBINATIONS, (from[row + 1]! - from[row]!) * (own[row + 1]! - own[row]!));
    return pairs;
  };
  return (batch, out) => {
    const { rows } = batch;
    let [before, after] = turns;
    begin(before, rows);
    for (const [i, { name, column }] of inputs.entries()) {
      const list = column?.multi === undefined ? null : context.pairs(column);
      const n = pairsWith(before, list?.offsets ?? 0, rows);
      const [offsets, state, present, values] = [
        after.offsets.bytes(4 * (rows + 1)),
        after.state.bytes(8 * n),
        after.present.bytes(n),
        after.values.bytes(8 * n),
      ];
      kernels.lists_cross(
        offsets,
        state,
        present,
        values,
        before.offsets.at,
        before.state.at,
        before.present.at,
        before.values.at,
        list?.offsets ?? 0,
        list?.ids ?? (column === null ? 0 : context.ids(column)),
        column === null ? batch.fingerprints(name) : 0,
        list?.values ?? 0,
        rows,
        buckets === 0 ? radices[i]! : 0,
        MOST_COMBINATIONS,
      );
      [before, after] = [after, before];
    }
    const n = arena.u32(before.offsets.at, rows + 1)[rows]!;
    const draft = out.draft(n);
    kernels.lists_cross_ids(draft.ids, before.state.at, before.present.at, n, buckets);
    kernels.copy_bytes(draft.values, before.values.at, 8 * n);
    out.combine(before.offsets.at, lengths, rows, n, false);
  };
}

function crossedRowPairs(columns: readonly Column[], inputs: readonly Input[], radices: readonly number[], buckets: number, salt: number): RowPairsOf {
  const cuts = combinationsOf({ inputs: columns });
  return (row) => {
    checkCombinations(row, cuts);
    const keys = inputs.map(({ name, column }, i): CrossInput => {
      const radix = radices[i]!;
      if (column === null) return { keys: [row.text(name) === null ? 0n : row.fingerprint(name)], values: [1], radix };
      const pairs = row.pairs.get(column.name);
      if (pairs === undefined) return { keys: [BigInt(row.id(column.name))], values: [1], radix };
      return { keys: pairs.ids.map(BigInt), values: pairs.values, radix };
    });
    return combinePairs(crossPairs(keys, buckets, salt), false);
  };
}
