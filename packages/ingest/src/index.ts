export { type EncodeForOptions, encodeFor } from "./encode-for.js";
export { FORMAT_NAMES, type FormatName, formatByName, type SourceFormat } from "./format-names.js";
export { type IngestOptions, type IngestOutcome, type IngestProgress, ingest } from "./ingest.js";
export { manifestPath, readManifest } from "./manifest.js";
export { PACK_BATCH_ROWS, PACK_FORMAT, type PackLayout } from "./pack-format.js";
export { openPack, PackReader, type PackRows, type PackWant } from "./pack-reader.js";
export { RANGE_BYTES } from "./plan-file.js";
export { type ReadTextsOptions, readTexts, type SourceTexts } from "./source-texts.js";
export { ingestHandlers } from "./steps.js";
