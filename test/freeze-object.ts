// Loaded before the command line: nothing may be added to any object's prototype. Apache Arrow assigns to a property that it inherits while it is loaded, so it comes first.
await import("apache-arrow");
Object.freeze(Object.prototype);
