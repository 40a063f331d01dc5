import { ColumnReader, Encoder } from "@crossbill/columns";
import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { collectGarbage } from "@crossbill/tasks";
import { LARGE_TEXTS, textBytes } from "./held-state.js";
import { encodedColumns } from "./pack-layout.js";
import { type Kept, type Runtime, withKept } from "./runtime.js";
import { sliceFields } from "./shard-rows.js";

/** The state that rows are encoded with. */
export interface StateSource {
  /** Says which state it is. */
  readonly key: string;
  read(params: v1.ShardParams): Promise<v1.FeatureState>;
}

export interface EncoderSession extends Kept {
  readonly runtime: Runtime;
  readonly state: v1.FeatureState;
  /** Reads the columns that are encoded. */
  readonly reader: ColumnReader;
  /** Reads the columns that reject rows; the same one, but for foreign columns. */
  readonly judge: ColumnReader;
  readonly encoder: Encoder;
}

/** One state serves all shards of a run, and large vocabularies take long to load: the last encoder of a thread stays for its next task. */
export async function withEncoder<T>(
  task: v1.Task,
  source: StateSource,
  use: (given: EncoderSession & { readonly params: v1.ShardParams }) => Promise<T>,
): Promise<T> {
  const params = decodeMessage(v1.ShardParams, task.params, `parameters of ${task.step}`);
  const text = (specs: readonly v1.ColumnSpec.$Properties[]): string[] =>
    specs.map((spec) => Buffer.from(encodeMessage(v1.ColumnSpec, spec)).toString("base64"));
  const foreign = params.foreign == null ? null : text(params.foreign.columns ?? []);
  const key = JSON.stringify([source.key, params.fields, text(params.columns), foreign, params.data.slices]);
  let opened = false;
  const open = async (runtime: Runtime): Promise<EncoderSession> => {
    opened = true;
    const state = await source.read(params);
    if (textBytes(state) > LARGE_TEXTS) collectGarbage(); // the message's bytes, before the tables take their room
    return openSession(key, runtime, params, state);
  };
  return withKept(key, open, (session, { arena }) => {
    if (opened && arena.mark() > LARGE_TEXTS) collectGarbage(); // the state, which is as large as its tables
    return use({ ...session, params });
  });
}

function openSession(key: string, runtime: Runtime, params: v1.ShardParams, state: v1.FeatureState): EncoderSession {
  const judge = new ColumnReader(params.columns, params.fields, runtime);
  const reader = params.foreign == null ? judge : new ColumnReader(encodedColumns(params), params.fields, runtime);
  const encoder = new Encoder(reader, state);
  return { key, runtime, state: hasNamedSlices(params) ? state : withoutVocabularies(state), reader, judge, encoder };
}

/** The encoder has loaded the vocabularies: without slices that name their values nobody reads them again. */
function withoutVocabularies({ columns, states }: v1.FeatureState): v1.FeatureState {
  return v1.FeatureState.create({ columns, states: states.filter(({ vocabulary }) => vocabulary == null) });
}

/** Whether a slice is by a column's entries. */
function hasNamedSlices({ data, fields, columns }: v1.ShardParams): boolean {
  const plain = new Set(sliceFields(data, fields));
  return data.slices.some((slice) => !plain.has(slice) && columns.some(({ name }) => name === slice));
}
