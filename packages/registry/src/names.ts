import { CrossbillError } from "@crossbill/messages";

const VERSION = /^v(\d{4,12})-[0-9a-f]{8}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** `v0007-1a2b3c4d`: a running number and the first digits of the model's sha256. @throws E_PUBLISH_SHA256 for anything but 64 lower-case hexadecimal digits */
export function versionName(number: number, sha256: string): string {
  if (!SHA256.test(sha256)) {
    throw new CrossbillError(
      "E_PUBLISH_SHA256",
      `${JSON.stringify(sha256.slice(0, 80))} is no sha256 of a model: 64 lower-case hexadecimal digits are needed`,
      { exitCode: 2 },
    );
  }
  return `v${String(number).padStart(4, "0")}-${sha256.slice(0, 8)}`;
}

export function isVersionName(name: string): boolean {
  return VERSION.test(name);
}

/** The running number of a version name; 0 for any other text. */
export function versionNumber(name: string): number {
  return Number(VERSION.exec(name)?.[1] ?? 0);
}

/** @throws E_VERSION_NAME for anything but a version name: no path is ever made of what a caller gives */
export function checkVersionName(name: string): string {
  if (!isVersionName(name)) {
    throw new CrossbillError(
      "E_VERSION_NAME",
      `${JSON.stringify(name.slice(0, 80))} is no version; versions look like v0001-1a2b3c4d (see: crossbill models list)`,
      { exitCode: 2 },
    );
  }
  return name;
}
