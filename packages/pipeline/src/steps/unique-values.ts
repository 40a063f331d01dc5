import { v1 } from "@crossbill/messages";

/** Columns of the model whose values were found to come about once each when they were fitted, for the metrics of the training. `value`: different values by the rows that have one. */
export function uniqueValues(manifest: v1.IngestManifest, model: v1.ModelSpec): v1.Diagnostic[] {
  return manifest.checks
    .filter(({ check, field }) => check === "uniqueValues" && model.columns.includes(field))
    .map(({ field, message, value }) => v1.Diagnostic.create({ code: "D_UNIQUE_VALUES", message, columns: [field], value }));
}
