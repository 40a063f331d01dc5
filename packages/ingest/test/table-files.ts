import * as arrow from "apache-arrow";
import * as parquet from "parquet-wasm";

export type Column = arrow.Vector;

export interface ParquetOptions {
  readonly rowGroupRows?: number;
  readonly compression?: parquet.Compression;
  readonly dictionary?: boolean;
  readonly version2?: boolean;
}

export function arrowFile(table: arrow.Table): Uint8Array {
  return arrow.tableToIPC(table, "file");
}

export function arrowStream(table: arrow.Table): Uint8Array {
  return arrow.tableToIPC(table, "stream");
}

export function parquetFile(table: arrow.Table, { rowGroupRows, compression, dictionary, version2 }: ParquetOptions = {}): Uint8Array {
  let options = new parquet.WriterPropertiesBuilder().setCompression(compression ?? parquet.Compression.SNAPPY);
  if (rowGroupRows !== undefined) options = options.setMaxRowGroupSize(rowGroupRows);
  if (dictionary !== undefined) options = options.setDictionaryEnabled(dictionary);
  if (version2 === true) options = options.setWriterVersion(parquet.WriterVersion.V2);
  return parquet.writeParquet(parquet.Table.fromIPCStream(arrowStream(table)), options.build());
}

/** A table of columns with their types, in order. */
export function typedTable(columns: Readonly<Record<string, readonly [arrow.DataType, readonly unknown[]]>>): arrow.Table {
  return new arrow.Table(
    Object.fromEntries(Object.entries(columns).map(([name, [type, values]]) => [name, arrow.vectorFromArray([...values] as never[], type as never)])),
  ) as arrow.Table;
}

/** n rows as CSV and as a table: y, id, count (integers), price (numbers), site and user (texts), some missing. */
export function clicks(n: number, seed = 0): { csv: string; table: arrow.Table } {
  const rows = Array.from({ length: n }, (_, i) => ({
    y: (i * 7 + seed) % 3 === 0 ? 1 : 0,
    id: `r${seed}-${i}`,
    count: i % 13 === 5 ? null : (i * 31 + seed) % 40,
    price: i % 17 === 3 ? null : ((i * 7919) % 1000) / 8,
    site: i % 11 === 7 ? null : `s${(i + seed) % 50}é`,
    user: `u${(i * i) % 317}`,
  }));
  const column = <K extends keyof (typeof rows)[0]>(name: K): (typeof rows)[0][K][] => rows.map((row) => row[name]);
  const table = typedTable({
    y: [new arrow.Int8(), column("y")],
    id: [new arrow.Utf8(), column("id")],
    count: [new arrow.Int32(), column("count")],
    price: [new arrow.Float64(), column("price")],
    site: [new arrow.Dictionary(new arrow.Utf8(), new arrow.Int16()), column("site")],
    user: [new arrow.Utf8(), column("user")],
  });
  return {
    csv: `y,id,count,price,site,user\n${rows
      .map((row) =>
        Object.values(row)
          .map((value) => value ?? "")
          .join(","),
      )
      .join("\n")}\n`,
    table,
  };
}
