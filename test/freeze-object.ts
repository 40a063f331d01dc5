// Loaded before the command line: nothing may be added to any object's prototype. Apache Arrow assigns to a property that it inherits while it is loaded, and is a part
// of Crossbill's bundle, so the bundle comes first.
await import("crossbill");
Object.freeze(Object.prototype);
