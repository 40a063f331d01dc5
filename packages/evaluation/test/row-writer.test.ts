import { CrossbillError } from "@crossbill/messages";
import test from "ava";
import { rowSinkFormat } from "../dist/row-sink.js";
import { csvWriter, jsonlWriter, predictedNames } from "../dist/row-writer.js";

test("csv rows hold the kept fields, then the prediction with all its digits", (t) => {
  const writer = csvWriter(["id", "site"], predictedNames([]));
  t.is(writer.head(), "id,site,prediction\n");
  t.is(writer.row(["1", "a,b"], [0.1 + 0.2]), '1,"a,b",0.30000000000000004\n');
  t.is(writer.row(["2", null], null), "2,,\n");
});

test("jsonl rows are objects, a rejected row's prediction is null", (t) => {
  const writer = jsonlWriter(["id", "site"], predictedNames([]));
  t.is(writer.head(), "");
  t.deepEqual(JSON.parse(writer.row(['"quoted"\n', null], [0.25])), { id: '"quoted"\n', site: null, prediction: 0.25 });
  t.is(JSON.parse(writer.row(["1", "x"], null)).prediction, null);
});

test("of several classes there is the class and a probability of each, in the order of the model", (t) => {
  const csv = csvWriter(["id"], predictedNames(["=1", "größe, klein", "10"]));
  t.is(csv.head(), 'id,class,probability:=1,"probability:größe, klein",probability:10\n');
  t.is(csv.row(["1"], ["=1", 0.5, 0.25, 0.25]), "1,'=1,0.5,0.25,0.25\n");
  t.is(csv.row(["2"], null), "2,,,,\n");
  const jsonl = jsonlWriter([], predictedNames(["__proto__", "b"]));
  const row = JSON.parse(jsonl.row([], ["__proto__", 0.75, 0.25])) as Record<string, unknown>;
  t.deepEqual(Object.entries(row), [
    ["class", "__proto__"],
    ["probability:__proto__", 0.75],
    ["probability:b", 0.25],
  ]);
  t.deepEqual(Object.values(JSON.parse(jsonl.row([], null)) as object), [null, null, null]);
});

test("other extensions are a wrong usage", (t) => {
  for (const output of ["out.xlsx", "out", "dir.csv/out"]) {
    const thrown = t.throws(() => rowSinkFormat(output), { instanceOf: CrossbillError });
    t.is(thrown?.code, "E_FORMAT");
    t.is(thrown?.exitCode, 2);
  }
  for (const output of ["OUT.CSV", "a.jsonl", "b.parquet", "dir.x/c.arrow"]) t.notThrows(() => rowSinkFormat(output));
});
