import { CrossbillError } from "@crossbill/messages";
import { runCommand, type StepCommand } from "@crossbill/pipeline";
import { inputFiles } from "../input-files.js";
import type { CommonOptions } from "../options.js";
import { runShown } from "../run-shown.js";
import { showSummary } from "../show-summary.js";
import type { StopSignals } from "../signals.js";
import { note, outJson } from "../terminal.js";

export interface RunCommandOptions {
  model?: string;
  against?: string;
  input?: string[];
  tensorboard?: string;
  tables?: string;
}

/** ingest, train, evaluate, publish, report, retrain: steps over one work folder. */
export async function run(command: StepCommand, options: CommonOptions & RunCommandOptions, stop: StopSignals): Promise<void> {
  const { model, against, tensorboard, tables } = options;
  const input = options.input === undefined ? undefined : await inputFiles(options.input, process.cwd());
  const summary = await runShown(options, stop, (common) => runCommand(command, { ...common, model, against, input, tensorboard, tables }));
  if (options.json === true) outJson(summary);
  else showSummary(command, summary);
  if (summary.gate?.accepted === false && (command === "retrain" || command === "publish")) {
    const rejected = new CrossbillError("E_GATE_REJECTED", `the gate rejected the model; the current one stays: ${summary.gate.reasons.join("; ")}`, {
      exitCode: 3,
    });
    note(`${rejected.code}: ${rejected.message}`);
    process.exitCode = rejected.exitCode;
  }
}
