import { combinePairs, crossKey, crossKeyParts, textFingerprint } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import type { Column, ColumnFit, FitContext, Fitting, RowPairsOf, StateOf } from "../column.js";
import { Combinations } from "../combinations.js";
import { CrossKeys, type KeyPart, knownIds, type PlacedIds, type PlacedPart } from "../cross-keys.js";
import { Dictionary } from "../dictionary.js";
import { countOf } from "../field-of.js";
import { type ColumnItems, combinationsOf } from "../items.js";
import type { PreparedBatch } from "../prepared-batch.js";
import { checkCombinations, type RowFields } from "../row-fields.js";
import { specError } from "../spec-error.js";
import { BATCH_ROWS } from "../text-batch.js";
import { type Admission, type VocabularyView, valueBytes } from "../vocabulary-state.js";
import { rowItems } from "./item-pairs.js";
import { type IdOfText, idOfText, idsOfTexts, viewIn, vocabularyGrowth } from "./vocabulary-ids.js";

/** An input of a cross. */
export interface CrossedInput {
  readonly name: string;
  /** The entry of columns; null: a raw field. */
  readonly column: Column | null;
}

/**
 * An exact cross whose ids are those of a vocabulary of the combinations seen: id 0 all inputs missing; 1 ... buckets (`outOfVocabulary`): unknown combinations,
 * 1 + fingerprint of the key mod buckets; then the combinations in order of their admission, as in a vocabulary. A raw field and a learned vocabulary take part with
 * the text of the field (or of its items), other entries with their ids, which must be known before anything is fitted. With inputs of several values: every combination of
 * theirs is one, values multiplied.
 * @throws E_CROSS_INPUT
 */
export function crossedVocabulary(name: string, inputs: readonly CrossedInput[], spec: v1.CrossVocabulary.$Properties): Column {
  const buckets = Math.max(1, countOf(name, "outOfVocabulary", spec.outOfVocabulary, 0));
  const maxSize = countOf(name, "maxSize", spec.maxSize, 0);
  const admission = { maxSize, minCount: Math.max(1, countOf(name, "minCount", spec.minCount, 0)) };
  const parts = inputs.map((input) => partOf(name, input));
  const columns = inputs.flatMap(({ column }) => column ?? []);
  const known = parts.flatMap((part) => (part.kind === "ids" ? [part.column] : []));
  const cuts = combinationsOf({ inputs: columns });
  const several = columns.some(({ multi }) => multi !== undefined);
  const viewOf = (states: StateOf): VocabularyView => viewIn(states, name, null, buckets);
  const shared = {
    name,
    kind: "crossed" as const,
    fields: inputs.flatMap((input) => (input.column === null ? [input.name] : [])),
    reads: "texts" as const,
    inputs: columns,
    idInputs: known,
    outOfVocabulary: buckets,
    radix: 1 + buckets + (maxSize > 0 ? maxSize : Number.POSITIVE_INFINITY),
    fitting: crossFitting(name, parts, known, several ? cuts : null, admission),
    size: (states: StateOf) => {
      const { first, known: admitted } = viewOf(states);
      return first + admitted;
    },
    featureName: (id: number, states: StateOf) => {
      if (id === 0) return `${name} missing`;
      if (id <= buckets) return buckets === 1 ? `${name}=(other)` : `${name}=(other ${id})`;
      const key = valueBytes(viewOf(states), id);
      return key === null ? `${name}=(a combination without weight)` : combinationName(key, inputs, parts, states);
    },
  };
  if (several) {
    return {
      ...shared,
      // Unknown combinations share ids, so values other than 1 come up.
      multi: { valued: true },
      pairsEncoder: (context) => {
        const listed = new Combinations(context.runtime, parts, context, cuts);
        const keys = new CrossKeys(context.runtime);
        const idsOf = idsOfTexts(buckets, viewOf(context.states), context);
        const lengths = context.runtime.arena.take(BATCH_ROWS * 4);
        context.runtime.arena.u32(lengths, BATCH_ROWS).fill(0);
        return (batch, out) => {
          const { count, offsets, parts: placed, values } = listed.of(batch);
          const { fingerprints, starts, lengths: sizes } = keys.write(placed, count);
          const draft = out.draft(count);
          idsOf(draft.ids, fingerprints, starts, sizes, count);
          context.runtime.kernels.copy_bytes(draft.values, values, 8 * count);
          out.combine(offsets, lengths, batch.rows, count, false);
        };
      },
      rowPairsEncoder: (states) => rowPairs(parts, cuts, idOfText(buckets, viewOf(states))),
    };
  }
  return {
    ...shared,
    batchEncoder: (context) => {
      const keys = new CrossKeys(context.runtime);
      const idsOf = idsOfTexts(buckets, viewOf(context.states), context);
      return (batch, out) => {
        const { fingerprints, starts, lengths } = keys.write(placedParts(parts, batch, context), batch.rows);
        idsOf(out, fingerprints, starts, lengths, batch.rows);
      };
    },
    rowEncoder: (states) => {
      const idOf = idOfText(buckets, viewOf(states));
      return (row) => {
        const key = crossKey(
          parts.map((part) => (part.kind === "text" ? row.text(part.field) : part.kind === "ids" ? row.id(part.column.name) || null : null)),
        );
        return key === null ? 0 : idOf(key, () => textFingerprint(key));
      };
    },
  };
}

