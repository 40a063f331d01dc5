import { CrossbillError } from "@crossbill/messages";
import { isAllowed } from "./http-get.js";
import { httpStore } from "./http-store.js";
import type { RemoteOptions } from "./retry.js";
import { s3Store } from "./s3-store.js";
import type { Store } from "./store.js";

/** An object by its address. */
export interface AddressedObject {
  readonly store: Store;
  readonly name: string;
}

/** Bucket and key of an address `s3://bucket/key`. @throws E_ADDRESS (exit code 2) */
export function parseS3(address: string): { bucket: string; key: string } {
  const [, bucket, key] = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,62})\/(.+)$/is.exec(address) ?? [];
  if (bucket === undefined || key === undefined)
    throw new CrossbillError("E_ADDRESS", `${JSON.stringify(address.slice(0, 200))} is no address of S3; allowed is s3://bucket/key`, { exitCode: 2 });
  return { bucket, key };
}

/**
 * The object that `https://...` or `s3://bucket/key` names; `http://` is for this machine only.
 * @throws E_ADDRESS, E_S3_CLIENT (exit code 2)
 */
export async function openAddress(address: string, options: RemoteOptions = {}): Promise<AddressedObject> {
  if (/^s3:/i.test(address)) {
    const { bucket, key } = parseS3(address);
    return { store: await s3Store(bucket, options), name: key };
  }
  // Its text is in no message: it may hold a password or a signature.
  if (!URL.canParse(address))
    throw new CrossbillError("E_ADDRESS", "an address of the data is malformed; allowed are https://host/path and s3://bucket/key", { exitCode: 2 });
  const url = new URL(address);
  if (!isAllowed(url))
    throw new CrossbillError("E_ADDRESS", `${url.protocol}//${url.host}${url.pathname}: only https is read (http from this machine alone)`, { exitCode: 2 });
  const cut = url.pathname.lastIndexOf("/") + 1;
  const name = url.pathname.slice(cut);
  url.pathname = url.pathname.slice(0, cut);
  url.hash = "";
  return { store: httpStore(url, options), name };
}
