import { CrossbillError, type PlainError, toPlainError } from "@crossbill/messages";
import { GangControl, MemberState } from "./gang-control.js";
import { type GangMain, type GangMessage, makeMember } from "./gang-member.js";

/** What a thread answers. */
export type GangAnswer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: PlainError; readonly stack: string };

/** Runs one member in a thread of the pool. Imported by thread-main, never by other code. */
export default async function runMember(message: GangMessage): Promise<GangAnswer> {
  const control = new GangControl(message.size, message.buffer);
  control.beat(message.index);
  try {
    const { default: main } = (await import(message.module)) as { default?: GangMain<unknown> };
    if (typeof main !== "function") throw new CrossbillError("E_GANG_MODULE", `${message.module}: its default export is not a function`);
    control.setState(message.index, MemberState.RUNNING);
    control.beat(message.index);
    const value = await main(makeMember(control, message.index, message.spin), message.data);
    control.setState(message.index, MemberState.DONE);
    return { ok: true, value };
  } catch (thrown) {
    control.abort();
    return { ok: false, error: toPlainError(thrown), stack: (thrown instanceof Error && thrown.stack) || "" };
  }
}
