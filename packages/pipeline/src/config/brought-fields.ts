import { type FormatName, formatByName } from "@crossbill/ingest";

/** Fields of formats that name their own: what `data.label` and `data.weight` are there where a configuration says nothing. */
const BROUGHT: ReadonlyMap<FormatName | null, { readonly label: string; readonly weight?: string }> = new Map([
  ["libsvm", { label: "label" }],
  ["vw", { label: "label", weight: "weight" }],
]);

/** The field that holds the features of such a format. */
export const FEATURES_FIELD = "features";

/** Whether rows of the format bring their features, weighted, in one field: {@link FEATURES_FIELD}. */
export function bringsFeatures(format: FormatName): boolean {
  return BROUGHT.has(format);
}

/** Fields that play their part in a format without being named in a configuration: label and weight. */
export function broughtFields(format: string): string[] {
  return Object.values(BROUGHT.get(format as FormatName) ?? {});
}

/** A configuration as written, with label and weight where its format (or the extension of its first file) brings them. */
export function withBroughtFields(raw: unknown): unknown {
  if (!isRecord(raw) || !isRecord(raw.data)) return raw;
  const { data } = raw;
  const first: unknown = Array.isArray(data.train) ? data.train[0] : data.train;
  const format = data.format === undefined ? (typeof first === "string" ? formatByName(first) : null) : (data.format as FormatName);
  const brought = BROUGHT.get(format);
  return brought === undefined ? raw : { ...raw, data: { ...brought, ...data } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
