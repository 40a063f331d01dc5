import http from "node:http";
import https from "node:https";
import { CrossbillError } from "@crossbill/messages";
import { Transient } from "./retry.js";

const REDIRECTS = 5;

/** Whether an address may be asked: https, and http of this machine. */
export function isAllowed(url: URL): boolean {
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
}

/**
 * Sends a GET and gives the answer's head; its body, as it comes over the wire, is the caller's to read or to destroy. Redirects are followed.
 * @throws Transient; E_ADDRESS (exit code 2) for a redirect to what is not allowed
 */
export async function httpGet(url: URL, headers: Readonly<Record<string, string>>, timeoutMs: number, shown: string): Promise<http.IncomingMessage> {
  let at = url;
  for (let hop = 0; hop <= REDIRECTS; hop++) {
    const answer = await send(at, headers, timeoutMs);
    const { statusCode = 0, headers: got } = answer;
    if (![301, 302, 303, 307, 308].includes(statusCode) || got.location === undefined) return answer;
    answer.destroy();
    at = new URL(got.location, at);
    if (!isAllowed(at))
      throw new CrossbillError("E_ADDRESS", `${shown}: redirects to ${at.protocol}//${at.host}, which is not https`, { exitCode: 2, details: { path: shown } });
  }
  throw new CrossbillError("E_ADDRESS", `${shown}: redirects more than ${REDIRECTS} times`, { exitCode: 2, details: { path: shown } });
}

function send(url: URL, headers: Readonly<Record<string, string>>, timeoutMs: number): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { username, password } = url;
    const auth = username === "" ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` };
    const request = (url.protocol === "https:" ? https : http).get(url, {
      ...auth,
      headers: { "accept-encoding": "identity", ...headers },
      timeout: timeoutMs,
    });
    request.on("timeout", () => request.destroy(new Transient(`no answer within ${timeoutMs} ms`)));
    request.on("error", (error) => reject(error instanceof Transient ? error : new Transient(error.message || String(error))));
    request.on("response", (answer) => {
      // Of a body that stops coming, too.
      answer.setTimeout(timeoutMs, () => answer.destroy(new Transient(`nothing came for ${timeoutMs} ms`)));
      resolve(answer);
    });
  });
}

/** The body, chunk by chunk. @throws Transient where it is cut */
export async function* bodyOf(answer: http.IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of answer) yield chunk as Uint8Array;
  } catch (thrown) {
    throw thrown instanceof Transient ? thrown : new Transient(thrown instanceof Error ? thrown.message : String(thrown));
  }
  if (!answer.complete) throw new Transient("the connection was cut");
}
