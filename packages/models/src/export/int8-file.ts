import { CrossbillError } from "@crossbill/messages";
import { type Data, Field, Float32, Int8, List, makeData, RecordBatch, Schema, Struct, Table, tableToIPC, Uint32, Utf8 } from "apache-arrow";
import { numberData, utf8Data } from "../arrow-data.js";
import type { Model } from "../model.js";
import { int8Layer } from "../network/int8.js";
import { mergedLayer } from "../network/served-tower.js";

/**
 * The layers of a network as prediction uses them (batch norm merged), weights in 8 bits: an Arrow IPC file of the fields `layer` utf8 (`layer 1`, of two towers `user/layer 1`), `unit` uint32, `scale` float32, `bias` float32 and `weights`, a list of int8:
 * a unit gives f(bias + scale * sum of weights * inputs). Embeddings are exported by column. The file's metadata `crossbill.networkScale` is what the last layer's output is multiplied by.
 * @throws E_EXPORT_EMPTY (exit code 2) for a model without layers
 */
export function encodeInt8(model: Model): Uint8Array {
  const { network } = model;
  const towers = network?.plan.towers ?? [];
  const layers = towers.flatMap((tower, t) =>
    tower.layers.map((layer, l) => {
      const { weights, bias } = mergedLayer(layer, network!.weights);
      return { layer, bias, name: `${towers.length > 1 ? `${t === 0 ? "user" : "item"}/` : ""}layer ${l + 1}`, ...int8Layer(weights, layer) };
    }),
  );
  if (layers.length === 0)
    throw new CrossbillError(
      "E_EXPORT_EMPTY",
      "int8 is for the layers of a network, and this model has none; arrow and tsv are for its weights and embeddings",
      {
        exitCode: 2,
      },
    );
  const listType = new List(new Field("weight", new Int8(), false));
  const schema = new Schema(
    [
      new Field("layer", new Utf8(), false),
      new Field("unit", new Uint32(), false),
      new Field("scale", new Float32(), false),
      new Field("bias", new Float32(), false),
      new Field("weights", listType, false),
    ],
    new Map([
      ["crossbill.int8", "1"],
      ["crossbill.networkScale", String(network!.scale)],
    ]),
  );
  const batches = layers.map(({ layer: { inputs, outputs: n }, name, bias, values, scales }) => {
    const weights = makeData({ type: new Int8(), data: values });
    const children = [
      utf8Data(new Array<string>(n).fill(name)),
      makeData({ type: new Uint32(), data: Uint32Array.from({ length: n }, (_, unit) => unit) }),
      numberData(scales),
      numberData(bias),
      makeData({ type: listType, length: n, nullCount: 0, valueOffsets: Int32Array.from({ length: n + 1 }, (_, i) => i * inputs), child: weights }),
    ];
    return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: n, nullCount: 0, children: children as Data[] }));
  });
  return tableToIPC(new Table(schema, batches), "file");
}
