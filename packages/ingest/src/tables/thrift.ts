/** A struct of Thrift's compact protocol by field numbers. Numbers beyond 2^53 round; bytes are views. */
export type ThriftValue = number | boolean | Uint8Array | ThriftList | ThriftStruct;
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;
export type ThriftList = readonly ThriftValue[];

const MAX_DEPTH = 16;

/**
 * Reads one struct of the compact protocol, whatever its fields mean. Every value takes a byte at least but for booleans in field headers, so that what it makes is bounded by the bytes.
 * Format: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 * @returns the struct and the offset behind it
 * @throws RangeError for what is no such struct
 */
export function readThrift(bytes: Uint8Array, at = 0): { readonly value: ThriftStruct; readonly end: number } {
  const reader = new Reader(bytes, at);
  return { value: reader.struct(0), end: reader.at };
}

class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  struct(depth: number): ThriftStruct {
    if (depth > MAX_DEPTH) throw new RangeError("structs are nested too deep");
    const fields = new Map<number, ThriftValue>();
    for (let id = 0; ; ) {
      const header = this.#byte();
      if (header === 0) return fields;
      const type = header & 15;
      id = header >> 4 === 0 ? this.#zigzag() : id + (header >> 4);
      fields.set(id, type === 1 ? true : type === 2 ? false : this.#value(type, depth));
    }
  }

  #value(type: number, depth: number): ThriftValue {
    switch (type) {
      case 1:
      case 2:
        return this.#byte() === 1;
      case 3:
        return (this.#byte() << 24) >> 24;
      case 4:
      case 5:
      case 6:
        return this.#zigzag();
      case 7: {
        const bytes = this.#take(8);
        return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
      }
      case 8:
        return this.#take(this.#varint());
      case 9:
      case 10: {
        const header = this.#byte();
        const count = header >> 4 === 15 ? this.#varint() : header >> 4;
        if (count > this.#bytes.length - this.at) throw new RangeError(`a list of ${count} elements does not fit`);
        return Array.from({ length: count }, () => this.#value(header & 15, depth + 1));
      }
      case 11: {
        const count = this.#varint();
        if (count > this.#bytes.length - this.at) throw new RangeError(`a map of ${count} elements does not fit`);
        const types = count === 0 ? 0 : this.#byte();
        return Array.from({ length: count }, () => [this.#value(types >> 4, depth + 1), this.#value(types & 15, depth + 1)]);
      }
      case 12:
        return this.struct(depth + 1);
      default:
        throw new RangeError(`a value of type ${type}`);
    }
  }

  #byte(): number {
    if (this.at >= this.#bytes.length) throw new RangeError("it ends in the middle");
    return this.#bytes[this.at++]!;
  }

  #take(length: number): Uint8Array {
    if (!(length <= this.#bytes.length - this.at)) throw new RangeError(`${length} bytes do not fit`);
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1, i = 0; i < 10; scale *= 128, i++) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError("a number of more than 10 bytes");
  }

  #zigzag(): number {
    const n = this.#varint();
    return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
  }
}

/** Field `id` as a number; undefined where it is absent or of another type. */
export function numberIn(struct: ThriftStruct, id: number): number | undefined {
  const value = struct.get(id);
  return typeof value === "number" ? value : undefined;
}

export function structIn(struct: ThriftStruct, id: number): ThriftStruct | undefined {
  const value = struct.get(id);
  return value instanceof Map ? (value as ThriftStruct) : undefined;
}

export function structsIn(struct: ThriftStruct, id: number): ThriftStruct[] {
  const value = struct.get(id);
  return Array.isArray(value) ? (value as ThriftValue[]).filter((one): one is ThriftStruct => one instanceof Map) : [];
}

/** UTF-8; "" where it is absent. */
export function textIn(struct: ThriftStruct, id: number): string {
  const value = struct.get(id);
  return value instanceof Uint8Array ? new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value) : "";
}
