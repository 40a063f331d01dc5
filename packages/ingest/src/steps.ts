/** Steps of ingestion, as tasks name them. */
export const STEPS = {
  scan: "ingest.scan",
  spool: "ingest.spool",
  table: "ingest.table",
  times: "ingest.times",
  history: "ingest.history",
  fit: "ingest.fit",
  encode: "ingest.encode",
  both: "ingest.fit-encode",
  audit: "ingest.audit",
} as const;

/** The module whose handlers an executor needs to run ingestion's tasks. */
export const ingestHandlers: URL = new URL("./handlers.js", import.meta.url);
