import { crossKey, crossKeyParts, textFingerprint } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import type { Column, ColumnFit, FitContext, Fitting, StateOf } from "../column.js";
import { CrossKeys, type KeyPart, knownIds } from "../cross-keys.js";
import { Dictionary } from "../dictionary.js";
import { countOf } from "../field-of.js";
import { specError } from "../spec-error.js";
import { type Admission, type VocabularyView, valueBytes } from "../vocabulary-state.js";
import { idOfText, idsOfTexts, viewIn, vocabularyGrowth } from "./vocabulary-ids.js";

/** An input of a cross. */
export interface CrossedInput {
  readonly name: string;
  /** The entry of columns; null: a raw field. */
  readonly column: Column | null;
}

/**
 * An exact cross whose ids are those of a vocabulary of the combinations seen: id 0 all inputs missing; 1 ... buckets (`outOfVocabulary`): unknown combinations,
 * 1 + fingerprint of the key mod buckets; then the combinations in order of their admission, as in a vocabulary. A raw field and a learned vocabulary take part with
 * the text of the field, other entries with their ids, which must be known before anything is fitted.
 * @throws E_CROSS_INPUT
 */
export function crossedVocabulary(name: string, inputs: readonly CrossedInput[], spec: v1.CrossVocabulary.$Properties): Column {
  const buckets = Math.max(1, countOf(name, "outOfVocabulary", spec.outOfVocabulary, 0));
  const maxSize = countOf(name, "maxSize", spec.maxSize, 0);
  const admission = { maxSize, minCount: Math.max(1, countOf(name, "minCount", spec.minCount, 0)) };
  const parts = inputs.map((input) => partOf(name, input));
  const columns = inputs.flatMap(({ column }) => column ?? []);
  const viewOf = (states: StateOf): VocabularyView => viewIn(states, name, null, buckets);
  return {
    name,
    kind: "crossed",
    fields: inputs.flatMap((input) => (input.column === null ? [input.name] : [])),
    reads: "texts",
    inputs: columns,
    idInputs: parts.flatMap(({ ids }) => ids ?? []),
    outOfVocabulary: buckets,
    radix: 1 + buckets + (maxSize > 0 ? maxSize : Number.POSITIVE_INFINITY),
    fitting: crossFitting(name, parts, admission),
    size: (states) => {
      const { first, known } = viewOf(states);
      return first + known;
    },
    featureName: (id, states) => {
      if (id === 0) return `${name} missing`;
      if (id <= buckets) return buckets === 1 ? `${name}=(other)` : `${name}=(other ${id})`;
      const key = valueBytes(viewOf(states), id);
      return key === null ? `${name}=(a combination without weight)` : combinationName(key, inputs, parts, states);
    },
    batchEncoder: (context) => {
      const keys = new CrossKeys(parts, context.runtime, context.ids);
      const idsOf = idsOfTexts(buckets, viewOf(context.states), context);
      return (batch, out) => {
        const { fingerprints, starts, lengths } = keys.write(batch);
        idsOf(out, fingerprints, starts, lengths, batch.rows);
      };
    },
    rowEncoder: (states) => {
      const idOf = idOfText(buckets, viewOf(states));
      return (row) => {
        const key = crossKey(parts.map(({ field, ids }) => (ids === null ? row.text(field!) : row.id(ids.name) || null)));
        return key === null ? 0 : idOf(key, () => textFingerprint(key));
      };
    },
  };
}

/** Whether the ids of a column are known before anything is fitted. */
function isGiven({ fitting, inputs }: Column): boolean {
  return fitting === undefined && inputs.every(isGiven);
}

function partOf(name: string, { name: input, column }: CrossedInput): KeyPart {
  if (column === null) return { field: input, ids: null };
  const refuse = (why: string): never => {
    throw specError(name, `it has a vocabulary, and its input "${input}" ${why}`, "E_CROSS_INPUT");
  };
  if (column.multi !== undefined) refuse("holds several values, whose combinations are not learned; give the cross buckets in place of its vocabulary");
  if (column.kind === "vocabulary" && column.fitting !== undefined) return { field: column.fields[0]!, ids: null };
  if (column.kind === "bucketized" && column.fitting !== undefined)
    refuse("has boundaries that are learned from the same rows, so its ids are not known when these are counted; give it boundaries, or the cross buckets");
  if (!isGiven(column))
    refuse("has ids that are learned from the same rows, so they are not known when these are counted; cross its own inputs, or give the cross buckets");
  return { field: null, ids: column };
}

function crossFitting(name: string, parts: readonly KeyPart[], admission: Admission): Fitting {
  return {
    start: ({ runtime }: FitContext): ColumnFit => {
      const dictionary = new Dictionary(runtime);
      const known = knownIds(
        parts.flatMap(({ ids }) => ids ?? []),
        runtime,
      );
      const keys = new CrossKeys(parts, runtime, known.ids);
      return {
        update: (batch, keep) => {
          known.encode(batch);
          const { fingerprints, starts, lengths } = keys.write(batch);
          dictionary.add(fingerprints, starts, lengths, keep, batch.rows);
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
    const [part, column] = [held[i] ?? null, parts[i]!.ids];
    if (column !== null) return column.featureName(typeof part === "number" ? part : 0, states);
    return part === null ? `${name} missing` : `${name}=${part}`;
  });
  return names.join(" x ");
}
