/** A field of a FlatBuffers table. Scalars by their width; null: the field has its default. */
export type FlatField =
  | { readonly u8: number }
  | { readonly i16: number }
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly text: string }
  | { readonly table: FlatFields }
  | { readonly tables: readonly FlatFields[] }
  /** A vector of structs of `width` bytes, as their bytes. */
  | { readonly structs: Uint8Array; readonly width: number }
  | null;

/** Fields by slot. */
export type FlatFields = readonly FlatField[];

/**
 * The bytes of a FlatBuffer with this root, filled up with zeros to a multiple of 8. Equal fields give equal bytes.
 * It is written front to back, so that what is referred to lies behind; no two tables share a vtable. Layout: https://flatbuffers.dev/internals/
 */
export function flatBytes(root: FlatFields): Uint8Array {
  const out = new Out();
  out.align(4);
  const at = out.skip(4);
  out.refer(at, writeTable(out, root));
  out.align(8);
  return out.bytes();
}

/** Writes what lies behind; gives its position. */
type Write = (out: Out) => number;

function writeTable(out: Out, fields: FlatFields): number {
  out.align(2);
  const vtable = out.skip(4 + 2 * fields.length);
  out.align(8);
  const at = out.skip(4);
  const behind: [at: number, write: Write][] = [];
  for (const [slot, field] of fields.entries()) {
    if (field === null) continue;
    const place = writeField(out, field, behind);
    out.u16(vtable + 4 + 2 * slot, place - at);
  }
  out.u16(vtable, 4 + 2 * fields.length);
  out.u16(vtable + 2, out.length - at);
  out.i32(at, at - vtable);
  for (const [place, write] of behind) out.refer(place, write(out));
  return at;
}

/** Writes a scalar, or leaves room for the offset of what is written behind. */
function writeField(out: Out, field: NonNullable<FlatField>, behind: [number, Write][]): number {
  if ("u8" in field) return out.scalar(1, (view, at) => view.setUint8(at, field.u8));
  if ("i16" in field) return out.scalar(2, (view, at) => view.setInt16(at, field.i16, true));
  if ("i32" in field) return out.scalar(4, (view, at) => view.setInt32(at, field.i32, true));
  if ("i64" in field) return out.scalar(8, (view, at) => view.setBigInt64(at, BigInt(field.i64), true));
  const place = out.scalar(4, () => undefined);
  behind.push([place, writer(field)]);
  return place;
}

function writer(field: Exclude<NonNullable<FlatField>, { u8: number } | { i16: number } | { i32: number } | { i64: number }>): Write {
  if ("text" in field) {
    const bytes = Buffer.from(field.text);
    return (out) => out.vector(4, bytes.length, bytes, 1);
  }
  if ("table" in field) return (out) => writeTable(out, field.table);
  if ("structs" in field) return (out) => out.vector(8, field.structs.length / field.width, field.structs, 0);
  return (out) => {
    const at = out.vector(4, field.tables.length, new Uint8Array(4 * field.tables.length), 0);
    for (const [i, table] of field.tables.entries()) out.refer(at + 4 + 4 * i, writeTable(out, table));
    return at;
  };
}

/** Growing bytes, zero where nothing was written. */
class Out {
  length = 0;
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  align(to: number): void {
    this.skip(-this.length & (to - 1));
  }

  /** The position of n new bytes. */
  skip(n: number): number {
    const at = this.length;
    if (at + n > this.#bytes.length) {
      const wider = new Uint8Array(Math.max(at + n, 2 * this.#bytes.length));
      wider.set(this.bytes());
      this.#bytes = wider;
      this.#view = new DataView(wider.buffer);
    }
    this.length = at + n;
    return at;
  }

  scalar(width: number, set: (view: DataView, at: number) => void): number {
    this.align(width);
    const at = this.skip(width);
    set(this.#view, at);
    return at;
  }

  /** The number of elements, aligned so that the elements behind it are at a multiple of `to`, the elements, and zeros. */
  vector(to: number, count: number, elements: Uint8Array, zeros: number): number {
    this.align(4);
    if ((this.length + 4) % to !== 0) this.skip(4);
    const at = this.scalar(4, (view, place) => view.setUint32(place, count, true));
    const start = this.skip(elements.length + zeros);
    this.#bytes.set(elements, start);
    return at;
  }

  u16(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }

  i32(at: number, value: number): void {
    this.#view.setInt32(at, value, true);
  }

  /** The offset at `at` of what lies at `target` behind it. */
  refer(at: number, target: number): void {
    this.#view.setUint32(at, target - at, true);
  }
}
