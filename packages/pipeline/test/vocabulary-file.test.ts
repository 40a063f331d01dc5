import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { encodeMessage, v1 } from "@crossbill/messages";
import test, { type ExecutionContext } from "ava";
import { vocabulary } from "../dist/config/build.js";
import { compileConfig } from "../dist/config/compile.js";
import { checkConfig } from "../dist/config/load.js";

function compiled(t: ExecutionContext, content: string | Uint8Array, column: object = vocabulary("site", { file: "lists/sites.txt" })) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-vocabulary-"));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  fs.mkdirSync(path.join(directory, "lists"));
  fs.writeFileSync(path.join(directory, "lists/sites.txt"), content);
  fs.writeFileSync(path.join(directory, "a.csv"), "");
  const config = checkConfig({ data: { train: "a.csv", label: "y" }, columns: { site: column } }, "test");
  return compileConfig({ path: "x", directory, config }, config.columns!).columns[0]!;
}

test("a vocabulary's file is the same as its values, wherever it lies", (t) => {
  const values = ["b", "a", "  spaced ", "__proto__", "Zürich", "x,y"];
  const given = compiled(t, "", vocabulary("site", { values }));
  const bytes = (spec: v1.ColumnSpec): string => Buffer.from(encodeMessage(v1.ColumnSpec, spec)).toString("hex");
  for (const content of [values.join("\n"), `${values.join("\n")}\n`, `${values.join("\r\n")}\r\n`, `\ufeff${values.join("\n")}\n`])
    t.is(bytes(compiled(t, content)), bytes(given));
});

test("what is wrong in a vocabulary's file is said with its line", (t) => {
  const refused = (content: string | Uint8Array, message: RegExp): void => {
    const error = t.throws(() => compiled(t, content));
    t.like(error, { code: "E_VOCABULARY_FILE", exitCode: 2 });
    t.regex(error.message, message);
  };
  refused("", /columns\.site\.file: .*sites\.txt: holds no value/);
  refused("a\n\nb\n", /sites\.txt:2: is empty/);
  refused("a\nb\na\n", /sites\.txt:3: "a" comes twice, first in line 1/);
  refused(Buffer.from([0x61, 0x0a, 0xff, 0x0a]), /sites\.txt:2: is not UTF-8/);
  t.like(
    t.throws(() => compiled(t, "a", vocabulary("site", { file: "none.txt" }))),
    { code: "E_FILE_MISSING", exitCode: 2 },
  );
  t.regex(t.throws(() => compiled(t, "a", vocabulary("site", { file: "lists/sites.txt", values: ["a"] }))).message, /leave one of the two out/);
});
