import { CrossbillError, v1 } from "@crossbill/messages";
import { bytesOf, NO_VALUE } from "./history-rows.js";
import { TextIndex, textsOf } from "./text-index.js";

/** Rows that histories are made of at most: a merge holds 28 bytes of each. */
export const MOST_HISTORY_ROWS = 2 ** 27;

/**
 * The histories of the rows of all shards, shard by shard. With the rows of a key in order of `order` (equal ones as they stand in the data), a row's list
 * holds the values of those whose order is strictly smaller, the latest `last` of them, oldest first: never its own, never one of the same moment.
 * Pure; shards in the data's order.
 */
export function mergeHistories(specs: readonly v1.HistorySpec[], shards: readonly v1.HistoryRows[]): v1.HistoryLists[] {
  for (const shard of shards) checkRows(specs, shard);
  const lists = specs.map(({ last }, h) =>
    mergeOne(
      last,
      shards.map((shard) => shard.histories[h]!),
    ),
  );
  return shards.map((_, s) => v1.HistoryLists.create({ histories: lists.map((of) => of[s]!) }));
}

/** @throws E_MESSAGE_CORRUPT when the parts of a message do not fit together */
function checkRows(specs: readonly v1.HistorySpec[], { histories }: v1.HistoryRows): void {
  const sound = specs.every((_, h) => {
    const of = histories[h];
    if (of?.texts == null) return false;
    const rows = of.values.length / 4;
    const bytes = of.texts.lengths.reduce((sum, length) => sum + length, 0);
    const count = of.texts.lengths.length;
    if (of.keys.length !== 8 * rows || of.orders.length !== 8 * rows || bytes !== of.texts.bytes.length || !Number.isInteger(rows)) return false;
    return new Uint32Array(copyOf(of.values)).every((value) => value < count || value === NO_VALUE);
  });
  if (!sound) throw new CrossbillError("E_MESSAGE_CORRUPT", "the rows that histories are made of do not fit together; run again with --fresh");
}

function mergeOne(last: number, shards: readonly v1.HistoryRowsOf[]): v1.HistoryListsOf[] {
  const sizes = shards.map(({ values }) => values.length / 4);
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  if (rows > MOST_HISTORY_ROWS)
    throw new CrossbillError("E_HISTORY_SIZE", `histories of ${rows} rows; at most ${MOST_HISTORY_ROWS} can be merged: give nights.window, or fewer files`, {
      exitCode: 2,
    });
  const keys = new BigUint64Array(rows);
  const orders = new Float64Array(rows);
  const values = new Uint32Array(rows);
  const names = new Map<string, number>();
  let at = 0;
  for (const shard of shards) {
    const size = shard.values.length / 4;
    keys.set(new BigUint64Array(copyOf(shard.keys)), at);
    orders.set(new Float64Array(copyOf(shard.orders)), at);
    const own = textsOf(shard.texts).map((text) => {
      const known = names.get(text) ?? names.size;
      names.set(text, known);
      return known;
    });
    const local = new Uint32Array(copyOf(shard.values));
    for (let i = 0; i < size; i++) values[at + i] = local[i] === NO_VALUE ? NO_VALUE : own[local[i]!]!;
    at += size;
  }
  const sorted = sortedRows(keys, orders);
  const { starts, ends, listed } = spans(sorted, keys, orders, values, rows, last);
  const texts = [...names.keys()];
  let first = 0;
  return sizes.map((size) => {
    const lists = shardLists(first, first + size, starts, ends, listed, texts);
    first += size;
    return lists;
  });
}

/** The rows that take part, by key, then order, then place. */
function sortedRows(keys: BigUint64Array, orders: Float64Array): Uint32Array {
  const part = Uint32Array.from(orders.keys()).filter((row) => !Number.isNaN(orders[row]!));
  return part.sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : orders[a]! - orders[b]! || a - b));
}

/** Of every row the span of its list in `listed`, the values in sorted order. */
function spans(sorted: Uint32Array, keys: BigUint64Array, orders: Float64Array, values: Uint32Array, rows: number, last: number) {
  const [starts, ends] = [new Uint32Array(rows), new Uint32Array(rows)];
  const listed = new Uint32Array(sorted.length);
  let used = 0;
  let begin = 0;
  for (let i = 0; i < sorted.length; ) {
    if (i === 0 || keys[sorted[i]!] !== keys[sorted[i - 1]!]) begin = used;
    // All rows of one key and moment have the same list.
    const before = used;
    let end = i;
    for (; end < sorted.length && keys[sorted[end]!] === keys[sorted[i]!] && orders[sorted[end]!] === orders[sorted[i]!]; end++) {
      const row = sorted[end]!;
      starts[row] = Math.max(begin, before - last);
      ends[row] = before;
      if (values[row] !== NO_VALUE) listed[used++] = values[row]!;
    }
    i = end;
  }
  return { starts, ends, listed };
}

/** What rows [from, to) need of the lists. */
function shardLists(from: number, to: number, starts: Uint32Array, ends: Uint32Array, listed: Uint32Array, texts: readonly string[]): v1.HistoryListsOf {
  const order = Uint32Array.from({ length: to - from }, (_, i) => from + i)
    .filter((row) => starts[row]! < ends[row]!)
    .sort((a, b) => starts[a]! - starts[b]! || ends[a]! - ends[b]!);
  const [ownStarts, ownEnds] = [new Uint32Array(to - from), new Uint32Array(to - from)];
  const items: number[] = [];
  const index = new TextIndex();
  // Overlapping spans share their items; `covered` is where those that were copied end, `shift` moves a place of `listed` to one of `items`.
  let covered = 0;
  let shift = 0;
  for (const row of order) {
    const [start, end] = [starts[row]!, ends[row]!];
    if (start > covered || items.length === 0) {
      covered = start;
      shift = start - items.length;
    }
    for (; covered < end; covered++) items.push(index.indexOf(texts[listed[covered]!]!));
    ownStarts[row - from] = start - shift;
    ownEnds[row - from] = end - shift;
  }
  return v1.HistoryListsOf.create({ starts: bytesOf(ownStarts), ends: bytesOf(ownEnds), items: bytesOf(Uint32Array.from(items)), texts: index.message() });
}

/** An aligned copy: decoded bytes may lie anywhere. */
export function copyOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
