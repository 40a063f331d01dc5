import { expandPaths, expandRemote } from "@crossbill/pipeline";

/** What each argument of `--input` names, in the order of the arguments; what is named twice counts once. @throws E_FILE_MISSING */
export async function inputFiles(patterns: readonly string[], cwd: string): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) for (const source of await expandRemote(expandPaths([pattern], cwd, "--input"), "--input")) found.add(source);
  return [...found];
}
