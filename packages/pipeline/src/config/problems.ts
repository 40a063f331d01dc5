import { CrossbillError } from "@crossbill/messages";

/** @param most of many problems, how many are shown @throws E_CONFIG (exit code 2) naming every problem, if there is one */
export function throwProblems(where: string, problems: readonly string[], most = problems.length): void {
  if (problems.length === 0) return;
  const shown = problems.slice(0, most).map((p) => `\n  ${p}`);
  const lines = [...shown, ...(problems.length > most ? [`\n  and ${problems.length - most} more`] : [])].join("");
  throw new CrossbillError("E_CONFIG", `${where}: ${problems.length === 1 ? "one problem" : `${problems.length} problems`}:${lines}`, {
    exitCode: 2,
    details: { problems: [...problems] },
  });
}
