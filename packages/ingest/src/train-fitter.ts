import { BATCH_ROWS, type ColumnReader, Fitter } from "@crossbill/columns";
import { encodeMessage, v1 } from "@crossbill/messages";
import { type TaskContext, writeOutput } from "@crossbill/tasks";
import { LabelClasses } from "./label-classes.js";
import { labelNames } from "./label-vectors.js";
import type { RowBatch, ShardRows } from "./shard-rows.js";

/** Learns from the training rows of batches that it has not learned from under an earlier cut. */
export class TrainFitter {
  readonly #fitter: Fitter;
  readonly #keep = new Uint8Array(BATCH_ROWS);
  readonly #source: ShardRows;
  readonly #label: number;
  readonly #split: string;
  /** null: the label has no classes to learn. */
  readonly #classes: LabelClasses | null;
  #rows = 0;

  constructor(reader: ColumnReader, source: ShardRows, { data, fields }: v1.ShardParams) {
    this.#fitter = new Fitter(reader);
    this.#source = source;
    this.#label = fields.indexOf(data.label.field);
    this.#split = data.label.split;
    this.#classes = data.label.multi && data.label.fields.length === 0 ? new LabelClasses(data.label.field) : null;
  }

  update({ judged, prepared, text }: RowBatch): void {
    for (let r = 0; r < prepared.rows; r++) this.#rows += this.#keep[r] = judged.parts[r] === v1.Part.TRAIN && !this.#source.wasCounted(r) ? 1 : 0;
    this.#fitter.update(prepared, this.#keep, judged.weight);
    if (this.#classes === null) return;
    for (let r = 0; r < prepared.rows; r++) {
      if (this.#keep[r] !== 1) continue;
      const own = text.text(this.#label, r);
      for (const name of this.#split === "" ? [own ?? ""] : (labelNames(own, this.#split) ?? [])) this.#classes.add(name);
    }
  }

  async write(task: v1.Task, context: TaskContext): Promise<{ partial: v1.Ref; trainRows: number; classes: string[] }> {
    const partial = await writeOutput(context.root, task.key, "partial.pb", encodeMessage(v1.FeaturePartial, this.#fitter.partial()));
    return { partial, trainRows: this.#rows, classes: this.#classes?.sorted() ?? [] };
  }
}
