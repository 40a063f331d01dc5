const declared = [];

/** ava's `test`, or a part of its chain, with `name` before every title. What it declares waits for {@link declareAll}: ava wants all tests at one go, files may await. */
export function titled(test, name) {
  return new Proxy(test, {
    apply(target, self, [title, ...rest]) {
      declared.push(() => Reflect.apply(target, self, [typeof title === "string" ? `${name} › ${title}` : title, ...rest]));
    },
    get: (target, key) => (["meta", "macro"].includes(key) || typeof target[key] !== "function" ? target[key] : titled(target[key], name)),
  });
}

export function declareAll() {
  for (const declare of declared) declare();
}
