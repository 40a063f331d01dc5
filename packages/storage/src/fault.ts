import { CrossbillError } from "@crossbill/messages";

const KINDS = ["throw", "error", "exit", "kill", "hang", "sleep"] as const;
export type FaultKind = (typeof KINDS)[number];

/** One armed fault. `stage` and `point` may be "*". It strikes when its point is passed for the `nth` time in this thread; sleep strikes every time. */
export interface Fault {
  readonly stage: string;
  readonly point: string;
  readonly kind: FaultKind;
  readonly nth: number;
}

interface Armed extends Fault {
  passed: number;
}

/** Longest sleep of kind `sleep`, in milliseconds. */
export const MAX_SLEEP_MS = 4;

/**
 * The faults in `stage:point:kind[:n]`, several separated by commas; an empty text holds none.
 * @throws E_FAULT_SPEC (exit code 2) for anything else.
 */
export function parseFaults(text: string): Fault[] {
  if (text === "") return [];
  return text.split(",").map((one) => {
    const [stage = "", point = "", kind = "", nth = "1", ...rest] = one.split(":");
    if (stage === "" || point === "" || !isKind(kind) || !/^[1-9]\d{0,8}$/.test(nth) || rest.length > 0) {
      throw new CrossbillError(
        "E_FAULT_SPEC",
        `CROSSBILL_FAULT: ${JSON.stringify(one)} is not stage:point:kind[:n] with kind one of ${KINDS.join(", ")} and n from 1`,
        { exitCode: 2 },
      );
    }
    return { stage, point, kind, nth: Number(nth) };
  });
}

function isKind(text: string): text is FaultKind {
  return (KINDS as readonly string[]).includes(text);
}

// undefined: the environment was not read yet; null: nothing is armed.
let armed: Armed[] | null | undefined;

/** Arms `text` in this thread instead of the environment's faults; counting starts anew. "" disarms. */
export function armFaults(text: string): void {
  const faults = parseFaults(text);
  armed = faults.length === 0 ? null : faults.map((fault) => ({ ...fault, passed: 0 }));
}

/** Whether any fault is armed in this thread. Callers that must build a point's name ask this first. */
export function faultsArmed(): boolean {
  if (armed === undefined) armFaults(process.env.CROSSBILL_FAULT ?? "");
  return armed !== null;
}

/**
 * A place where tests may break the program: with CROSSBILL_FAULT unset it costs one comparison.
 * @throws E_FAULT (kind throw), E_IO (kind error), E_FAULT_SPEC when the variable is malformed.
 */
export function faultPoint(stage: string, point: string): void {
  if (armed === null || !faultsArmed()) return;
  for (const fault of armed ?? []) {
    if ((fault.stage !== "*" && fault.stage !== stage) || (fault.point !== "*" && fault.point !== point)) continue;
    fault.passed++;
    if (fault.kind === "sleep" || fault.passed === fault.nth) strike(fault.kind, `${stage}:${point}`);
  }
}

function strike(kind: FaultKind, place: string): void {
  if (kind === "throw") throw new CrossbillError("E_FAULT", `injected fault at ${place}`, { details: { place } });
  if (kind === "error") throw new CrossbillError("E_IO", `injected input/output error at ${place}`, { details: { place, errno: "EIO" } });
  if (kind === "exit") process.exit(70);
  if (kind === "sleep") {
    pause(Math.random() * MAX_SLEEP_MS);
    return;
  }
  // SIGKILL is delivered a moment after kill() returns: nothing more may happen in that moment.
  if (kind === "kill") process.kill(process.pid, "SIGKILL");
  for (;;);
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
