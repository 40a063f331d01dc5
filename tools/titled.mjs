/** ava's `test`, or a part of its chain, with `name` before every title. */
export function titled(test, name) {
  return new Proxy(test, {
    apply: (target, self, [title, ...rest]) => Reflect.apply(target, self, [typeof title === "string" ? `${name} › ${title}` : title, ...rest]),
    get: (target, key) => (["meta", "macro"].includes(key) || typeof target[key] !== "function" ? target[key] : titled(target[key], name)),
  });
}
