import fs from "node:fs";
import { errnoOf } from "./io-error.js";

/** The kernel's start time of a process in clock ticks since boot, "" where /proc has none (no such process, or no Linux); "zombie" when it has ended unreaped. */
export function processStart(pid: number): string {
  let stat: string;
  try {
    stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (thrown) {
    if (errnoOf(thrown) === "") throw thrown;
    return "";
  }
  // Field 2 is the program's name in parentheses and may hold anything; state is field 3, starttime field 22 (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? "zombie" : (fields[19] ?? "");
}

/** Whether the process that had `pid` and start time `start` ("" = unknown) still runs on this machine. A reused pid has another start time. */
export function isRunning(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    // EPERM: it runs and belongs to somebody else.
    if (errnoOf(thrown) !== "EPERM") return false;
  }
  const now = processStart(pid);
  if (now === "zombie") return false;
  return start === "" || now === "" || now === start;
}

/** This process's own start time, as {@link processStart}. */
export const OWN_START: string = processStart(process.pid);
