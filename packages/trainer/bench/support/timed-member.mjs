// A member of the exact solver's gang that prints where its seconds go: wall seconds of member 0 by kind of pass, and of what it does alone.
import { performance } from "node:perf_hooks";
import { Command, Performer, Scope } from "../../dist/exact/commands.js";
import exactMember from "../../dist/exact/member.js";

const nameOf = (of, value) =>
  Object.entries(of)
    .find(([, v]) => v === value)[0]
    .toLowerCase();

export default async function timedMember(member, data) {
  const kinds = new Map();
  const run = Object.getOwnPropertyDescriptor(Performer.prototype, "run").value;
  Performer.prototype.run = function timed(order) {
    const begun = performance.now();
    run.call(this, order);
    const name = `${nameOf(Command, order.command)} ${nameOf(Scope, order.scope)}`;
    const { count, seconds } = kinds.get(name) ?? { count: 0, seconds: 0 };
    kinds.set(name, { count: count + 1, seconds: seconds + (performance.now() - begun) / 1000 });
  };
  const begun = performance.now();
  try {
    const result = await exactMember(member, data);
    if (result === null) return result;
    const all = (performance.now() - begun) / 1000;
    console.log(`  loading ${(all - result.seconds).toFixed(2)} s, solving ${result.seconds.toFixed(2)} s; of these:`);
    let rest = result.seconds;
    for (const [name, { count, seconds }] of [...kinds].sort(([, a], [, b]) => b.seconds - a.seconds)) {
      console.log(`    ${name.padEnd(20)} ${String(count).padStart(5)} times ${seconds.toFixed(2)} s`);
      rest -= seconds;
    }
    console.log(`    member 0 alone             ${rest.toFixed(2)} s`);
    return result;
  } finally {
    Performer.prototype.run = run;
  }
}
