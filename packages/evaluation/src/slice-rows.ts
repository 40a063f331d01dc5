import path from "node:path";
import { openPack } from "@crossbill/ingest";
import { CrossbillError, type v1 } from "@crossbill/messages";

/** One slice: its values and its rows, ascending. */
export interface SliceRows {
  readonly keys: v1.ISliceKey[];
  readonly rows: readonly number[];
}

/** Slice values of all rows of the packs, by field. @throws E_SLICE_FIELD, E_CORRUPT, E_PACK */
export async function readSlices(root: string, packs: readonly v1.Pack[], fields: readonly string[]): Promise<Map<string, (string | null)[]>> {
  const slices = new Map<string, (string | null)[]>(fields.map((field) => [field, []]));
  if (slices.size === 0) return slices;
  for (const { file } of packs) {
    const pack = await openPack(path.join(root, file.uri), file);
    const rows = await pack.read(0, pack.rows, { slices: true });
    for (const [field, values] of slices) {
      const texts = rows.slices.get(field);
      if (texts === undefined)
        throw new CrossbillError("E_SLICE_FIELD", `${pack.path}: holds no slice values of "${field}"; ingest again with it among the slices`, { exitCode: 2 });
      for (const text of texts) values.push(text);
    }
  }
  return slices;
}

/** The slices of each set of fields: sets in their order, within one set by the values (by code units, missing last). */
export function groupSlices(slices: ReadonlyMap<string, readonly (string | null)[]>, sets: readonly (readonly string[])[], rows: number): SliceRows[] {
  return sets.flatMap((fields) => {
    const columns = fields.map((field) => slices.get(field)!);
    const groups = new Map<number, { values: (string | null)[]; rows: number[] }>();
    const keys = groupKeys(columns, rows);
    for (let i = 0; i < rows; i++) {
      let group = groups.get(keys[i]!);
      if (group === undefined) {
        group = { values: columns.map((column) => column[i]!), rows: [] };
        groups.set(keys[i]!, group);
      }
      group.rows.push(i);
    }
    return [...groups.values()]
      .sort((a, b) => compareValues(a.values, b.values))
      .map((group) => ({ keys: group.values.map((value, k) => ({ field: fields[k]!, value: value ?? "", missing: value === null })), rows: group.rows }));
  });
}

/** A number for each row, equal where all columns are. */
function groupKeys(columns: readonly (readonly (string | null)[])[], rows: number): Uint32Array {
  const keys = new Uint32Array(rows);
  for (const column of columns) {
    const codes = new Map<string | null, number>();
    const pairs = new Map<number, number>();
    for (let i = 0; i < rows; i++) {
      const code = codes.get(column[i]!) ?? codes.size;
      codes.set(column[i]!, code);
      const pair = keys[i]! * rows + code;
      const key = pairs.get(pair) ?? pairs.size;
      pairs.set(pair, key);
      keys[i] = key;
    }
  }
  return keys;
}

function compareValues(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k]!, b[k]!];
    if (x !== y) return x === null || (y !== null && x > y) ? 1 : -1;
  }
  return 0;
}

/** The values of some rows. */
export function gather(values: Float64Array, rows: readonly number[]): Float64Array {
  return Float64Array.from(rows, (i) => values[i]!);
}
