/** What is made of an object once and lasts as long as the object does. */
export function oncePer<K extends object, V>(
  make: (key: K) => V
): (key: K) => V {
  const made = new WeakMap<K, V>();
  return key => {
    if (!made.has(key)) {
      made.set(key, make(key));
    }
    return made.get(key) as V;
  };
}
