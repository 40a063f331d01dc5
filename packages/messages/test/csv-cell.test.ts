import { csvCell, csvText } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";

test("cells that a spreadsheet would run get an apostrophe, numbers do not", (t) => {
  for (const text of ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx", "\0x"]) t.is(csvCell(text), `'${text}`);
  t.is(csvCell("\rx"), `"'\rx"`);
  for (const text of ["-2.5", "+3", "-1e-7", "plain", "a=b", ""]) t.is(csvCell(text), text);
  t.is(csvCell('say "hi"'), '"say ""hi"""');
});

/** RFC 4180, a character at a time. */
function parse(csv: string): string[][] {
  const rows: string[][] = [];
  let [row, cell, quoted]: [string[], string, boolean] = [[], "", false];
  for (let i = 0; i < csv.length; i++) {
    const c = csv[i]!;
    if (quoted && c === '"' && csv[i + 1] === '"') cell += csv[++i]!;
    else if (c === '"') quoted = !quoted;
    else if (quoted) cell += c;
    else if (c === ",") [row, cell] = [[...row, cell], ""];
    else if (c === "\n") [rows[rows.length], row, cell] = [[...row, cell], [], ""];
    else cell += c;
  }
  return rows;
}

test("any texts come back from CSV, with at most an apostrophe before them", (t) => {
  const hostile = fc.constantFrom("=1+1", "-2+3", "\t", "\r\n", '"', ",", "'", "\0", "@", "+");
  const cell = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(hostile, { maxLength: 4 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 4 }), (rows) => {
      const back = parse(csvText(rows));
      t.deepEqual(
        back.map((row) => row.length),
        rows.map((row) => row.length),
      );
      for (const [i, row] of rows.entries())
        for (const [j, text] of row.entries()) {
          const read = back[i]![j]!;
          t.true(read === text || read === `'${text}`, JSON.stringify(text));
          t.false(/^[=@\t\r\0]/.test(read), JSON.stringify(text));
        }
    }),
  );
});
