import { buildBlockTwin, createKernelMemory, instantiateKernels } from "@crossbill/kernels";
import test from "ava";
import { readDescriptor, type Shape, shapeBound, shapeBytes, writeDescriptor } from "../dist/blocks/block.js";
import { BlockBuilder } from "../dist/blocks/block-builder.js";
import { heapOf } from "../dist/blocks/heap.js";
import { type Inputs, inputSizes } from "../dist/blocks/inputs.js";
import { planLayout } from "../dist/blocks/layout.js";
import type { SourceRows } from "../dist/rows/block-source.js";

const LISTS = {
  words: { offsets: [0, 2, 2, 5], ids: [4, 1, 1, 4, 0], values: [1, 0.5, 2, -1, 3] },
  tags: { offsets: [0, 0, 1, 2], ids: [2, 2], values: null },
} as const;
const IDS = { city: [7, 0, 7], shop: [1, 2, 0] } as const;

function sourceRows(): SourceRows {
  return {
    rows: 3,
    label: Float64Array.of(0, 1, 0),
    labels: null,
    weight: Float64Array.of(1, 1, 2),
    ids: (name) => Uint32Array.from(IDS[name as keyof typeof IDS]),
    numbers: () => new Float64Array(3),
    pairs: (name) => {
      const { offsets, ids, values } = LISTS[name as keyof typeof LISTS];
      return { offsets: Int32Array.from(offsets), ids: Uint32Array.from(ids), values: values === null ? null : Float64Array.from(values) };
    },
  };
}

function build(inputs: Inputs) {
  const largest: Shape = shapeBound(3, inputSizes(inputs), 7, true);
  const layout = planLayout({
    parameters: inputs.features + 1,
    steps: 1,
    largest,
    blocks: 1,
    allBlocksBytes: shapeBytes(largest),
    members: 1,
    columnSizes: inputs.categorical.map(({ size }) => size),
    touched: false,
    memoryBytes: Number.POSITIVE_INFINITY,
  });
  const heap = heapOf(createKernelMemory(layout.bytes));
  const block = new BlockBuilder(heap, instantiateKernels(heap.memory), layout, inputs, largest, 0).build(sourceRows(), true);
  const starts = heap.u32.slice(block.columnStarts / 4, block.columnStarts / 4 + inputs.categorical.length + inputs.multi.length + 1);
  return { block, starts, uniq: heap.u32.slice(block.uniq / 4, block.uniq / 4 + block.distinct) };
}

const city = { name: "city", offset: 0, size: 9 };
const shop = { name: "shop", offset: 9, size: 3 };
const words = { name: "words", offset: 12, size: 5 };
const tags = { name: "tags", offset: 17, size: 3 };

test("a block says where the distinct features of each column begin", (t) => {
  const oneHot = build({ features: 12, categorical: [city, shop], multi: [], numeric: [] });
  t.deepEqual([...oneHot.starts], [0, 2, 5]);
  t.deepEqual(
    oneHot.uniq,
    buildBlockTwin(
      [
        { ids: IDS.city, offset: 0 },
        { ids: IDS.shop, offset: 9 },
      ],
      3,
    ).uniq,
  );
  const ragged = build({ features: 20, categorical: [city, shop], multi: [words, tags], numeric: [] });
  t.deepEqual([...ragged.starts], [0, 2, 5, 8, 9]);
  t.deepEqual([...ragged.uniq], [7, 0, 10, 11, 9, 16, 13, 12, 19]);
  t.deepEqual([...build({ features: 0, categorical: [], multi: [], numeric: [] }).starts], [0], "no column");
});

test("a descriptor brings back the block", (t) => {
  const { block } = build({ features: 20, categorical: [city, shop], multi: [words, tags], numeric: [] });
  const words16 = new Uint32Array(16);
  writeDescriptor(words16, block);
  t.deepEqual(readDescriptor(words16), block);
});
