export { checkVersionName, isVersionName } from "./names.js";
export { openRegistry } from "./open.js";
export { type PublishOptions, Registry, type VersionInfo } from "./registry.js";
