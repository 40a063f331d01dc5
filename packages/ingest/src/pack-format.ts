import { Dictionary, Field, Float64, Int32, Schema, Uint32, Utf8 } from "apache-arrow";

/** Version of the layout of packs. */
export const PACK_FORMAT = 1;
/** Rows of every record batch but the last. */
export const PACK_BATCH_ROWS = 8192;

/** Which columns a pack has, in this order behind `label` and `weight`. */
export interface PackLayout {
  /** Categorical columns, by name: uint32 `c:<name>`. */
  readonly ids: readonly string[];
  /** Numeric columns, by name: nullable float64 `n:<name>`; the value under a null is NaN. */
  readonly numbers: readonly string[];
  /** Slice fields: nullable dictionary of texts `s:<field>`. */
  readonly slices: readonly string[];
  /** Whether there is a nullable text `key`. */
  readonly key: boolean;
}

/** The Arrow schema of a pack. Dictionary ids are the slices' indices, so that equal packs have equal bytes. */
export function packSchema(layout: PackLayout, build: string): Schema {
  return new Schema(
    [
      new Field("label", new Float64(), false),
      new Field("weight", new Float64(), false),
      ...layout.ids.map((name) => new Field(`c:${name}`, new Uint32(), false)),
      ...layout.numbers.map((name) => new Field(`n:${name}`, new Float64(), true)),
      ...layout.slices.map((name, i) => new Field(`s:${name}`, new Dictionary(new Utf8(), new Int32(), i, false), true)),
      ...(layout.key ? [new Field("key", new Utf8(), true)] : []),
    ],
    new Map([
      ["crossbill.pack", String(PACK_FORMAT)],
      ["crossbill.build", build],
    ]),
  );
}
