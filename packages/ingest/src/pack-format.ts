import { Dictionary, Field, Float64, Int32, Schema, Uint32, Utf8 } from "apache-arrow";
import { IDS_LIST, VALUES_LIST } from "./pair-columns.js";

/** Version of the layout of packs. */
export const PACK_FORMAT = 1;
/** Rows of every record batch but the last. */
export const PACK_BATCH_ROWS = 8192;

/** Rows whose pairs are counted together in Pack.chunkPairs. */
export const PAIR_CHUNK_ROWS = 256;

/** Which columns a pack has, in this order behind `label` and `weight`. */
export interface PackLayout {
  /** Columns of one id a row, by name: uint32 `c:<name>`. */
  readonly ids: readonly string[];
  /** Numeric columns, by name: nullable float64 `n:<name>`; the value under a null is NaN. */
  readonly numbers: readonly string[];
  /** Columns of several values, by name: lists of uint32 `c:<name>`, and of float64 `v:<name>` where values can be other than 1. */
  readonly pairs: readonly { readonly name: string; readonly valued: boolean }[];
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
      ...layout.pairs.flatMap(({ name, valued }) => [new Field(`c:${name}`, IDS_LIST, false), ...(valued ? [new Field(`v:${name}`, VALUES_LIST, false)] : [])]),
      ...layout.slices.map((name, i) => new Field(`s:${name}`, new Dictionary(new Utf8(), new Int32(), i, false), true)),
      ...(layout.key ? [new Field("key", new Utf8(), true)] : []),
    ],
    new Map([
      ["crossbill.pack", String(PACK_FORMAT)],
      ["crossbill.build", build],
    ]),
  );
}
