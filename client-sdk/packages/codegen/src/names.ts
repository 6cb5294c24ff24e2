const identifier = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u;

/** As a key of an object or interface. */
export function propertyName(name: string): string {
  if (name === "__proto__") {
    // As a plain key it would set the prototype.
    return `["__proto__"]`;
  }
  return identifier.test(name) ? name : JSON.stringify(name);
}

/**
 * `messages.mark_read` → `MessagesMarkRead`. What can be in no identifier is left out, so different names may give one: whoever declares
 * types refuses that (TypeNames).
 */
export function typeName(name: string): string {
  const words = name.split(/[^\p{ID_Continue}]+|_+/u).filter((word) => word !== "");
  const joined = words.map((word) => upperFirst(word)).join("");
  return /^\p{ID_Start}/u.test(joined) ? joined : `F${joined}`;
}

/** `created_at` → `createdAt`. Underscores in front stay, so that names that differ in them do not meet. */
export function camelCase(name: string): string {
  const [, front, rest] = /^(_*)(.*)$/su.exec(name) as unknown as [string, string, string];
  const [first = "", ...words] = rest.split(/[_\-\s]+/u).filter((word) => word !== "");
  return front + first + words.map((word) => upperFirst(word)).join("");
}

function upperFirst(word: string): string {
  const [first = "", ...rest] = word;
  return first.toUpperCase() + rest.join("");
}
