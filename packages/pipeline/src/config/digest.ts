import { encodeMessage, v1 } from "@crossbill/messages";
import { sha256Hex } from "@crossbill/storage";
import { withoutCheckpoints } from "@crossbill/trainer";
import type { CompiledConfig } from "./compile.js";

/** Of everything in a configuration that a model depends on: no path, no schedule, no gate, nothing of checkpoints. */
export function configSha256(compiled: CompiledConfig): string {
  const parts = [
    encodeMessage(v1.DataSpec, compiled.data),
    ...compiled.columns.map((c) => encodeMessage(v1.ColumnSpec, c)),
    encodeMessage(v1.ModelSpec, compiled.model),
    encodeMessage(v1.TrainSpec, withoutCheckpoints(compiled.train)),
    ...(compiled.recalibrate === null ? [] : [Buffer.from(compiled.recalibrate)]),
  ];
  return sha256Hex(Buffer.concat(parts.flatMap((p) => [Buffer.from(`${p.length}:`), p])));
}
