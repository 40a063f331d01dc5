import test from "ava";
import fc from "fast-check";
import { nearTexts } from "../dist/cli/near-texts.js";

test("texts are near that differ in two characters at most, the nearest first", (t) => {
  t.deepEqual(nearTexts("jaz", ["pop", "jazz", "rock", "Jazzy"], 5), ["jazz", "Jazzy"]);
  t.deepEqual(nearTexts("26", ["260", "1", "261", "2"], 2), ["260", "261"]);
  t.deepEqual(nearTexts("nobody", ["260", "x"], 5), []);
});

test("a text with one character put in, left out or exchanged is near", (t) => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{2,8}$/), fc.nat(7), fc.constantFrom("insert", "delete", "replace"), (text, at, how) => {
      const i = at % text.length;
      const other = how === "insert" ? `${text.slice(0, i)}q${text.slice(i)}` : `${text.slice(0, i)}${how === "replace" ? "q" : ""}${text.slice(i + 1)}`;
      t.deepEqual(nearTexts(text, [`${text}xyz`, other], 5), [other]);
    }),
  );
});
