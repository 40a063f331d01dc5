import { compareProfiles, distinctTexts, type FieldDrift, quantileOf, readProfile, textsOf, typeOf } from "@crossbill/ingest";
import { CrossbillError, type v1 } from "@crossbill/messages";
import { checkSummaries, type DataCheckSummary, outlierRows, partRows, type RunSummary } from "@crossbill/pipeline";
import { out, table } from "../terminal.js";

export interface FieldSummary {
  field: string;
  type: string;
  missing: number;
  /** Texts: estimated where there are more than 1024. Numbers: null where there are more. */
  distinct: number | null;
  minimum: number | null;
  median: number | null;
  maximum: number | null;
  /** The most frequent texts with their rows. */
  top: { value: string; count: number }[];
}

/** What a split did with the rows of the training files. */
export interface SplitSummary {
  by: "hash" | "index" | "column" | "order" | "time";
  rows: { train: number; validation: number; test: number };
  /**
   * Of a split by order or time: rows before both are training rows, those from `testFrom` on test rows. Row numbers over all training files, one behind the other, or
   * milliseconds since 1970; null: no row is.
   */
  cut: { validationFrom: number | null; testFrom: number | null } | null;
}

export interface ManifestSummary {
  build: string;
  generation: number;
  rows: { read: number; rejected: number; train: number; validation: number; test: number };
  /** null: all rows of the training files are training rows. */
  split: SplitSummary | null;
  rejects: Record<string, { rows: number; rate: number }>;
  /** Values outside the bounds of numeric columns, by column. */
  outliers: RunSummary["outliers"];
  partitions: {
    name: string;
    rows: number;
    rejected: number;
    rejects: Record<string, { rows: number; rate: number }>;
    outliers: RunSummary["outliers"];
    packs: number;
    sha256: string;
  }[];
  columns: { name: string; kind: string }[];
  /** Runs with a profile, oldest first. */
  runs: { name: string; rows: number }[];
  /** Of the last of them. */
  fields: FieldSummary[];
  checkedAgainst: string | null;
  dataChecks: DataCheckSummary[];
  /** The last run against `driftAgainst`. */
  driftAgainst: string | null;
  drift: FieldDrift[];
}

const TOP = 3;

export async function describeManifest(root: string, manifest: v1.IngestManifest, against: string | undefined): Promise<ManifestSummary> {
  const { partitions, profiles } = manifest;
  const read = partitions.reduce((sum, p) => sum + p.rowsRead, 0);
  const counts = new Map<string, number>();
  for (const { code, rows } of partitions.flatMap((p) => p.rejects)) counts.set(code, (counts.get(code) ?? 0) + rows);
  const profile = manifest.profile == null ? null : await readProfile(root, manifest.profile.name);
  const other = against === undefined ? manifest.checkedAgainst : named(against, profiles);
  return {
    build: manifest.build,
    generation: manifest.state.generation,
    rows: { read, rejected: partitions.reduce((sum, p) => sum + p.rowsRejected, 0), ...partRows(manifest) },
    split: splitOf(manifest),
    outliers: sortedOutliers(partitions.flatMap((p) => p.outliers)),
    rejects: Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, rows]) => [code, { rows, rate: rows / read }])),
    partitions: partitions.map((p) => ({
      name: p.name,
      rows: p.rowsRead,
      rejected: p.rowsRejected,
      rejects: Object.fromEntries(p.rejects.map(({ code, rows }) => [code, { rows, rate: rows / p.rowsRead }])),
      outliers: sortedOutliers(p.outliers),
      packs: p.packs.length,
      sha256: p.sha256,
    })),
    columns: manifest.state.columns.map((c) => ({ name: c.name, kind: c.kind ?? "" })),
    runs: profiles.map(({ name, rows }) => ({ name, rows })),
    fields: profile === null ? [] : profile.profiles.map(summaryOf),
    checkedAgainst: manifest.checkedAgainst === "" ? null : manifest.checkedAgainst,
    dataChecks: checkSummaries(manifest),
    driftAgainst: other === "" ? null : other,
    drift: profile === null || other === "" ? [] : compareProfiles(await readProfile(root, other), profile),
  };
}

function splitOf({ data, split }: v1.IngestManifest): SplitSummary | null {
  if (split == null) return null;
  const by = (["hash", "index", "column", "order", "time"] as const).find((kind) => data.split?.[kind] != null);
  if (by === undefined) return null;
  const { train, validation, test, cut } = split;
  const from = (at: number): number | null => (Number.isFinite(at) ? at : null);
  return { by, rows: { train, validation, test }, cut: cut == null ? null : { validationFrom: from(cut.validationFrom), testFrom: from(cut.testFrom) } };
}

