// The click log of these experiments: eight days of 100,000 rows in one file, with crosses and rare values enough to overfit on.
import { CLICK_HEADER, clickLog, dayFile } from "@crossbill/synthetic";
import { dataFile } from "./laboratory.mjs";

const LOG = { rows: 100_000, days: 1, seed: 21 };
const TEXTS = ["position", "device", "os", "browser", "country", "region", "category", "site", "advertiser", "campaign", "creative", "referrer"];
const NUMBERS = ["price", "age_days", "sessions", "dwell_seconds", "page_depth", "bid_floor", "past_clicks", "distance_km"];

/** Test rows as a server has them. */
export function servedRows(n) {
  const rows = [];
  for (const { fields } of clickLog({ ...LOG, seed: LOG.seed + 1 })) {
    rows.push(Object.fromEntries(CLICK_HEADER.map((name, i) => [name, fields[i]])));
    if (rows.length === n) break;
  }
  return rows;
}

/** A configuration over the log: every column, numbers in buckets too, two learned crosses. */
export function clickConfig({ model, train }) {
  return {
    data: {
      train: dataFile(`clicks-${LOG.rows}.csv`, () => dayFile(LOG, 0)),
      label: "clicked",
      split: { by: "hash", column: "id", validation: 0.2, test: 0.3 },
    },
    columns: {
      hour: { kind: "identity", column: "hour", size: 24 },
      ...Object.fromEntries(NUMBERS.map((column) => [column, { kind: "bucketized", column, quantiles: 20 }])),
      ...Object.fromEntries(TEXTS.map((column) => [column, { kind: "vocabulary", column }])),
      deviceHour: { kind: "crossed", columns: ["device", "hour"], vocabulary: {} },
      categoryCountry: { kind: "crossed", columns: ["category", "country"], vocabulary: {} },
      siteCampaign: { kind: "crossed", columns: ["site", "campaign"], vocabulary: {} },
    },
    model: { kind: "linear", ...model },
    train,
  };
}
