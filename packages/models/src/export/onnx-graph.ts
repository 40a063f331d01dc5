import { onnx } from "../../gen/onnx.js";

/** Dimensions of a tensor: a size, or a name of one that is known when it runs; the same name, the same size. */
export type Dims = readonly (number | string)[];

/** Name of a tensor of the graph. */
export type Edge = string;

export const { DOUBLE, FLOAT, INT64 } = onnx.TensorProto.DataType;
const TYPES = { double: DOUBLE, int64: INT64 } as const;

/** Operators of this version of ONNX, in the format of this version: any runtime since 2020 reads them. */
const OPSET = 13;
const IR_VERSION = 7;

/** Builds a graph node by node; a node is added after those whose outputs it reads. */
export class OnnxGraph {
  readonly #nodes: onnx.NodeProto.$Properties[] = [];
  readonly #constants: onnx.TensorProto.$Properties[] = [];
  readonly #inputs: onnx.ValueInfoProto.$Properties[] = [];
  readonly #outputs: onnx.ValueInfoProto.$Properties[] = [];
  readonly #names = new Set<string>();
  /** An input of the graph, by this name, or where that is taken with a number behind it. */
  input(name: string, type: keyof typeof TYPES, dims: Dims): Edge {
    const edge = this.#fresh(name);
    this.#inputs.push(valueInfo(edge, type, dims));
    return edge;
  }

  /** A tensor of float64; without dims a single number. */
  doubles(values: Float64Array | readonly number[], dims: readonly number[] = []): Edge {
    return this.#constant(DOUBLE, dims, Float64Array.from(values));
  }

  floats(values: Float32Array | readonly number[], dims: readonly number[] = []): Edge {
    return this.#constant(FLOAT, dims, Float32Array.from(values));
  }

  integers(values: readonly number[], dims: readonly number[] = [values.length]): Edge {
    return this.#constant(INT64, dims, BigInt64Array.from(values, BigInt));
  }

  /** A node of one output; inputs of "" are left out. Attributes are integers or lists of them. */
  node(operator: string, inputs: readonly Edge[], attributes: Readonly<Record<string, number | readonly number[]>> = {}): Edge {
    const edge = this.#fresh(operator);
    const { INT, INTS } = onnx.AttributeProto.AttributeType;
    this.#nodes.push({
      opType: operator,
      input: [...inputs],
      output: [edge],
      attribute: Object.entries(attributes).map(([name, value]) =>
        typeof value === "number" ? { name, type: INT, i: value } : { name, type: INTS, ints: [...value] },
      ),
    });
    return edge;
  }

  cast(from: Edge, to: typeof DOUBLE | typeof FLOAT | typeof INT64): Edge {
    return this.node("Cast", [from], { to });
  }

  /** Makes a tensor an output of the graph; its name as that of an input. */
  output(name: string, from: Edge, type: keyof typeof TYPES, dims: Dims): Edge {
    const edge = this.#fresh(name);
    this.#nodes.push({ opType: "Identity", input: [from], output: [edge] });
    this.#outputs.push(valueInfo(edge, type, dims));
    return edge;
  }

  /** The bytes of the file. Equal calls give equal bytes. */
  finish(description: string, metadata: readonly (readonly [key: string, value: string])[]): Uint8Array {
    return onnx.ModelProto.encode({
      irVersion: IR_VERSION,
      producerName: "crossbill",
      docString: description,
      opsetImport: [{ domain: "", version: OPSET }],
      graph: { name: "crossbill", node: this.#nodes, initializer: this.#constants, input: this.#inputs, output: this.#outputs },
      metadataProps: metadata.map(([key, value]) => ({ key, value })),
    }).finish();
  }

  #constant(dataType: onnx.TensorProto.DataType, dims: readonly number[], values: Float32Array | Float64Array | BigInt64Array): Edge {
    const name = this.#fresh("constant");
    this.#constants.push({ name, dims: [...dims], dataType, rawData: new Uint8Array(values.buffer) });
    return name;
  }

  #fresh(wanted: string): Edge {
    let name = wanted || "_"; // "" means that an input is left out
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }
}

function valueInfo(name: string, type: keyof typeof TYPES, dims: Dims): onnx.ValueInfoProto.$Properties {
  const dim = dims.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: TYPES[type], shape: { dim } } } };
}
