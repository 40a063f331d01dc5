import { v1 } from "@crossbill/messages";
import { normalCdf } from "@crossbill/numerics";

/** Error that is taken in: of the overall difference, and of all slices together. */
const ALPHA = 0.05;
/** Slices that are named. */
const NAMED = 5;

const LOSS_NAMES: ReadonlyMap<v1.Head, string> = new Map([
  [v1.Head.SQUARED, "squared error"],
  [v1.Head.POISSON, "deviance"],
]);

/** What a comparison says, in words: better, worse, or no difference beyond chance, by how much, and where it got worse. */
export function verdictOf(comparison: Pick<v1.IComparison, "overall" | "slices" | "auc">, head: v1.Head): string {
  const overall = v1.PairedDifference.create(comparison.overall ?? {});
  const sentences = [overallSentence(overall, LOSS_NAMES.get(head) ?? "log-loss")];
  if (comparison.auc != null) sentences.push(aucSentence(v1.AucDifference.create(comparison.auc)));
  if (comparison.slices != null && comparison.slices.length > 0) sentences.push(sliceSentence(comparison.slices));
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

function overallSentence({ rows, difference, standardError, low, high, relativeIncrease }: v1.PairedDifference, loss: string): string {
  if (rows === 0) return "There are no rows to compare the models on.";
  if (difference === 0 && standardError === 0) return `No difference: the ${loss} of every row is the same.`;
  if (Number.isNaN(difference) || Number.isNaN(standardError)) return `The difference of the ${loss} is undefined.`;
  const found = `${signed(difference)} (${percent(relativeIncrease)}; 95% ${signed(low)} to ${signed(high)})`;
  if (low <= 0 && high >= 0) return `No difference beyond chance: the ${loss} changes by ${found}.`;
  return `${difference < 0 ? "Better" : "Worse"}: the ${loss} changes by ${found}.`;
}

function aucSentence({ new: now, current, difference, low, high }: v1.AucDifference): string {
  if (Number.isNaN(difference)) return "";
  const chance = low <= 0 && high >= 0 ? ", no difference beyond chance" : "";
  return `AUC ${now.toFixed(5)} against ${current.toFixed(5)} (${signed(difference)}, 95% ${signed(low)} to ${signed(high)}${chance}).`;
}

function sliceSentence(slices: readonly v1.ISliceComparison[]): string {
  const worse = worseSlices(slices);
  const many = slices.length === 1 ? "the one slice" : `${slices.length} slices`;
  if (worse.length === 0) return `In ${slices.length === 1 ? many : `none of ${many}`} it is ${slices.length === 1 ? "not " : ""}worse beyond chance.`;
  const named = worse.slice(0, NAMED).map(({ slice, difference }) => `${sliceName(slice ?? [])} (${signed(difference!.difference!)})`);
  const rest = worse.length > NAMED ? ` and ${worse.length - NAMED} more` : "";
  return `Worse beyond chance in ${worse.length} of ${many}, corrected for their number: ${named.join(", ")}${rest}.`;
}

/**
 * Slices whose loss rose, by falling z: one-sided normal tests, with Holm's correction (1979), so that with a probability of 95% none of them is there by chance.
 */
export function worseSlices(slices: readonly v1.ISliceComparison[]): v1.ISliceComparison[] {
  const tested = slices.filter(({ difference }) => Number.isFinite(difference?.z)).sort((a, b) => b.difference!.z! - a.difference!.z!);
  const kept = tested.findIndex(({ difference }, i) => !(normalCdf(-difference!.z!) <= ALPHA / (tested.length - i)));
  return kept < 0 ? tested : tested.slice(0, kept);
}

function sliceName(keys: readonly v1.ISliceKey[]): string {
  return keys.map(({ field, value, missing }) => `${field}=${missing === true ? "(missing)" : value}`).join(", ");
}

const signed = (x: number): string => `${x < 0 ? "-" : "+"}${Math.abs(x).toPrecision(3)}`;
const percent = (x: number): string => `${x < 0 ? "-" : "+"}${(100 * Math.abs(x)).toFixed(2)}%`;
