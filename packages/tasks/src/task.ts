import { createHash } from "node:crypto";
import { CrossbillError, v1 } from "@crossbill/messages";

/** Version of the Task and Result messages. */
export const TASK_PROTOCOL = 1;

const STEP = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * key = sha256(parts), parts = "crossbill.task", protocol, build, step, params, number of inputs, the inputs' hashes in order;
 * every part is preceded by its length in bytes (uint32, little-endian), so that no two lists of parts give the same bytes.
 * Where the inputs lie (uri, offset) is no part of it: the same content elsewhere is the same task.
 * Lower-case hexadecimal.
 */
export function taskKey(build: string, step: string, params: Uint8Array, inputHashes: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of ["crossbill.task", String(TASK_PROTOCOL), build, step, params, String(inputHashes.length), ...inputHashes]) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest("hex");
}

/**
 * A task with its key. `step` names a handler; every input must have its SHA-256.
 * @throws E_TASK for a step that is no name or an input without a hash.
 */
export function makeTask(parts: { step: string; params: Uint8Array; inputs: readonly v1.Ref.$Properties[]; build: string }): v1.Task {
  const { step, params, build } = parts;
  if (!STEP.test(step)) throw new CrossbillError("E_TASK", `not a step's name: ${JSON.stringify(step)}; allowed is ${STEP.source}`);
  const inputs = parts.inputs.map((ref) => v1.Ref.create(ref));
  const hashes = inputs.map((ref) => ref.sha256);
  for (const [i, hash] of hashes.entries()) {
    if (!SHA256.test(hash))
      throw new CrossbillError(
        "E_TASK",
        `step ${step}: input ${i} (${inputs[i]?.uri}) has the hash ${JSON.stringify(hash)}; 64 lower-case hexadecimal digits are needed`,
      );
  }
  return v1.Task.create({ protocol: TASK_PROTOCOL, build, step, params, inputs, key: taskKey(build, step, params, hashes) });
}

/**
 * Refuses a task that another version wrote or that was changed on its way.
 * @throws E_TASK_PROTOCOL; E_TASK_KEY when its key is not the one of its parts.
 */
export function checkTask(task: v1.Task): void {
  if (task.protocol !== TASK_PROTOCOL)
    throw new CrossbillError(
      "E_TASK_PROTOCOL",
      `task ${describeTask(task)}: protocol ${task.protocol}, this version knows ${TASK_PROTOCOL}; use the same version everywhere`,
    );
  const key = taskKey(
    task.build,
    task.step,
    task.params,
    task.inputs.map((ref) => ref.sha256),
  );
  if (key !== task.key) throw new CrossbillError("E_TASK_KEY", `task ${describeTask(task)}: its parts have the key ${key}; it was changed after it was made`);
}

/** "encode 0123456789ab": how errors name a task. */
export function describeTask(task: { readonly step: string; readonly key: string }): string {
  return `${task.step} ${task.key.slice(0, 12)}`;
}
