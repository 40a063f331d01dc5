import { instantiateKernels } from "@crossbill/kernels";
import type { GangMember } from "@crossbill/tasks";
import { BlockBuilder } from "./block-builder.js";
import { heapOf } from "./heap.js";
import { denseFeatures } from "./inputs.js";
import { blockBounds, Loader } from "./loader.js";
import { TrainLoop } from "./loop.js";
import { largestShape } from "./needs.js";
import { makeOptimizers } from "./optimizer.js";
import { ABORT_INT, type TrainData, type TrainResult } from "./protocol.js";
import { Stepper } from "./stepper.js";
import { sourceOf } from "./used-rows.js";

/** One thread of the training gang (runGang's module). */
export default async function trainMember(member: GangMember, data: TrainData): Promise<TrainResult | null> {
  const { layout, plan, inputs, head } = data;
  const heap = heapOf(data.memory);
  const kernels = instantiateKernels(data.memory, data.module);
  const optimizers = makeOptimizers(data.optimizer, data.penalties, kernels, layout);
  const stopped = (): boolean => Atomics.load(member.ints, ABORT_INT) !== 0;
  const stepper = new Stepper({ heap, kernels, layout, optimizers, head, team: member, dense: denseFeatures(inputs).length, intercept: true, clip: data.clip });
  const builder = new BlockBuilder(heap, kernels, layout, inputs, largestShape(plan, inputs), member.index);
  const room = heap.u8.subarray(layout.room + member.index * layout.roomBytes, layout.room + (member.index + 1) * layout.roomBytes);
  const source = await sourceOf(data, room);
  const loader = new Loader({ plan, source, builder, bounds: blockBounds(plan, inputs), layout, heap, team: member, beat: () => member.beat(), stopped });
  const result = await new TrainLoop({ data, heap, kernels, optimizers, stepper, loader, team: member, progress: member.floats, stopped }).run();
  return member.index === 0 ? result : null;
}
