import { hashedTextIds } from "@crossbill/kernels";
import type { v1 } from "@crossbill/messages";
import type { Column } from "../column.js";
import { countOf, fieldOf } from "../field-of.js";
import { itemsOf } from "../items.js";
import { itemPairs, readsItems, rowItemPairs } from "./item-pairs.js";

/** id 0 missing; else 1 + f mod buckets, f = Fingerprint64(text), with a salt FingerprintCat64(Fingerprint64(text), salt). */
export function hashed(name: string, spec: v1.HashedSpec.$Properties): Column {
  const field = fieldOf(name, spec.field);
  const buckets = countOf(name, "buckets", spec.buckets, 1);
  const salt = countOf(name, "salt", spec.salt, 0);
  const items = itemsOf(name, field, spec.items);
  const shared = {
    name,
    kind: "hashed" as const,
    fields: [field],
    inputs: [],
    radix: 1 + buckets,
    size: () => 1 + buckets,
    featureName: (id: number) => (id === 0 ? `${name} missing` : `${name}#${id - 1}`),
  };
  if (items !== null) {
    return {
      ...shared,
      ...readsItems(items),
      pairsEncoder: ({ runtime }) =>
        itemPairs(items, runtime, (found, out) => runtime.kernels.hashed_ids_u32(out, found.fingerprints(), found.lengths, found.count, buckets, salt)),
      rowPairsEncoder: () => rowItemPairs(items, hashedTextIds(buckets, salt)),
    };
  }
  return {
    ...shared,
    reads: "texts",
    batchEncoder:
      ({ runtime }) =>
      (batch, out) =>
        batch.textIds(field, out, (ids, fingerprints, _starts, lengths, n) => runtime.kernels.hashed_ids_u32(ids, fingerprints, lengths, n, buckets, salt)),
    rowEncoder: () => {
      const idOf = hashedTextIds(buckets, salt);
      return (row) => {
        const text = row.text(field);
        return text === null ? 0 : idOf(text);
      };
    },
  };
}
