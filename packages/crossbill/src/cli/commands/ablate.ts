import { ablate as leaveOut } from "@crossbill/pipeline";
import type { CommonOptions } from "../options.js";
import { runShown } from "../run-shown.js";
import { showAblation } from "../show-ablation.js";
import type { StopSignals } from "../signals.js";
import { outJson } from "../terminal.js";

export interface AblateCommandOptions extends CommonOptions {
  columns?: string;
  parallel?: number;
}

/** What each column brings. */
export async function ablate(options: AblateCommandOptions, stop: StopSignals): Promise<void> {
  const columns = options.columns?.split(",").filter((name) => name !== "");
  const summary = await runShown(options, stop, (common) => leaveOut({ ...common, columns, parallel: options.parallel }));
  if (options.json === true) outJson(summary);
  else showAblation(summary);
}
