import type { RunOptions } from "@crossbill/pipeline";
import type { CommonOptions } from "./options.js";
import type { StopSignals } from "./signals.js";
import { note, ProgressDisplay } from "./terminal.js";

/** Does `work` with the options of every command over a work folder, showing how far it is and what it notices, until it ends or a signal stops it. */
export async function runShown<T>(options: CommonOptions, stop: StopSignals, work: (options: RunOptions) => Promise<T>): Promise<T> {
  const display = new ProgressDisplay();
  try {
    return await work({
      cwd: process.cwd(),
      config: options.config,
      workdir: options.workdir,
      workers: options.workers,
      seed: options.seed,
      memoryBytes: options.memory,
      executor: options.executor,
      engine: options.engine,
      fresh: options.fresh,
      signal: stop.signal,
      onProgress: (p) => {
        if (options.quiet !== true) display.update({ phase: p.step, fraction: p.fraction, facts: p.facts });
      },
      onNotice: (text) => {
        display.clear();
        if (options.quiet !== true) note(text);
      },
    });
  } finally {
    display.clear();
    stop.done();
  }
}
