import { instantiateKernels } from "@crossbill/kernels";
import type { GangMember } from "@crossbill/tasks";
import { BlockBuilder } from "../blocks/block-builder.js";
import { heapOf } from "../blocks/heap.js";
import { denseFeatures } from "../blocks/inputs.js";
import { blockBounds, Loader } from "../blocks/loader.js";
import { largestShape } from "../blocks/needs.js";
import { makeOptimizers } from "../optimizers/optimizer.js";
import { sourceOf } from "../rows/used-rows.js";
import { TrainLoop } from "./loop.js";
import { ABORT_INT, type TrainData, type TrainResult } from "./protocol.js";
import { Stepper } from "./stepper.js";

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
