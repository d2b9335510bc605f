/** Calls `use` with the value: at once, or as soon as the promise has it. Nothing that is known already waits. */
export function whenKnown<T, R>(value: T | Promise<T>, use: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}