function sortedOutliers(counts: readonly v1.OutlierCount[]): RunSummary["outliers"] {
  return Object.fromEntries(Object.entries(outlierRows(counts)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function named(against: string, runs: readonly v1.ProfileRef[]): string {
  const found = runs.filter(({ name }) => name === against || name.startsWith(against));
  if (found.length === 1) return found[0]!.name;
  throw new CrossbillError(
    "E_NO_PROFILE",
    `--against ${against}: ${found.length === 0 ? "no run" : "several runs"} of that name; there are ${runs.map(({ name }) => name).join(", ")}`,
    {
      exitCode: 2,
    },
  );
}

function summaryOf(profile: v1.FieldProfile): FieldSummary {
  const { field, missing, numbers, texts } = profile;
  const quantile = (q: number): number | null => (numbers == null || numbers.counts.length === 0 ? null : quantileOf(numbers, q));
  return {
    field,
    type: typeOf(profile),
    missing,
    distinct: texts != null ? distinctTexts(texts) : numbers != null && numbers.level === 0 ? numbers.counts.length : null,
    minimum: quantile(0),
    median: quantile(0.5),
    maximum: numbers == null || numbers.counts.length === 0 ? null : numbers.maximum,
    top:
      texts == null || texts.level > 0
        ? []
        : textsOf(texts)
            .slice(0, TOP)
            .map(({ text, count }) => ({ value: text, count })),
  };
}

export function showManifest(m: ManifestSummary): void {
  const { rows } = m;
  out(table([["rows read", "rejected", "train", "validation", "test"], [rows.read, rows.rejected, rows.train, rows.validation, rows.test].map(String)]));
  out("");
  out(
    table([
      ["partition", "rows", "rejected", "packs", "sha256"],
      ...m.partitions.map((p) => [p.name, String(p.rows), String(p.rejected), String(p.packs), p.sha256.slice(0, 16)]),
    ]),
  );
  if (m.split !== null) out(`\n${splitText(m.split)}`);
  if (Object.keys(m.outliers).length > 0) {
    out("");
    const of = ({ train, validation, test }: RunSummary["outliers"][string]): string[] => [train, validation, test].map(String);
    out(table([["outliers of", "train", "validation", "test"], ...Object.entries(m.outliers).map(([column, parts]) => [column, ...of(parts)])]));
  }
  if (Object.keys(m.rejects).length > 0) {
    out("");
    out(table([["rejected because", "rows", "of rows read"], ...Object.entries(m.rejects).map(([code, r]) => [code, String(r.rows), share(r.rate)])]));
  }
  out("");
  out(table([["column", "kind"], ...m.columns.map((c) => [c.name, c.kind])]));
  const last = m.runs.at(-1);
  if (last !== undefined) {
    out(`\nfields of run ${last.name} (${last.rows} rows)`);
    const of = (x: number | null): string => (x === null ? "" : String(Number(x.toPrecision(6))));
    out(
      table([
        ["field", "type", "missing", "distinct", "minimum", "median", "maximum", "most frequent"],
        ...m.fields.map((f) => [
          f.field,
          f.type,
          share(f.missing / last.rows),
          f.distinct === null ? "> 1024" : String(f.distinct),
          of(f.minimum),
          of(f.median),
          of(f.maximum),
          f.top.map(({ value, count }) => `${value} (${count})`).join(", "),
        ]),
      ]),
    );
  }
  if (m.drift.length > 0) {
    out(`\nagainst run ${m.driftAgainst}`);
    const of = (x: number): string => (Number.isNaN(x) ? "" : x.toFixed(4));
    out(
      table([
        ["field", "Jensen-Shannon", "L-infinity", "PSI", "by chance (JS)", "missing", "was", "new values", "outside range"],
        ...m.drift.map((d) => [
          d.field,
          of(d.distances.jensenShannon),
          of(d.distances.lInfinity),
          of(d.distances.psi),
          of(d.chance.jensenShannon),
          share(d.missing[1]),
          share(d.missing[0]),
          share(d.newCategories),
          share(d.outside),
        ]),
      ]),
    );
  }
  if (m.dataChecks.length > 0) out(`\n${m.dataChecks.map(({ level, message }) => `${level}: ${message}`).join("\n")}`);
  if (m.runs.length > 1) out(`\nruns: ${m.runs.map(({ name }) => name).join(", ")}`);
}

function splitText({ by, rows, cut }: SplitSummary): string {
  const at = (from: number): string => (by === "time" ? new Date(from).toISOString() : `row ${from}`);
  const parts = [
    `${rows.train} train`,
    `${rows.validation} validation${cut?.validationFrom == null ? "" : ` from ${at(cut.validationFrom)}`}`,
    `${rows.test} test${cut?.testFrom == null ? "" : ` from ${at(cut.testFrom)}`}`,
  ];
  return `training files, split by ${by}: ${parts.join(", ")}`;
}

function share(x: number): string {
  return Number.isNaN(x) ? "" : `${(100 * x).toFixed(2)}%`;
}
