/**
 * What every thread of a pool runs: `message` goes to the default export of the ES module `entry`.
 * CommonJS on purpose: piscina loads this file with require(), and in Node 20 a require() of an ES module that cannot be linked aborts the whole process
 * ("Module::IsGraphAsync must be used on an instantiated module"); a failing import() is an ordinary error.
 */
async function threadMain({ entry, message }: { readonly entry: string; readonly message: unknown }): Promise<unknown> {
  const { default: run } = (await import(entry)) as { default: (message: unknown) => Promise<unknown> };
  return run(message);
}

export = threadMain;
