import { SPARSE_ERRORS } from "../exports-sparse.js";
import { featuresText, labelText, numberText, SparseError, type SparseRow, sparseRow } from "./sparse.js";

/** Slow twin of libsvm_rows for one row, without the blanks around it, a byte a character: label, qid, features. */
export function libsvmRowTwin(row: string): SparseRow {
  return sparseRow(3, () => {
    const tokens = [...row.split("#")[0]!.matchAll(/[^ \t\r]+/g)].map((found) => ({ text: found[0], at: found.index }));
    let label: string | null = null;
    let qid: string | null = null;
    const first = tokens[0]!.text;
    if (numberText(first) !== null) {
      label = labelText(first);
      if (label === null) throw new SparseError(SPARSE_ERRORS.LABEL, 0);
      tokens.shift();
    } else if (!/^([0-9]+|qid):/.test(first)) throw new SparseError(SPARSE_ERRORS.LABEL, 0);
    const second = tokens[0];
    if (second?.text.startsWith("qid:")) {
      const [, digits] = /^qid:([0-9]+)$/.exec(second.text) ?? [];
      if (digits === undefined) throw new SparseError(SPARSE_ERRORS.QID, second.at);
      qid = whole(digits);
      tokens.shift();
    }
    const features = tokens.map(({ text, at }): [string, string] => {
      const [, index, value] = /^([0-9]+):(.*)$/s.exec(text) ?? [];
      if (index === undefined || value === undefined) throw new SparseError(SPARSE_ERRORS.INDEX, at);
      const number = numberText(value);
      if (number === null) throw new SparseError(SPARSE_ERRORS.VALUE, at + index.length + 1);
      return [whole(index), number];
    });
    return [label, qid, featuresText(features)];
  });
}

function whole(digits: string): string {
  return digits.replace(/^0+(?=.)/, "");
}
