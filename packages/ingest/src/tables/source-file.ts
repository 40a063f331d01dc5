import fs from "node:fs";
import { ioError } from "@crossbill/storage";
import { damagedTable } from "./table-error.js";

/** A foreign file that is open for reading; every read is inside of it. */
export class SourceFile {
  readonly path: string;
  readonly size: number;
  /** Nanoseconds, as text. */
  readonly modified: string;
  readonly #handle: number;

  /** @throws E_NOT_FOUND, E_PERMISSION, E_IO */
  constructor(path: string) {
    this.path = path;
    try {
      this.#handle = fs.openSync(path, "r");
      const stat = fs.fstatSync(this.#handle, { bigint: true });
      this.size = Number(stat.size);
      this.modified = String(stat.mtimeNs);
    } catch (thrown) {
      throw ioError(thrown, "read", path);
    }
  }

  /** Bytes [offset, offset + length), in a buffer of their own that is aligned to 8 bytes. @throws E_CORRUPT where the file does not have them; E_IO */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    this.#check(offset, length);
    const out = new Uint8Array(length);
    this.readInto(offset, out);
    return out;
  }

  #check(offset: number, length: number): void {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size))
      throw damagedTable(this.path, `bytes [${offset}, ${offset + length}) are spoken of, it has ${this.size}`);
  }

  /** Fills `out` with the bytes from `offset` on. @throws as `read` */
  readInto(offset: number, out: Uint8Array): void {
    const { length } = out;
    this.#check(offset, length);
    for (let done = 0; done < length; ) {
      let n: number;
      try {
        n = fs.readSync(this.#handle, out, done, length - done, offset + done);
      } catch (thrown) {
        throw ioError(thrown, "read", this.path);
      }
      if (n === 0) throw damagedTable(this.path, `it ends at byte ${offset + done} now, it had ${this.size}`);
      done += n;
    }
  }

  close(): void {
    fs.closeSync(this.#handle);
  }
}
