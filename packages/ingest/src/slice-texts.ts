import { featureName, type PlacedBatch } from "@crossbill/columns";
import type { v1 } from "@crossbill/messages";
import type { PackInput } from "./pack-builder.js";
import type { Runtime } from "./runtime.js";
import { type RowBatch, sliceFields } from "./shard-rows.js";

/** Texts of slices and keys: of a field as the source has it, of a column its feature's name (or the number). */
export class SliceTexts {
  readonly #fields: ReadonlyMap<string, number>;
  readonly #slices: ReadonlySet<string>;
  readonly #key: number;
  readonly #nameOf = new Map<string, (id: number) => string>();

  constructor(params: v1.ShardParams, state: v1.FeatureState) {
    this.#fields = new Map(params.fields.map((field, i) => [field, i]));
    this.#slices = new Set(sliceFields(params.data, params.fields));
    this.#key = params.fields.indexOf(params.data.key);
    for (const slice of params.data.slices) {
      const spec = params.columns.find((one) => one.name === slice);
      if (spec === undefined || this.#slices.has(slice)) continue;
      const names = new Map<number, string>();
      this.#nameOf.set(slice, (id) => {
        const name = names.get(id) ?? featureName(spec, state, id);
        names.set(id, name);
        return name;
      });
    }
  }

  of({ text }: RowBatch, { rows, ids, numbers }: PlacedBatch, { arena }: Runtime): Pick<PackInput, "slice" | "key"> {
    return {
      key: (row) => text.text(this.#key, row),
      slice: (name, row) => {
        if (this.#slices.has(name)) return text.text(this.#fields.get(name)!, row);
        const at = ids.get(name);
        if (at !== undefined) return this.#nameOf.get(name)!(arena.u32(at, rows)[row]!);
        const number = arena.f64(numbers.get(name)!, rows)[row]!;
        return Number.isNaN(number) ? null : String(number);
      },
    };
  }
}
