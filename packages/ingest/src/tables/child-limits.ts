import fs from "node:fs";

/** What one child may take. */
export interface ChildLimits {
  /** Bytes that it holds in memory at most. */
  readonly memory: number;
  /** Processor time without any progress. */
  readonly busySeconds: number;
  /** Time without any progress, whatever it does: long, as a process that gets no processor is not to blame. */
  readonly idleSeconds: number;
}

export const CHILD_LIMITS: ChildLimits = { memory: 832 * 2 ** 20, busySeconds: 8, idleSeconds: 600 };
/** Where a system does not say what a process takes, time is what there is. */
const BLIND_SECONDS = 60;
/** Clock ticks of /proc: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS = 100;

/** What a process takes, where the system says so. */
export interface ChildUsage {
  readonly bytes: number;
  /** Processor time. */
  readonly seconds: number;
}

/** From /proc; null: there is none, or the process is gone. */
export function readUsage(pid: number): ChildUsage | null {
  let status: string;
  let stat: string;
  try {
    status = fs.readFileSync(`/proc/${pid}/status`, "latin1");
    stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return null; // not Linux, or it ended: its exit says so
  }
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? "0";
  // The name in parentheses may hold anything; what follows are state and numbers, of which 12 and 13 (from 1) are user and system time.
  const numbers = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { bytes: 1024 * Number(kilobytes), seconds: (Number(numbers[11]) + Number(numbers[12])) / TICKS };
}

/** Watches one process: says why it has to end, or null. Time counts from the last `beat`. */
export class ChildWatch {
  readonly #limits: ChildLimits;
  readonly #now: () => number;
  #since: number;
  #busySince = 0;
  #usage: ChildUsage | null = null;

  /** @param now milliseconds, for tests */
  constructor(limits: ChildLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
    this.#since = now();
  }

  beat(): void {
    this.#since = this.#now();
    this.#busySince = this.#usage?.seconds ?? 0;
  }

  look(usage: ChildUsage | null): { readonly what: "memory" | "time"; readonly got: number; readonly limit: number } | null {
    const { memory, busySeconds, idleSeconds } = this.#limits;
    this.#usage = usage ?? this.#usage;
    if (usage !== null && usage.bytes > memory) return { what: "memory", got: usage.bytes, limit: memory };
    const busy = usage === null ? 0 : usage.seconds - this.#busySince;
    if (busy > busySeconds) return { what: "time", got: busy, limit: busySeconds };
    const seconds = (this.#now() - this.#since) / 1000;
    const most = usage === null && this.#usage === null ? Math.min(BLIND_SECONDS, idleSeconds) : idleSeconds;
    return seconds > most ? { what: "time", got: seconds, limit: most } : null;
  }
}
