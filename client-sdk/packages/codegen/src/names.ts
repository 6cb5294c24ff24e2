const identifier = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** As a key of an object or interface. */
export function propertyName(name: string): string {
  return identifier.test(name) && name !== "__proto__" ? name : name === "__proto__" ? `["__proto__"]` : JSON.stringify(name);
}

/** `messages.mark_read` → `MessagesMarkRead`. What is no letter or digit is left out, so different paths may collide. */
export function typeName(path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const name = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
  return /^[A-Z]/.test(name) ? name : `F${name}`;
}
