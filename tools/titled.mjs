const declared = [];

/** ava's `test`, or a part of its chain, with `name` before every title; tests of a thread run one after the other. What it declares waits for {@link declareAll}: ava wants all tests at one go, files may await. */
export function titled(test, name) {
  const serial = test.serial ?? test;
  return new Proxy(serial, {
    apply(target, self, [title, ...rest]) {
      declared.push(() => Reflect.apply(target, self, [typeof title === "string" ? `${name} › ${title}` : title, ...rest]));
    },
    get(_, key) {
      if (key === "serial") return titled(serial, name);
      const own = serial[key] ?? test[key];
      return ["meta", "macro"].includes(key) || typeof own !== "function" ? own : titled(own, name);
    },
  });
}

export function declareAll() {
  for (const declare of declared) declare();
}
