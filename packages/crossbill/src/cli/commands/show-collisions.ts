import type { ColumnAudit } from "@crossbill/ingest";
import { out, table } from "../terminal.js";

/** The hash audit, for people. */
export function showCollisions(audits: readonly ColumnAudit[]): void {
  if (audits.length === 0) {
    out("no column of the configuration hashes");
    return;
  }
  out(
    table([
      ["column", "keys", "buckets", "used", "sharing, expected", "found", "tested", "harmful", "harm (nats a row)"],
      ...audits.map((a) => [
        a.column,
        a.exact ? String(a.keys) : `about ${a.keys}`,
        String(a.buckets),
        String(a.used),
        share(a.expectedShare),
        share(a.foundShare),
        String(a.tested),
        String(a.harmfulBuckets),
        a.harm.toExponential(2),
      ]),
    ]),
  );
  for (const a of audits) {
    if (!a.exact) out(`\n${a.column}: of a sample of 1 in ${a.sampled} keys`);
    if (a.harmful.length > 0) {
      out(`\n${a.column}: collisions that hurt`);
      out(
        table([
          ["bucket", "rows", "p-value", "keys (rows, rate)"],
          ...a.harmful.map(({ bucket, rows, pValue, keys }) => [
            String(bucket),
            String(rows),
            pValue.toExponential(1),
            keys.map((key) => `${key.name} (${key.rows}, ${key.rate.toFixed(3)})`).join("; "),
          ]),
        ]),
      );
    }
    const best = a.salts.find(({ salt }) => salt === a.bestSalt);
    if (best !== undefined)
      out(
        `\n${a.column}: of ${a.salts.length} salts the least harmful is ${best.salt}: ${best.harm.toExponential(2)} nats a row, ${best.harmful} harmful buckets` +
          (best.salt === a.salt ? ", the one it has" : `; salt ${a.salt}, which it has: ${a.harm.toExponential(2)}`),
      );
  }
}

function share(x: number): string {
  return `${(100 * x).toFixed(2)}%`;
}
