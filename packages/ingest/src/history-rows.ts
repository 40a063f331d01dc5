import { fingerprint64 } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import { parseTime } from "./parse-time.js";
import { REJECTED } from "./row-rules.js";
import type { RowBatch } from "./shard-rows.js";
import { TextIndex } from "./text-index.js";

export const NO_VALUE = 0xffffffff;

/** Collects what the rows of one shard bring to the histories of a specification. */
export class HistoryCollector {
  readonly #parts: readonly {
    readonly spec: v1.HistorySpec;
    readonly keys: bigint[];
    readonly orders: number[];
    readonly values: number[];
    readonly texts: TextIndex;
  }[];

  constructor(specs: readonly v1.HistorySpec[]) {
    this.#parts = specs.map((spec) => ({ spec, keys: [], orders: [], values: [], texts: new TextIndex() }));
  }

  /** Takes all rows of a batch, rejected ones too: rows are numbered. */
  add({ text, judged, prepared }: RowBatch): void {
    for (const { spec, keys, orders, values, texts } of this.#parts) {
      const [by, of, order] = [spec.by, spec.of, spec.order].map((field) => text.fields.indexOf(field)) as [number, number, number];
      for (let row = 0; row < prepared.rows; row++) {
        const rejected = judged.parts[row] === REJECTED;
        const key = rejected ? null : text.text(by, row);
        const time = key === null ? null : text.text(order, row);
        const value = time === null ? null : text.text(of, row);
        keys.push(key === null ? 0n : fingerprint64(Buffer.from(key)));
        orders.push(time === null ? Number.NaN : orderOf(time));
        values.push(value === null ? NO_VALUE : texts.indexOf(value));
      }
    }
  }

  message(): v1.HistoryRows {
    return v1.HistoryRows.create({
      histories: this.#parts.map(({ keys, orders, values, texts }) =>
        v1.HistoryRowsOf.create({
          keys: bytesOf(BigUint64Array.from(keys)),
          orders: bytesOf(Float64Array.from(orders)),
          values: bytesOf(Uint32Array.from(values)),
          texts: texts.message(),
        }),
      ),
    });
  }
}

/** A number as it is, else a time in milliseconds; NaN: neither. */
export function orderOf(text: string): number {
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) && /^\s*[+-]?[\d.]/.test(text) && !/x/i.test(text) ? number : parseTime(text);
}

export function bytesOf(array: BigUint64Array | Float64Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
