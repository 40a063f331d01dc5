import type { v1 } from "@crossbill/messages";
import { corrupt } from "../exact-bytes.js";
import type { Recalibration } from "./recalibration.js";

export function writeRecalibration(recalibration: Recalibration): v1.Recalibration.$Properties {
  switch (recalibration.kind) {
    case "isotonic":
      return { isotonic: { knots: [...recalibration.knots], values: [...recalibration.values] } };
    case "platt":
      return { platt: { slope: recalibration.slope, intercept: recalibration.intercept } };
    case "beta":
      return { beta: { a: recalibration.a, b: recalibration.b, c: recalibration.c } };
    case "temperature":
      return { temperature: recalibration.temperature };
    case "sampling":
      return { sampling: { negativeRate: recalibration.negativeRate, positiveRate: recalibration.positiveRate } };
  }
}

/** @throws E_MESSAGE_CORRUPT for numbers that no map has, or a kind that is not known here */
export function readRecalibration({ isotonic, platt, beta, temperature, sampling }: v1.Recalibration.$Properties): Recalibration {
  if (isotonic != null) {
    const knots = [...(isotonic.knots ?? [])];
    const values = [...(isotonic.values ?? [])];
    const isMap = knots.length > 0 && knots.length === values.length && [...knots, ...values].every((x) => x >= 0 && x <= 1);
    if (!isMap || knots.some((x, i) => i > 0 && !(knots[i - 1]! < x)) || values.some((x, i) => i > 0 && !(values[i - 1]! <= x)))
      throw corrupt("its isotonic map is none");
    return { kind: "isotonic", knots, values };
  }
  if (platt != null) return { kind: "platt", slope: finite(platt.slope), intercept: finite(platt.intercept) };
  if (beta != null) return { kind: "beta", a: finite(beta.a), b: finite(beta.b), c: finite(beta.c) };
  if (temperature != null && temperature > 0) return { kind: "temperature", temperature: finite(temperature) };
  if (sampling != null && sampling.negativeRate! > 0 && sampling.positiveRate! > 0)
    return { kind: "sampling", negativeRate: finite(sampling.negativeRate), positiveRate: finite(sampling.positiveRate) };
  throw corrupt("its recalibration is of no known kind");
}

function finite(x: number | null | undefined): number {
  if (Number.isFinite(x ?? 0)) return x ?? 0;
  throw corrupt(`its recalibration has the number ${String(x)}`);
}
