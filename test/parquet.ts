import * as arrow from "apache-arrow";
import * as parquet from "parquet-wasm";

export type Columns = Readonly<Record<string, readonly [arrow.DataType, readonly unknown[]]>>;

export function tableOf(columns: Columns): arrow.Table {
  return new arrow.Table(Object.fromEntries(Object.entries(columns).map(([name, [type, values]]) => [name, arrow.vectorFromArray([...values], type)])));
}

export function parquetOf(table: arrow.Table): Uint8Array {
  return parquet.writeParquet(parquet.Table.fromIPCStream(arrow.tableToIPC(table, "stream")), new parquet.WriterPropertiesBuilder().build());
}

export function listOf(type: arrow.DataType): arrow.DataType {
  return new arrow.List(new arrow.Field("item", type, true));
}
