import { fingerprint64, textFingerprint } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import type { Column, ColumnSpec } from "./column.js";
import { encodeDropped } from "./dropped-values.js";
import { planOf, withInputs } from "./plan.js";
import { specError, stateError } from "./spec-error.js";
import { statesOf } from "./states.js";
import { bytesAt, packTexts, readTexts, TextsBuilder } from "./texts.js";

/**
 * The part of the state that these columns' non-zero weights need; ids keep their meaning.
 * - Columns: `specs` and the entries their crosses read.
 * - A vocabulary keeps the values in `used`, with explicit ids, and neither counts nor pending values. If an out-of-vocabulary bucket is used too, it keeps the
 *   8-byte fingerprints of the dropped values, which must not get that bucket's weight: they encode to the lowest dropped id, which has none. (A value never
 *   seen is taken for a dropped one with probability (dropped values) / 2^64.) If none is used, dropped values encode as unknown ones: neither has a weight.
 * - A vocabulary that a cross with a used id reads keeps all its values, since the cross's id needs theirs (not where a cross with a vocabulary reads its field's text).
 * - The vocabulary of a cross is pruned like any other.
 * @param used by column, ascending ids with non-zero weight
 * @throws E_COLUMN_STATE for a state that is pruned already
 */
export function pruneState(specs: readonly ColumnSpec[], state: v1.FeatureState.$Properties, used: ReadonlyMap<string, Uint32Array>): v1.FeatureState {
  const plan = planOf(state.columns ?? []);
  const states = statesOf(state);
  const wanted = specs.map((spec) => plan.byName.get(spec.name ?? "") ?? unknown(spec.name ?? ""));
  const kept = new Set(withInputs(plan, wanted));
  const idInputsOf = ({ inputs, idInputs }: Column): readonly Column[] => idInputs ?? inputs;
  const crosses = wanted.filter(({ name, kind }) => kind === "crossed" && (used.get(name)?.length ?? 0) > 0);
  // The keys of a cross with a vocabulary hold ids of given values, which therefore stay given.
  const keyed = [...kept].filter(({ idInputs }) => idInputs !== undefined);
  const whole = new Set(withInputs(plan, [...crosses, ...keyed].flatMap(idInputsOf), idInputsOf));
  const columns: v1.ColumnSpec[] = [];
  const prunedStates: v1.ColumnState[] = [];
  for (const spec of state.columns ?? []) {
    const column = plan.byName.get(spec.name ?? "")!;
    if (!kept.has(column)) continue;
    const own = states(column.name);
    if (column.outOfVocabulary !== undefined) {
      const pruned = pruneVocabulary(column, spec, own?.vocabulary ?? null, whole.has(column) ? null : (used.get(column.name) ?? new Uint32Array(0)));
      columns.push(pruned.spec);
      if (pruned.state !== null) prunedStates.push(v1.ColumnState.create({ name: column.name, vocabulary: pruned.state }));
      continue;
    }
    columns.push(v1.ColumnSpec.create(spec as v1.ColumnSpec.$Shape));
    if (own !== undefined) prunedStates.push(v1.ColumnState.create(own as v1.ColumnState.$Shape));
  }
  return v1.FeatureState.create({ columns, states: prunedStates });
}

/** @param used null: all values stay */
function pruneVocabulary(
  column: Column,
  spec: ColumnSpec,
  fitted: v1.VocabularyState.$Properties | null,
  used: Uint32Array | null,
): { spec: v1.ColumnSpec; state: v1.VocabularyState | null } {
  if (fitted?.pruned === true) throw stateError(column.name, "its state is pruned already");
  const whole = v1.ColumnSpec.create(spec as v1.ColumnSpec.$Shape);
  const given = spec.vocabulary?.values ?? [];
  if (fitted === null && given.length === 0) throw stateError(column.name, "the state of the vocabulary is missing");
  if (used === null && fitted === null) return { spec: whole, state: null };
  const texts = fitted === null ? packTexts(given) : fitted.values;
  const values = readTexts(texts);
  const known = values.count;
  const first = 1 + column.outOfVocabulary!;
  const live = used?.filter((id) => id >= first && id < first + known) ?? null;
  const state = v1.VocabularyState.create({ pruned: true, known, values: v1.Texts.create(texts!) });
  if (live !== null && live.length < known) {
    const unknownUsed = used!.some((id) => id > 0 && id < first);
    const builder = new TextsBuilder();
    const dropped: bigint[] = [];
    let at = 0;
    for (let i = 0; i < known; i++) {
      if (live[at] === first + i) {
        builder.addFrom(values, i);
        at++;
        continue;
      }
      if (state.droppedId === 0) state.droppedId = first + i;
      if (unknownUsed) dropped.push(fingerprintOf(bytesAt(values, i)));
    }
    state.values = builder.finish();
    state.idGaps = Array.from(live, (id, i) => id - (i === 0 ? 0 : live[i - 1]!));
    if (unknownUsed) {
      const { bits, count, gaps } = encodeDropped(dropped);
      [state.droppedBits, state.droppedCount, state.droppedGaps] = [bits, count, gaps];
    } else state.droppedId = 0;
  }
  if (fitted !== null) return { spec: whole, state };
  // The given values move to the state; maxSize keeps the column's radix.
  const vocabulary = v1.VocabularySpec.create({ ...spec.vocabulary!, values: [], maxSize: known });
  return { spec: v1.ColumnSpec.create({ name: column.name, vocabulary } as v1.ColumnSpec.$Shape), state };
}

/** The fast way of single texts is for short ones of ASCII. */
function fingerprintOf(bytes: Uint8Array): bigint {
  let text = "";
  for (const byte of bytes) {
    if (byte >= 0x80 || bytes.length > 32) return fingerprint64(bytes);
    text += String.fromCharCode(byte);
  }
  return textFingerprint(text);
}

function unknown(name: string): never {
  throw specError(name, "the state does not hold it");
}
