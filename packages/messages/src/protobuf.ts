import protobuf from "protobufjs/minimal.js";

// 64-bit fields are counts and offsets far below 2^53: plain numbers, never Long objects, whether or not `long` is installed.
protobuf.util.Long = undefined as never;
protobuf.configure();

export default protobuf;
