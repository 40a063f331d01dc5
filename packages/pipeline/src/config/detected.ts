import { type DetectedDialect, detectFile, type Spool } from "@crossbill/ingest";
import { sourceFiles } from "./compile.js";
import type { LoadedConfig } from "./load.js";

/**
 * With `data.csv.detect`: what the configuration does not say of the dialect, by the beginning of the first training file. Fields without header and names are
 * called column1, column2, ...
 * @throws E_FILE_MISSING, E_IO where that file cannot be read
 */
export async function withDetectedDialect(loaded: LoadedConfig, files = sourceFiles(loaded), spool?: Spool): Promise<LoadedConfig> {
  const { csv } = loaded.config.data;
  if (!csv.detect) return loaded;
  const first = files.train[0];
  if (first === undefined) return loaded;
  const { delimiter, quote, escape: escapes, comment, trim, header, fields } = detectFile(spool === undefined ? first : (await spool.plain([first]))[0]!);
  const found = { delimiter, quote, escape: escapes, comment, trim, header };
  const given = Object.fromEntries(Object.entries(csv).filter(([, value]) => value !== undefined));
  const all = { ...found, ...given } as typeof csv;
  if (all.header === false) all.names ??= fieldNames({ fields });
  return { ...loaded, config: { ...loaded.config, data: { ...loaded.config.data, csv: all } } };
}

/** Names for the fields of a file that has none. */
export function fieldNames({ fields }: Pick<DetectedDialect, "fields">): string[] {
  return Array.from({ length: fields }, (_, i) => `column${i + 1}`);
}
