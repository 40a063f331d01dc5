import { v1 } from "@crossbill/messages";
import { type Counted, mergeCounted, picked } from "./counted.js";
import { type DroppedValues, decodeDropped } from "./dropped-values.js";
import { stateError } from "./spec-error.js";
import { bytesAt, joined, keyAt, readTexts, type TextList, textAt, textsOf } from "./texts.js";

/** A vocabulary as encoders read it. */
export interface VocabularyView {
  readonly values: TextList;
  /** Values ever admitted: ids are below first + known. */
  readonly known: number;
  /** Id of the value of index 0 where ids are consecutive. */
  readonly first: number;
  /** Ids of the values, ascending; null: consecutive from `first`. */
  readonly ids: Uint32Array | null;
  /** Values known once and without weight now; all of them encode to droppedId. */
  readonly dropped: DroppedValues;
  readonly droppedId: number;
}

const views = new WeakMap<v1.VocabularyState.$Properties, VocabularyView>();

/** The view of a fitted (or pruned) vocabulary, made once a state object. @throws E_COLUMN_STATE when it is damaged */
export function vocabularyView(name: string, state: v1.VocabularyState.$Properties, outOfVocabulary: number): VocabularyView {
  let view = views.get(state);
  if (view !== undefined) return view;
  const first = 1 + outOfVocabulary;
  let values: TextList;
  try {
    values = readTexts(state.values);
  } catch (cause) {
    throw stateError(name, `its vocabulary is damaged (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  const known = state.pruned === true ? (state.known ?? 0) : values.count;
  const ids = state.pruned === true && values.count < known ? valueIds(state) : null;
  if (ids !== null && !(ids.length === values.count && ids.every((id, i) => id >= first && id < first + known && (i === 0 || ids[i - 1]! < id))))
    throw stateError(name, "the ids of its vocabulary do not fit its values");
  const dropped = droppedIn(state);
  if (dropped === null) throw stateError(name, "its dropped values are damaged");
  view = { values, known, first, ids, dropped, droppedId: state.droppedId ?? 0 };
  views.set(state, view);
  return view;
}

/** The ids of a pruned vocabulary's values, ascending; none: they are consecutive, nothing was dropped. */
export function valueIds({ ids, idGaps }: v1.VocabularyState.$Properties): Uint32Array {
  if ((idGaps?.length ?? 0) === 0) return Uint32Array.from(ids ?? []);
  let id = 0;
  return Uint32Array.from(idGaps!, (gap) => {
    id += gap;
    return id;
  });
}

/** null: they are damaged. */
function droppedIn({ dropped, droppedBits, droppedCount, droppedGaps }: v1.VocabularyState.$Properties): DroppedValues | null {
  if ((droppedCount ?? 0) > 0) return decodeDropped({ bits: droppedBits ?? 0, count: droppedCount!, gaps: droppedGaps ?? new Uint8Array(0) });
  const whole = new Uint8Array(dropped ?? new Uint8Array(0));
  return whole.length % 8 === 0 ? { bits: 64, prefixes: new BigUint64Array(whole.buffer) } : null;
}

/** Text of the value with this id; null when the view does not hold it. */
export function valueText(view: VocabularyView, id: number): string | null {
  const index = indexOf(view, id);
  return index === null ? null : textAt(view.values, index);
}

/** Its bytes. */
export function valueBytes(view: VocabularyView, id: number): Uint8Array | null {
  const index = indexOf(view, id);
  return index === null ? null : bytesAt(view.values, index);
}

function indexOf(view: VocabularyView, id: number): number | null {
  let index = id - view.first;
  if (view.ids !== null) {
    let low = 0;
    let high = view.ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (view.ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    index = view.ids[low] === id ? low : -1;
  }
  return index >= 0 && index < view.values.count ? index : null;
}

/** Which values a vocabulary admits. */
export interface Admission {
  /** 0: no limit. */
  readonly maxSize: number;
  readonly minCount: number;
}

/**
 * The first vocabulary of counted values: those with at least minCount, by count descending, then by bytes; the first maxSize of them.
 * All others are pending.
 */
export function admitFirst(counted: Counted, admission: Admission): v1.VocabularyState {
  return admit(readTexts(null), [], counted, admission);
}

/**
 * The vocabulary after another night: known values keep their ids and add the new counts; the other values' counts add to what was pending, and those
 * that now reach minCount are appended in the order above, as long as there is room.
 * @throws E_COLUMN_STATE for a pruned state
 */
export function admitMore(name: string, state: v1.VocabularyState.$Properties, fresh: Counted, admission: Admission): v1.VocabularyState {
  if (state.pruned === true) throw stateError(name, "its vocabulary is that of a model (pruned), which cannot grow");
  const known = readTexts(state.values);
  const indexOf = new Map<string, number>();
  for (let i = 0; i < known.count; i++) indexOf.set(keyAt(known, i), i);
  const knownCounts = Array.from(state.counts ?? []);
  const unknown = new Uint32Array(fresh.list.count);
  let n = 0;
  for (let i = 0; i < fresh.list.count; i++) {
    const index = indexOf.get(keyAt(fresh.list, i));
    if (index === undefined) unknown[n++] = i;
    else knownCounts[index]! += fresh.counts[i]!;
  }
  const waiting: Counted = { list: readTexts(state.pending), counts: Float64Array.from(state.pendingCounts ?? []), mostLost: state.mostLost ?? 0 };
  return admit(known, knownCounts, mergeCounted(waiting, pickedCounts(fresh, unknown.subarray(0, n))), admission);
}

function admit(known: TextList, knownCounts: readonly number[], candidates: Counted, admission: Admission): v1.VocabularyState {
  const { list, counts, mostLost } = candidates;
  const room = admission.maxSize === 0 ? list.count : Math.max(0, admission.maxSize - known.count);
  const admitted = byCount(counts, admission.minCount).subarray(0, room);
  const taken = new Uint8Array(list.count);
  for (const i of admitted) taken[i] = 1;
  const rest = new Uint32Array(list.count - admitted.length);
  let n = 0;
  for (let i = 0; i < list.count; i++) if (taken[i] === 0) rest[n++] = i;
  return v1.VocabularyState.create({
    values: textsOf(joined(known, picked(list, admitted))),
    counts: numbersAt(counts, admitted, knownCounts),
    pending: textsOf(picked(list, rest.subarray(0, n))),
    pendingCounts: numbersAt(counts, rest, []),
    mostLost,
  });
}

/** `first`, then the counts of these indices, as messages hold them. */
function numbersAt(counts: Float64Array, order: Uint32Array, first: readonly number[]): number[] {
  const out = new Array<number>(first.length + order.length);
  for (let i = 0; i < first.length; i++) out[i] = first[i]!;
  for (let i = 0; i < order.length; i++) out[first.length + i] = counts[order[i]!]!;
  return out;
}

/** The values of these indices, in their order. */
export function pickedCounts({ list, counts, mostLost }: Counted, order: Uint32Array): Counted {
  const some = new Float64Array(order.length);
  for (let i = 0; i < order.length; i++) some[i] = counts[order[i]!]!;
  return { list: picked(list, order), counts: some, mostLost };
}

/** Counts below it are sorted by counting: most values are rare. */
const RARE = 1024;

/** The indices of counts >= least, by count descending, equal counts ascending (candidates are in byte order, so the index breaks ties). */
function byCount(counts: Float64Array, least: number): Uint32Array {
  const frequent: number[] = [];
  const places = new Uint32Array(RARE);
  let rare = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (count < least) continue;
    if (count < RARE) {
      places[count]!++;
      rare++;
    } else frequent.push(i);
  }
  const order = new Uint32Array(frequent.length + rare);
  order.set(frequent.sort((a, b) => counts[b]! - counts[a]! || a - b));
  let at = frequent.length;
  for (let count = RARE - 1; count >= 0; count--) {
    const here = places[count]!;
    places[count] = at;
    at += here;
  }
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (count >= least && count < RARE) order[places[count]!++] = i;
  }
  return order;
}
