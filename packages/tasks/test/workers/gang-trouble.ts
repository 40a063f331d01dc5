import { CrossbillError } from "@crossbill/messages";
import type { GangMember } from "@crossbill/tasks";

export interface Trouble {
  readonly kind: "throw" | "crossbill" | "exit" | "loop" | "wasm" | "early" | "slow" | "beating" | "echo" | "uncloneable" | "reject" | "stop";
  readonly who: number;
}

// (module (func (export "run") (loop br 0)))
const ENDLESS = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 7, 1, 3, 114, 117, 110, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11,
]);

export default async function trouble(member: GangMember, data: Trouble): Promise<unknown> {
  member.barrier(1);
  if (data.kind === "stop") {
    // The coordinator's request is read by member 0 and handed on through a barrier, so that all leave at the same place.
    for (;;) {
      if (member.index === 0 && Atomics.load(member.ints, 0) === 1) Atomics.store(member.ints, 1, 1);
      member.barrier(2);
      if (Atomics.load(member.ints, 1) === 1) return "stopped";
      member.barrier(3);
    }
  }
  if (member.index === data.who) {
    if (data.kind === "throw") throw new TypeError("no such weight");
    if (data.kind === "reject") await Promise.reject(new Error("rejected"));
    if (data.kind === "crossbill") throw new CrossbillError("E_DIVERGED", "loss is NaN at step 7", { exitCode: 3, details: { step: 7 } });
    if (data.kind === "exit") process.exit(3);
    if (data.kind === "loop") for (;;);
    if (data.kind === "wasm") (new WebAssembly.Instance(new WebAssembly.Module(ENDLESS), {}).exports.run as () => void)();
    if (data.kind === "early") return 0;
    if (data.kind === "uncloneable") return () => 1;
    if (data.kind === "slow" || data.kind === "beating") {
      const end = Date.now() + 4000;
      while (Date.now() < end) if (data.kind === "beating") member.beat();
    }
  }
  member.barrier(2);
  return { index: member.index, data };
}
