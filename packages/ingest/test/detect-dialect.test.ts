import { type DetectedDialect, detectDialect } from "@crossbill/ingest";
import test from "ava";
import fc from "fast-check";

const detect = (text: string, whole = true): DetectedDialect => detectDialect(Buffer.from(text), whole);
const plain = { delimiter: ",", quote: '"', escape: null, comment: null, trim: false, header: true, share: 1 } as const;

test("a table of commas with a header is the common case", (t) => {
  t.deepEqual(detect("price,site,clicked\n1.5,a,0\n2,b,1\n"), { ...plain, fields: 3, first: ["price", "site", "clicked"] });
});

test("semicolons, tabs and bars are found, whatever ends the lines", (t) => {
  for (const delimiter of [";", "\t", "|"])
    for (const end of ["\n", "\r\n", "\r"]) {
      const text = `\ufeff${["id", "a name", "y"].join(delimiter)}${end}${[1, 2, 3].map((i) => [i, `Doe, J${i}`, i % 2].join(delimiter)).join(end)}`;
      t.deepEqual(detect(text), { ...plain, delimiter, fields: 3, first: ["id", "a name", "y"] }, JSON.stringify(text));
    }
});

test("decimal commas are not taken for delimiters", (t) => {
  t.like(detect("1,5;2,5;3,5\n2,5;2,7;1,5\n"), { delimiter: ";", fields: 3, header: false });
  t.like(detect("a;b\n1,5;2,5\n2,5;2,7\n"), { delimiter: ";", fields: 2, header: true });
});

test("delimiters and line ends in quotes are text", (t) => {
  t.like(detect('a,b\n"x;y;z",1\n"u\nv;w;",2\n'), { delimiter: ",", fields: 2, share: 1, quote: '"' });
  t.like(detect('a,b\n"say \\"hi\\", you",1\n"x",2\n'), { quote: '"', escape: "\\", share: 1, fields: 2 });
  t.like(detect("a,b\n'x, y',1\n'z',2\n'w',3\n"), { quote: "'", fields: 2, share: 1 });
  t.like(detect("a,b\nit's,1\nwon't,2\n"), { quote: '"', fields: 2 });
});

test("quotes are ordinary where they do not close", (t) => {
  t.like(detect('ham\t"hello\nspam\tcall "now"\nham\t"no" way\nham\tok\n'), { delimiter: "\t", quote: null, fields: 2, share: 1, header: false });
});

test("spaces around fields and comment lines in front are found", (t) => {
  t.like(detect("39, State-gov, <=50K\n50, Private, >50K\n38, Private, <=50K\n"), { delimiter: ",", trim: true, header: false, fields: 3 });
  t.like(detect("|1x3 Cross validator\n25, Private, <=50K.\n38, Private, <=50K.\n"), {
    comment: "|",
    header: false,
    fields: 3,
    first: ["25", "Private", "<=50K."],
  });
  t.like(detect("# made today\n# by me\na,b\n1,2\n"), { comment: "#", header: true, first: ["a", "b"] });
  t.like(detect("#id,b\n1,2\n3,4\n"), { comment: null, header: true, first: ["#id", "b"] });
});

test("a header is told from data by what its fields hold", (t) => {
  t.true(detect("country,device\nDE,phone\nFR,phone\nDE,tablet\n").header);
  t.false(detect("DE,phone\nFR,phone\nDE,tablet\nDE,phone\n").header);
  t.false(detect("1,2,3\n4,5,6\n").header);
  t.true(detect("2019,2020\n1,5\n2,7\n").header);
  t.true(detect(",price\n0,1.5\n1,2.5\n").header);
  t.true(detect("text\n").header);
});

test("the last row of a sample may be cut anywhere", (t) => {
  const text = 'a;b;c\n1;"x;y";2\n2;"z";3\n';
  for (let end = 'a;b;c\n1;"x;y";2\n'.length; end <= text.length; end++) t.like(detect(text.slice(0, end), false), { delimiter: ";", fields: 3, share: 1 });
});

test("nothing to go by gives one field and a comma", (t) => {
  t.like(detect(""), { delimiter: ",", fields: 1, header: true });
  t.like(detect("a text without structure\nanother one, with a comma\nand more\n"), { delimiter: ",", fields: 1 });
});

test.serial("what a writer wrote is found again (property)", (t) => {
  const cell = fc.stringMatching(/^[a-z0-9 ,;|.'-]{0,12}$/).filter((text) => text.trim() === text && !text.startsWith("'"));
  const table = fc
    .integer({ min: 2, max: 6 })
    .chain((fields) => fc.array(fc.array(cell, { minLength: fields, maxLength: fields }), { minLength: 6, maxLength: 30 }));
  fc.assert(
    fc.property(table, fc.constantFrom(",", ";", "\t", "|"), (rows, delimiter) => {
      const write = (text: string): string => (/[,;|\t"]/.test(text) ? `"${text}"` : text);
      const names = rows[0]!.map((_, i) => `name${i}`);
      const lines = [names, ...rows].map((row) => row.map(write).join(delimiter));
      const found = detect(`${lines.join("\n")}\n`);
      return found.delimiter === delimiter && found.fields === names.length && found.share === 1;
    }),
    { numRuns: 200, seed: 11 },
  );
  t.pass();
});
