import { RowEncoder } from "@crossbill/columns";
import type { Model, Row } from "../dist/index.js";

/** What the tests use of onnxruntime-node: it is not there on every machine, so its types are not relied upon. */
interface Runtime {
  readonly InferenceSession: { create(bytes: Uint8Array): Promise<Session> };
  readonly Tensor: new (type: "int64" | "float64", data: BigInt64Array | Float64Array, dims: readonly number[]) => unknown;
}
interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(
    feeds: Record<string, unknown>,
  ): Promise<Record<string, { readonly type: string; readonly dims: readonly number[]; readonly data: Float64Array | BigInt64Array }>>;
}

const NAME = "onnxruntime-node";
export const runtime: Runtime | null = await import(NAME).then(
  (module: { default: Runtime }) => module.default,
  (thrown: unknown) => {
    console.log(`skipped: what ONNX Runtime makes of exported models (${thrown instanceof Error ? thrown.message : String(thrown)})`);
    return null;
  },
);

/** Runs an exported model on rows, encoded as its README says. Outputs by name. */
export async function runOnnx(bytes: Uint8Array, model: Model, rows: readonly Row[]): Promise<Record<string, number[]>> {
  const { InferenceSession, Tensor } = runtime!;
  const session = await InferenceSession.create(bytes);
  const specs = model.columns.map(({ placed }) => placed.spec);
  const encoder = new RowEncoder(specs, model.state, model.data.missing);
  const encoded = rows.map((row) => encoder.encodeRow(row));
  const N = rows.length;
  const feeds: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const { placed } of model.columns) {
    const { name } = placed;
    if (placed.numeric) {
      feeds[name] = new Tensor(
        "float64",
        Float64Array.from(encoded, (one) => one.numbers.get(name)!),
        [N],
      );
      continue;
    }
    if (!placed.multi) {
      feeds[name] = new Tensor(
        "int64",
        BigInt64Array.from(encoded, (one) => BigInt(one.ids.get(name)!)),
        [N],
      );
      continue;
    }
    const pairs = encoded.map((one) => one.pairs.get(name)!);
    const M = Math.max(...pairs.map(({ ids }) => ids.length));
    const ids = new BigInt64Array(N * M);
    const values = new Float64Array(N * M);
    for (const [i, pair] of pairs.entries()) {
      for (const [j, id] of pair.ids.entries()) {
        ids[i * M + j] = BigInt(id);
        values[i * M + j] = pair.values[j]!;
      }
    }
    feeds[name] = new Tensor("int64", ids, [N, M]);
    feeds[`${name}.values`] = new Tensor("float64", values, [N, M]);
  }
  const answers = await session.run(feeds);
  return Object.fromEntries(session.outputNames.map((name) => [name, Array.from(answers[name]!.data as Iterable<number | bigint>, Number)]));
}
