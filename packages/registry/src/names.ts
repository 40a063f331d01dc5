import { CrossbillError } from "@crossbill/messages";

const VERSION = /^v(\d{4,12})-[0-9a-f]{8}$/;

/** `v0007-1a2b3c4d`: a running number and the first digits of the model's sha256. */
export function versionName(number: number, sha256: string): string {
  return `v${String(number).padStart(4, "0")}-${sha256.slice(0, 8)}`;
}

export function isVersionName(name: string): boolean {
  return VERSION.test(name);
}

/** The running number of a version name. */
export function versionNumber(name: string): number {
  return Number(VERSION.exec(name)?.[1] ?? 0);
}

/** @throws E_VERSION_NAME for anything but a version name: no path is ever made of what a caller gives */
export function checkVersionName(name: string): string {
  if (!isVersionName(name))
    throw new CrossbillError(
      "E_VERSION_NAME",
      `${JSON.stringify(name.slice(0, 80))} is no version; versions look like v0001-1a2b3c4d (see: crossbill models list)`,
      { exitCode: 2 },
    );
  return name;
}
