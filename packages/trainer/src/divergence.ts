import { LOSS_CHUNK_ROWS } from "@crossbill/kernels";
import { CrossbillError } from "@crossbill/messages";
import type { Block } from "./block.js";
import type { Sample } from "./class-sampler.js";
import type { Heap } from "./heap.js";
import { type Layout, layoutOf } from "./layout.js";
import type { PlannedBlock, TrainPlan } from "./plan.js";
import type { Stepper } from "./stepper.js";

const ADVICE = "a smaller learning rate (alpha), stronger penalties, or clipping and scaling of the numeric columns help";

/** The error for a block whose loss is not finite. Recomputes the logits of the chunk to find the row. */
export function divergedAt(found: {
  step: number;
  epoch: number;
  planned: PlannedBlock;
  block: Block;
  plan: TrainPlan;
  stepper: Stepper;
  heap: Heap;
  layout: Layout;
  sample: Sample | null;
}): CrossbillError {
  const { step, epoch, planned, block, plan, stepper, heap, layout, sample } = found;
  const pack = plan.packs[planned.pack]!.uri;
  // Of sampled rows the places in the pack are not known here.
  const row = planned.kept !== undefined ? null : findRow(block, stepper, heap, layout, sample);
  const where = row === null ? `rows ${planned.from} to ${planned.to - 1}` : `row ${planned.from + row}`;
  return new CrossbillError(
    "E_DIVERGED",
    `training diverged: the loss is not finite at step ${step + 1}, epoch ${epoch + 1}, ${where} of pack ${pack}; ${ADVICE}`,
    {
      details: { step: step + 1, epoch: epoch + 1, pack, from: planned.from, to: planned.to, row: row === null ? null : planned.from + row },
    },
  );
}

/** The error for weights or a validation loss that are not finite. */
export function divergedIn(what: string, step: number, epoch: number): CrossbillError {
  return new CrossbillError("E_DIVERGED", `training diverged: ${what} not finite after step ${step}, epoch ${epoch + 1}; ${ADVICE}`, {
    details: { step, epoch: epoch + 1 },
  });
}

function findRow(block: Block, stepper: Stepper, { f64 }: Heap, layout: Layout, sample: Sample | null): number | null {
  const outputs = sample?.classes ?? Array.from({ length: layout.outputs }, (_, k) => k);
  for (let chunk = 0; chunk * LOSS_CHUNK_ROWS < block.rows; chunk++) {
    if (Number.isFinite(f64[layout.losses / 8 + chunk]!)) continue;
    const from = chunk * LOSS_CHUNK_ROWS;
    const to = Math.min(block.rows, from + LOSS_CHUNK_ROWS);
    stepper.logits(block, from, to, sample);
    for (let r = from; r < to; r++) {
      const label = f64[block.labels / 8 + r]!;
      for (const k of outputs) {
        const logit = f64[layoutOf(layout, k).residual / 8 + r]!;
        if (!Number.isFinite(logit) || !Number.isFinite((logit - label) * (logit - label)) || !Number.isFinite(label * f64[block.weights / 8 + r]!)) return r;
      }
    }
  }
  return null;
}
