import type { ArrowField, ArrowSchema, ArrowType } from "./arrow/arrow-metadata.js";

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
  /** K: a row's label is a list of so many float64, `labels`, and `label` is 0; absent: there is no such list. */
  readonly labels?: number;
}

const IDS: ArrowType = { list: { name: "id", type: "uint32", nullable: false } };
const VALUES: ArrowType = { list: { name: "value", type: "float64", nullable: false } };

/** The Arrow schema of a pack. Dictionary ids are the slices' indices, so that equal packs have equal bytes. */
export function packSchema(layout: PackLayout, build: string): ArrowSchema {
  const field = (name: string, type: ArrowType, nullable: boolean): ArrowField => ({ name, type, nullable });
  return {
    fields: [
      field("label", "float64", false),
      field("weight", "float64", false),
      ...layout.ids.map((name) => field(`c:${name}`, "uint32", false)),
      ...layout.numbers.map((name) => field(`n:${name}`, "float64", true)),
      ...layout.pairs.flatMap(({ name, valued }) => [field(`c:${name}`, IDS, false), ...(valued ? [field(`v:${name}`, VALUES, false)] : [])]),
      ...layout.slices.map((name, i) => field(`s:${name}`, { dictionary: i }, true)),
      ...(layout.key ? [field("key", "text", true)] : []),
      ...(layout.labels !== undefined ? [field("labels", VALUES, false)] : []),
    ],
    metadata: [
      ["crossbill.pack", String(PACK_FORMAT)],
      ["crossbill.build", build],
    ],
  };
}
