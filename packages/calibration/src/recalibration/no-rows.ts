import { CrossbillError } from "@crossbill/messages";

/** @throws E_RECALIBRATION_ROWS when no row has a weight */
export function checkSome({ facts }: { readonly facts: { readonly rows: number } }): void {
  if (facts.rows === 0) throw new CrossbillError("E_RECALIBRATION_ROWS", "no row has a weight above 0, so nothing can be fitted; give rows", { exitCode: 2 });
}
