const WIDE = 2 ** 32;

/** Numbers the combinations of codes that occur, in order of first occurrence. */
export class SliceGroups {
  /** By number: one code a field. */
  readonly codes: (readonly number[])[] = [];
  /** Of a beginning of a combination and the next code: the beginning that both are; at the last field the combination's number. */
  readonly #next: Map<number, number>[];

  constructor(fields: number) {
    this.#next = Array.from({ length: fields }, () => new Map());
  }

  idOf(codes: readonly number[]): number {
    let at = 0;
    for (const [k, next] of this.#next.entries()) {
      const key = at * WIDE + codes[k]!;
      let id = next.get(key);
      if (id === undefined) {
        id = next.size;
        next.set(key, id);
        if (k + 1 === codes.length) this.codes.push([...codes]);
      }
      at = id;
    }
    return at;
  }

  /** {@link idOf} of every row. @param columns codes by field, length N each */
  idsOf(columns: readonly Uint32Array[]): Uint32Array {
    const n = columns[0]!.length;
    const ids = new Uint32Array(n);
    const codes = new Array<number>(columns.length);
    let known = -1;
    for (let row = 0; row < n; row++) {
      let same = row > 0;
      for (let k = 0; k < columns.length; k++) {
        const code = columns[k]![row]!;
        same &&= codes[k] === code;
        codes[k] = code;
      }
      if (!same) known = this.idOf(codes);
      ids[row] = known;
    }
    return ids;
  }
}