/** Parts of one entry a row. */
function placedParts(parts: readonly KeyPart[], batch: PreparedBatch, { ids }: PlacedIds): PlacedPart[] {
  return parts.map((part) => {
    if (part.kind === "text") return { starts: batch.starts(part.field), lengths: batch.lengths(part.field) };
    if (part.kind === "ids") return { ids: ids(part.column) };
    throw new TypeError(`the items of "${part.items.field}" are several entries a row`);
  });
}

/** The pairs of one row, of all combinations; what {@link Combinations} lists. */
function rowPairs(parts: readonly KeyPart[], cuts: readonly ColumnItems[], idOf: IdOfText): RowPairsOf {
  return (row) => {
    checkCombinations(row, cuts);
    let combinations: { readonly parts: (string | number | null)[]; readonly value: number }[] = [{ parts: [], value: 1 }];
    for (const part of parts) {
      const entries = rowEntries(part, row);
      combinations = combinations.flatMap(({ parts: before, value }) =>
        entries.map((entry) => ({ parts: [...before, entry.part], value: value * entry.value })),
      );
    }
    const ids = combinations.map(({ parts: of }) => {
      const key = crossKey(of);
      return key === null ? 0 : idOf(key, () => textFingerprint(key));
    });
    return combinePairs({ ids, values: combinations.map(({ value }) => value) }, false);
  };
}

function rowEntries(part: KeyPart, row: RowFields): { readonly part: string | number | null; readonly value: number }[] {
  if (part.kind === "text") return [{ part: row.text(part.field), value: 1 }];
  if (part.kind === "ids") {
    const pairs = row.pairs.get(part.column.name);
    if (pairs === undefined) return [{ part: row.id(part.column.name) || null, value: 1 }];
    return pairs.ids.map((id, i) => ({ part: id || null, value: pairs.values[i]! }));
  }
  const items = rowItems(part.items, row);
  if (items === null) return [{ part: null, value: 1 }];
  const kept = part.items.once ? items.filter(({ text }, i) => items.findIndex((other) => other.text === text) === i) : items;
  return kept.map(({ text, value }) => ({ part: text, value }));
}

/** Whether the ids of a column are known before anything is fitted. */
function isGiven({ fitting, inputs }: Column): boolean {
  return fitting === undefined && inputs.every(isGiven);
}

function partOf(name: string, { name: input, column }: CrossedInput): KeyPart {
  if (column === null) return { kind: "text", field: input };
  const refuse = (why: string): never => {
    throw specError(name, `it has a vocabulary, and its input "${input}" ${why}`, "E_CROSS_INPUT");
  };
  if (column.kind === "vocabulary" && column.fitting !== undefined)
    return column.items === undefined ? { kind: "text", field: column.fields[0]! } : { kind: "items", items: column.items };
  if (column.kind === "bucketized" && column.fitting !== undefined)
    refuse("has boundaries that are learned from the same rows, so its ids are not known when these are counted; give it boundaries, or the cross buckets");
  if (!isGiven(column))
    refuse("has ids that are learned from the same rows, so they are not known when these are counted; cross its own inputs, or give the cross buckets");
  return { kind: "ids", column };
}

function crossFitting(name: string, parts: readonly KeyPart[], inputs: readonly Column[], cuts: readonly ColumnItems[] | null, admission: Admission): Fitting {
  return {
    start: ({ runtime }: FitContext): ColumnFit => {
      const dictionary = new Dictionary(runtime);
      const known = knownIds(inputs, runtime);
      const keys = new CrossKeys(runtime);
      const listed = cuts !== null ? new Combinations(runtime, parts, known, cuts) : null;
      const keeps = runtime.arena.room();
      return {
        update: (batch, keep) => {
          known.encode(batch);
          if (listed === null) {
            const { fingerprints, starts, lengths } = keys.write(placedParts(parts, batch, known), batch.rows);
            dictionary.add(fingerprints, starts, lengths, keep, batch.rows);
            return;
          }
          const { count, offsets, parts: placed } = listed.of(batch);
          const { fingerprints, starts, lengths } = keys.write(placed, count);
          const { arena } = runtime;
          const kept = keeps.bytes(count);
          const [of, from, to] = [arena.u8(keep, batch.rows), arena.u32(offsets, batch.rows + 1), arena.u8(kept, count)];
          for (let row = 0; row < batch.rows; row++) to.fill(of[row]!, from[row], from[row + 1]);
          dictionary.add(fingerprints, starts, lengths, kept, count);
        },
        partial: () => ({ name, vocabulary: v1.VocabularyPartial.create(dictionary.sorted()) }),
      };
    },
    ...vocabularyGrowth(name, admission),
  };
}

/** `device=phone x day=3`. */
function combinationName(key: Uint8Array, inputs: readonly CrossedInput[], parts: readonly KeyPart[], states: StateOf): string {
  const held = crossKeyParts(key) ?? [];
  const names = inputs.map(({ name }, i) => {
    const [part, own] = [held[i] ?? null, parts[i]!];
    if (own.kind === "ids") return own.column.featureName(typeof part === "number" ? part : 0, states);
    return part === null ? `${name} missing` : `${name}=${part}`;
  });
  return names.join(" x ");
}
