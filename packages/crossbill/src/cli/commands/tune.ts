import { tune as search, type TuneSearch } from "@crossbill/pipeline";
import type { CommonOptions } from "../options.js";
import { runShown } from "../run-shown.js";
import { showTune } from "../show-tune.js";
import type { StopSignals } from "../signals.js";
import { outJson } from "../terminal.js";

export interface TuneCommandOptions extends CommonOptions {
  search?: TuneSearch;
  trials?: number;
  parallel?: number;
}

/** Search over hyper-parameters. */
export async function tune(options: TuneCommandOptions, stop: StopSignals): Promise<void> {
  const summary = await runShown(options, stop, (common) => search({ ...common, search: options.search, trials: options.trials, parallel: options.parallel }));
  if (options.json === true) outJson(summary);
  else showTune(summary);
}
