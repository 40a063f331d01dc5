import { CrossbillError, decodeMessage, encodeMessage, hasLabelVectors, v1 } from "@crossbill/messages";
import { numericIndicators, numericInputs, numericMissing, numericTransform, type Placement } from "@crossbill/models";
import type { SourceRows } from "../rows/block-source.js";
import type { InputSizes } from "./block.js";

/** A categorical column: id i of it is feature offset + i. */
export interface CategoricalInput {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** A numeric column: its value after clipping and scaling is feature `offset`; with two inputs, feature offset + 1 is 1 where the value is missing. */
export interface NumericInput {
  readonly name: string;
  readonly offset: number;
  readonly inputs: number;
  /** Encoded v1.ColumnSpec and v1.ColumnState (null: none), so that it crosses threads. */
  readonly spec: Uint8Array;
  readonly state: Uint8Array | null;
}

/** What the model reads of a row. The intercept is dense input 0 and feature F. */
export interface Inputs {
  /** F, without the intercept. */
  readonly features: number;
  readonly categorical: readonly CategoricalInput[];
  /** Columns of several values. */
  readonly multi: readonly CategoricalInput[];
  readonly numeric: readonly NumericInput[];
  /** K, where labels are vectors; default: a label is one number. */
  readonly labels?: number;
}

export function inputsOf(placement: Placement): Inputs {
  const categorical: CategoricalInput[] = [];
  const multi: CategoricalInput[] = [];
  const numeric: NumericInput[] = [];
  for (const { name, offset, size, numeric: isNumeric, multi: several, spec, state } of placement.columns) {
    if (several) multi.push({ name, offset, size });
    else if (!isNumeric) categorical.push({ name, offset, size });
    else
      numeric.push({
        name,
        offset,
        inputs: size,
        spec: encodeMessage(v1.ColumnSpec, spec),
        state: state === null ? null : encodeMessage(v1.ColumnState, state),
      });
  }
  return { features: placement.features, categorical, multi, numeric };
}

/** The same, of rows with the manifest's labels. @throws E_TRAIN_SPEC (exit code 2) for the head multiLabel over labels that are no vectors */
export function withLabels(inputs: Inputs, head: v1.Head, { data, classes }: v1.IngestManifest): Inputs {
  const vectors = hasLabelVectors((data as v1.DataSpec | null)?.label);
  if (head === v1.Head.MULTI_LABEL && !vectors)
    throw new CrossbillError(
      "E_TRAIN_SPEC",
      "model.head multiLabel needs labels of several classes: set data.labelSplit, or name a column for each class in data.label",
      {
        exitCode: 2,
      },
    );
  return vectors ? { ...inputs, labels: classes.length } : inputs;
}

/** Labels of rows as blocks hold them. @throws E_CORRUPT for rows without the vectors that are expected */
export function labelsOf({ rows, label, labels }: SourceRows, { labels: width }: Inputs): Float64Array {
  if (width === undefined) return label;
  if (labels?.length === rows * width) return labels;
  throw new CrossbillError("E_CORRUPT", `rows hold no label of ${width} numbers each: packs and classes do not belong together; ingest again`);
}

/** What blocks of these inputs are sized by. */
export function inputSizes(inputs: Inputs): InputSizes {
  const sizesOf = (columns: readonly CategoricalInput[]): number[] => columns.map(({ size }) => size);
  return { single: sizesOf(inputs.categorical), multi: sizesOf(inputs.multi), dense: denseFeatures(inputs).length, labels: inputs.labels ?? 1 };
}

/** Clipping and scaling of a numeric input's raw values, and which of them count as missing. */
export function transformOf(input: NumericInput): { readonly apply: (x: number) => number; readonly isMissing: (x: number) => boolean } {
  const spec = decodeMessage(v1.ColumnSpec, input.spec, input.name);
  const state = input.state === null ? null : decodeMessage(v1.ColumnState, input.state, input.name);
  return { apply: numericTransform(spec, state), isMissing: numericMissing(spec, state) };
}

/** The same for many values at once. */
export function batchOf(input: NumericInput): { readonly scale: ReturnType<typeof numericInputs>; readonly indicate: ReturnType<typeof numericIndicators> } {
  const spec = decodeMessage(v1.ColumnSpec, input.spec, input.name);
  const state = input.state === null ? null : decodeMessage(v1.ColumnState, input.state, input.name);
  return { scale: numericInputs(spec, state), indicate: numericIndicators(spec, state) };
}

/** Features of the dense inputs in their order: the intercept, then every numeric column's. u32[D] */
export function denseFeatures(inputs: Inputs): Uint32Array {
  const features = [inputs.features];
  for (const { offset, inputs: n } of inputs.numeric) for (let i = 0; i < n; i++) features.push(offset + i);
  return Uint32Array.from(features);
}
