import { hashedId } from "@crossbill/kernels";
import type { v1 } from "@crossbill/messages";
import type { Column } from "../column.js";
import { countOf, fieldOf } from "../field-of.js";

/** id 0 missing; else 1 + f mod buckets, f = Fingerprint64(text), with a salt FingerprintCat64(Fingerprint64(text), salt). */
export function hashed(name: string, spec: v1.HashedSpec.$Properties): Column {
  const field = fieldOf(name, spec.field);
  const buckets = countOf(name, "buckets", spec.buckets, 1);
  const salt = countOf(name, "salt", spec.salt, 0);
  return {
    name,
    kind: "hashed",
    fields: [field],
    reads: "texts",
    inputs: [],
    radix: 1 + buckets,
    size: () => 1 + buckets,
    featureName: (id) => (id === 0 ? `${name} missing` : `${name}#${id - 1}`),
    batchEncoder:
      ({ runtime }) =>
      (batch, out) =>
        runtime.kernels.hashed_ids_u32(out, batch.fingerprints(field), batch.lengths(field), batch.rows, buckets, salt),
    rowEncoder: () => (row) => (row.text(field) === null ? 0 : hashedId(row.fingerprint(field), buckets, salt)),
  };
}
