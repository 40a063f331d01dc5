/**
 * A reader of FlatBuffers that trusts no offset: whatever the bytes are, it reads inside of them or throws RangeError. Loops are up to the caller, over vectors whose
 * length was checked against the bytes. Layout: https://flatbuffers.dev/internals/
 */
export class FlatTable {
  readonly #bytes: DataView;
  readonly #at: number;
  readonly #vtable: number;
  readonly #vtableBytes: number;

  private constructor(bytes: DataView, at: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#vtable = at - bytes.getInt32(at, true);
    this.#vtableBytes = bytes.getUint16(this.#vtable, true);
  }

  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  /** Position of field `slot`; 0: it has its default. */
  #field(slot: number): number {
    const entry = 4 + 2 * slot;
    if (entry + 2 > this.#vtableBytes) return 0;
    const relative = this.#bytes.getUint16(this.#vtable + entry, true);
    return relative === 0 ? 0 : this.#at + relative;
  }

  bool(slot: number): boolean {
    return this.u8(slot) !== 0;
  }

  u8(slot: number, otherwise = 0): number {
    const at = this.#field(slot);
    return at === 0 ? otherwise : this.#bytes.getUint8(at);
  }

  i16(slot: number, otherwise = 0): number {
    const at = this.#field(slot);
    return at === 0 ? otherwise : this.#bytes.getInt16(at, true);
  }

  i32(slot: number, otherwise = 0): number {
    const at = this.#field(slot);
    return at === 0 ? otherwise : this.#bytes.getInt32(at, true);
  }

  /** As a number; beyond 2^53 it rounds. */
  i64(slot: number): number {
    const at = this.#field(slot);
    return at === 0 ? 0 : Number(this.#bytes.getBigInt64(at, true));
  }

  table(slot: number): FlatTable | null {
    const at = this.#field(slot);
    return at === 0 ? null : new FlatTable(this.#bytes, at + this.#bytes.getUint32(at, true));
  }

  text(slot: number): string | null {
    const at = this.#field(slot);
    if (at === 0) return null;
    const start = at + this.#bytes.getUint32(at, true);
    const length = this.#bytes.getUint32(start, true);
    if (start + 4 + length > this.#bytes.byteLength) throw new RangeError(`a text of ${length} bytes does not fit`);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start + 4, length));
  }

  tables(slot: number): FlatTable[] {
    const { start, count } = this.#vector(slot, 4);
    return Array.from({ length: count }, (_, i) => new FlatTable(this.#bytes, start + 4 * i + this.#bytes.getUint32(start + 4 * i, true)));
  }

  /** A vector of structs (or numbers) of `width` bytes as their bytes. */
  structs(slot: number, width: number): { readonly bytes: DataView; readonly count: number } {
    const { start, count } = this.#vector(slot, width);
    return { bytes: new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start, count * width), count };
  }

  #vector(slot: number, width: number): { start: number; count: number } {
    const at = this.#field(slot);
    if (at === 0) return { start: 0, count: 0 };
    const start = at + this.#bytes.getUint32(at, true);
    const count = this.#bytes.getUint32(start, true);
    if (start + 4 + count * width > this.#bytes.byteLength) throw new RangeError(`a vector of ${count} elements does not fit`);
    return { start: start + 4, count };
  }
}
