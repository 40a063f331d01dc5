import { ITEM_KINDS, type ItemSplit } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import type { Column } from "./column.js";
import { specError } from "./spec-error.js";

const { LIST, SEPARATED } = v1.ItemsSpec.Kind;
/** Runs of items are this long at most. */
const LONGEST_RUN = 5;

/** How a column reads several values of one text. */
export interface ColumnItems {
  readonly field: string;
  readonly split: ItemSplit;
  /** An item that comes several times in a row counts once. */
  readonly once: boolean;
  /** Equal for columns that cut the same field in the same way. */
  readonly key: string;
  /** Whether values other than 1 can come up. */
  readonly valued: boolean;
}

/** @throws E_COLUMN_SPEC for a separator of no or more than 32 bytes, runs outside [1, 5], weights of runs */
export function itemsOf(name: string, field: string, spec: v1.ItemsSpec.$Properties | null | undefined): ColumnItems | null {
  if (spec == null) return null;
  const kind = spec.kind ?? 0;
  const once = spec.once ?? false;
  const [least, most] = [spec.least || 1, spec.most || Math.max(1, spec.least ?? 1)];
  if (!(least >= 1 && least <= most && most <= LONGEST_RUN)) throw specError(name, `ngrams ${least} to ${most}; 1 <= from <= to <= ${LONGEST_RUN} is needed`);
  const separator = spec.separator ?? "";
  const bytes = Buffer.byteLength(separator);
  if (kind === SEPARATED && !(bytes >= 1 && bytes <= 32)) throw specError(name, `a separator of ${bytes} bytes; 1 to 32 are allowed`);
  const weighted = spec.weighted ?? false;
  if (weighted && kind !== SEPARATED) throw specError(name, "weighted says that items between separators are name:weight; it needs a separator");
  if (most > 1 && (weighted || kind === LIST)) throw specError(name, "ngrams are of words and of separated items without weights");
  if (weighted && once) throw specError(name, "occurrences: once makes every value 1; it has no meaning with weighted");
  const split: ItemSplit =
    kind === SEPARATED ? { kind: "separated", separator, weighted, least, most } : kind === LIST ? { kind: "list" } : { kind: "words", least, most };
  return { field, split, once, key: JSON.stringify([field, split]), valued: !once };
}

/** Arguments of `items_split` but for the separator's place. */
export function splitArguments(split: ItemSplit): { kind: number; separator: Buffer; weighted: boolean; least: number; most: number } {
  const kind = ITEM_KINDS[split.kind];
  if (split.kind === "list") return { kind, separator: Buffer.alloc(0), weighted: true, least: 1, most: 1 };
  if (split.kind === "words") return { kind, separator: Buffer.alloc(0), weighted: false, least: split.least, most: split.most };
  return { kind, separator: Buffer.from(split.separator), weighted: split.weighted, least: split.least, most: split.most };
}

/** Pairs that the items of one row may be crossed to. */
export const MOST_COMBINATIONS = 65_536;

/** The cuts of all inputs of several values of a cross; those of their own crosses among them. */
export function combinationsOf({ inputs }: Pick<Column, "inputs">): ColumnItems[] {
  return inputs.flatMap((input) => (input.items === undefined ? combinationsOf(input) : [input.items]));
}
