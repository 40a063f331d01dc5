export { checkVersionName, isVersionName } from "./names.js";
export { type PublishOptions, Registry, type VersionInfo } from "./registry.js";
