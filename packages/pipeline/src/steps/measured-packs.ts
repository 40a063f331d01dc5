import { encodeFor, encodeInputs } from "@crossbill/ingest";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import type { Model } from "@crossbill/models";
import { BUILD } from "../build.js";
import { inputFormat } from "../config/compile.js";
import type { RunContext } from "../context.js";
import { packsOf } from "./packs-of.js";

/** Rows that models are measured on, as packs. */
export interface MeasuredPacks {
  /** With which state the packs were encoded. */
  readonly manifest: v1.IngestManifest;
  readonly packs: readonly v1.Pack[];
  /** What chooses a threshold; may be none. */
  readonly validation: readonly v1.Pack[];
  /** With which state those were encoded. */
  readonly validationManifest: v1.IngestManifest;
  /** The same rows in another model's terms. */
  readonly encodeFor: (model: Model) => Promise<readonly v1.Pack[]>;
}

/** The test part of what was ingested. */
export function testPacks(run: RunContext, manifest: v1.IngestManifest): MeasuredPacks {
  const { compiled } = run;
  return {
    manifest,
    packs: packsOf(manifest, v1.Part.TEST),
    validation: packsOf(manifest, v1.Part.VALIDATION),
    validationManifest: manifest,
    encodeFor: (model) =>
      encodeFor({
        root: run.root,
        build: BUILD,
        files: compiled.files,
        data: compiled.data,
        columns: compiled.columns,
        nights: compiled.nights,
        executor: run.executor,
        spool: run.spool,
        manifest,
        part: v1.Part.TEST,
        foreign: foreignOf(model),
        signal: run.signal,
      }),
  };
}

/** Rows of an input, and how many of them were read. */
export interface InputPacks extends MeasuredPacks {
  readonly read: number;
  readonly rejected: number;
  readonly rejects: Readonly<Record<string, number>>;
}

/**
 * The rows of other files, in the terms of the model that is measured; a threshold is chosen on the validation part of what was ingested, if there is one.
 * @throws E_FORMAT (exit code 2) when the files differ in format; what encodeInputs throws
 */
export async function inputPacks(run: RunContext, inputs: readonly string[], model: Model, ingested: v1.IngestManifest | null): Promise<InputPacks> {
  const formats = inputs.map((file) => inputFormat(run.loaded.config, file));
  const other = formats.findIndex(({ format }) => format !== formats[0]!.format);
  if (other > 0)
    throw new CrossbillError(
      "E_FORMAT",
      `${inputs[other]}: is ${formats[other]!.format}, ${inputs[0]} is ${formats[0]!.format}; files that are measured together have one format`,
      {
        exitCode: 2,
      },
    );
  const data = Object.assign(decodeMessage(v1.DataSpec, encodeMessage(v1.DataSpec, run.compiled.data), "data"), formats[0]!);
  const { state, classes } = model;
  const own = { root: run.root, build: BUILD, data, inputs, columns: state.columns as v1.ColumnSpec[], state, classes };
  const options = { ...own, executor: run.executor, spool: run.spool, signal: run.signal };
  const { packs, read, rejected, rejects } = await encodeInputs(options);
  return {
    manifest: v1.IngestManifest.create({ build: BUILD, state, classes: [...classes], data }) as v1.IngestManifest,
    packs,
    validation: ingested === null ? [] : packsOf(ingested, v1.Part.VALIDATION),
    validationManifest: ingested ?? (v1.IngestManifest.create({}) as v1.IngestManifest),
    encodeFor: async (against) => (await encodeInputs({ ...options, foreign: foreignOf(against) })).packs,
    read,
    rejected,
    rejects,
  };
}

function foreignOf({ state }: Model): { columns: v1.ColumnSpec[]; state: v1.FeatureState } {
  return { columns: state.columns as v1.ColumnSpec[], state };
}
