/**
 * How the members of a value are called in the app, where that differs from the wire: a tree beside the declared shape, written by
 * `freshet codegen --case camel`. What the tree does not reach, such as the inside of opaque json, is passed on as it is.
 */
export interface KeyNames {
  /** Name on the wire → name in the app. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Of members, by their names on the wire. */
  readonly inside?: Readonly<Record<string, KeyNames>>;
  /** Of the elements of an array. */
  readonly items?: KeyNames;
  /** Of the values of an object whose names are open. */
  readonly values?: KeyNames;
}

/**
 * A value from the gateway as the app sees it. The same object gives the same object, in both directions, so that rows which no
 * transition touched keep their identity.
 */
export function toApp(value: unknown, names: KeyNames | undefined): unknown {
  return names === undefined || !isContainer(value) ? value : translate(value, directionsOf(names), "toApp");
}

/** A value of the app as it goes on the wire. */
export function toWire(value: unknown, names: KeyNames | undefined): unknown {
  return names === undefined || !isContainer(value) ? value : translate(value, directionsOf(names), "toWire");
}

type Way = "toApp" | "toWire";

interface Directions {
  readonly names: KeyNames;
  readonly appKeys: ReadonlyMap<string, string>;
  readonly wireKeys: ReadonlyMap<string, string>;
  readonly toApp: WeakMap<object, object>;
  readonly toWire: WeakMap<object, object>;
}

const known = new WeakMap<KeyNames, Directions>();

function directionsOf(names: KeyNames): Directions {
  let directions = known.get(names);
  if (directions === undefined) {
    const keys = Object.entries(names.keys ?? {});
    directions = {
      names,
      appKeys: new Map(keys),
      wireKeys: new Map(keys.map(([wire, app]) => [app, wire])),
      toApp: new WeakMap(),
      toWire: new WeakMap(),
    };
    known.set(names, directions);
  }
  return directions;
}

function translate(value: object, directions: Directions, way: Way): object {
  const before = directions[way].get(value);
  if (before !== undefined) {
    return before;
  }
  const after = Array.isArray(value) ? translateItems(value, directions, way) : translateMembers(value, directions, way);
  directions[way].set(value, after);
  directions[way === "toApp" ? "toWire" : "toApp"].set(after, value);
  return after;
}

function translateItems(value: readonly unknown[], { names }: Directions, way: Way): readonly unknown[] {
  // An array inside of an array is described by `items` of `items`.
  return names.items === undefined ? value : value.map((item) => pass(item, names.items, way));
}

function translateMembers(value: object, { names, appKeys, wireKeys }: Directions, way: Way): object {
  const entries = Object.entries(value).map(([name, member]): [string, unknown] => {
    const wire = way === "toApp" ? name : (wireKeys.get(name) ?? name);
    const inside = names.inside !== undefined && Object.hasOwn(names.inside, wire) ? names.inside[wire] : names.values;
    return [way === "toApp" ? (appKeys.get(name) ?? name) : wire, pass(member, inside, way)];
  });
  return Object.fromEntries(entries);
}

function pass(value: unknown, names: KeyNames | undefined, way: Way): unknown {
  return way === "toApp" ? toApp(value, names) : toWire(value, names);
}

function isContainer(value: unknown): value is object {
  // What has a text of its own in JSON, such as a Date, is no object on the wire.
  return typeof value === "object" && value !== null && !("toJSON" in value);
}
