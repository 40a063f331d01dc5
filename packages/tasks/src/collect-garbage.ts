import v8 from "node:v8";
import vm from "node:vm";

let collect: (() => void) | undefined;

/**
 * Collects garbage now. Shared memories (of the trainer, above all) do not count for the collector, which sees a small object each: unless it is told to, it
 * leaves those of a finished step lie while the next one takes its own.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    v8.setFlagsFromString("--expose-gc");
    // The flag is the whole process's: taken back here, it could be gone when another thread makes its context.
    collect = vm.runInNewContext("gc") as () => void;
  }
  collect();
}
