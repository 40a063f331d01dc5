import { tune as search, type TuneSearch, type TuneSummary } from "@crossbill/pipeline";
import type { CommonOptions } from "../options.js";
import { showTune } from "../show-tune.js";
import type { StopSignals } from "../signals.js";
import { note, outJson, ProgressDisplay } from "../terminal.js";

export interface TuneCommandOptions extends CommonOptions {
  search?: TuneSearch;
  trials?: number;
  parallel?: number;
}

/** Search over hyper-parameters. */
export async function tune(options: TuneCommandOptions, stop: StopSignals): Promise<void> {
  const display = new ProgressDisplay();
  let summary: TuneSummary;
  try {
    summary = await search({
      cwd: process.cwd(),
      config: options.config,
      workdir: options.workdir,
      workers: options.workers,
      seed: options.seed,
      memoryBytes: options.memory,
      executor: options.executor,
      fresh: options.fresh,
      search: options.search,
      trials: options.trials,
      parallel: options.parallel,
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
  if (options.json === true) outJson(summary);
  else showTune(summary);
}
