import { crossbill } from "../gen/crossbill.js";

/** Every message of proto/crossbill/v1: `v1.Task.create`, `encodeMessage(v1.Task, task)`, and their types. */
export import v1 = crossbill.v1;
export { decodeMessage, encodeMessage, MAX_MESSAGE_BYTES, type MessageDecoder, type MessageEncoder, plainMessage } from "./codec.js";
export { csvCell, csvText } from "./csv-cell.js";
export { CrossbillError, type ErrorCode, type ErrorDetails, fromPlainError, type PlainError, toPlainError } from "./error.js";
export { HEAD_NAMES, type HeadName, hasLabelVectors, isOfClasses, isOfNumbers } from "./heads.js";
