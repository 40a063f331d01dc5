import { instantiateKernels } from "@crossbill/kernels";
import type { GangMember } from "@crossbill/tasks";
import { BlockBuilder } from "../blocks/block-builder.js";
import { heapOf } from "../blocks/heap.js";
import { blockBounds, Loader } from "../blocks/loader.js";
import { largestShape } from "../blocks/needs.js";
import { loadEngine } from "../network/engine-choice.js";
import { NetworkLearner } from "../network/network-learner.js";
import { scaledSource } from "../rows/label-scale.js";
import { sourceOf } from "../rows/used-rows.js";
import { LinearLearner } from "./linear-learner.js";
import { TrainLoop } from "./loop.js";
import { ABORT_INT, type TrainData, type TrainResult } from "./protocol.js";

/** One thread of the training gang (runGang's module). */
export default async function trainMember(member: GangMember, data: TrainData): Promise<TrainResult | null> {
  const { layout, plan, inputs } = data;
  const heap = heapOf(data.memory);
  const kernels = instantiateKernels(data.memory, data.module);
  const stopped = (): boolean => Atomics.load(member.ints, ABORT_INT) !== 0;
  member.beat();
  const engine = member.index > 0 || data.network?.engine == null ? null : await loadEngine(data.network.engine);
  const learnerParts = { data, heap, kernels, team: member };
  const learner = data.network === null ? new LinearLearner(learnerParts) : new NetworkLearner({ ...learnerParts, network: data.network, engine });
  const builder = new BlockBuilder(heap, kernels, layout, inputs, largestShape(plan, inputs), member.index);
  const room = heap.u8.subarray(layout.room + member.index * layout.roomBytes, layout.room + (member.index + 1) * layout.roomBytes);
  const rows = await sourceOf(data, room);
  const source = data.labelScale === null ? rows : scaledSource(rows, data.labelScale);
  const loader = new Loader({ plan, source, builder, bounds: blockBounds(plan, inputs), layout, heap, team: member, beat: () => member.beat(), stopped });
  const result = await new TrainLoop({ data, heap, learner, loader, team: member, progress: member.floats, stopped }).run();
  return member.index === 0 ? { ...result, engine: engine?.description ?? null } : null;
}
