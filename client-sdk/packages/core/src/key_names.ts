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
 * A value from the gateway as the app sees it. The same object gives the same object, so that rows which no transition touched keep their
 * identity.
 */
export function toApp(value: unknown, names: KeyNames | undefined): unknown {
  if (names === undefined || !isContainer(value)) {
    return value;
  }
  const translator = translatorOf(names);
  let app = translator.appOf.get(value);
  if (app === undefined) {
    app = translated(value, translator, "toApp");
    translator.appOf.set(value, app);
    translator.wireOf.set(app, value);
  }
  return app;
}

/** A value of the app as it goes on the wire. What toApp gave is what it was; the app's own objects may change and are read each time. */
export function toWire(value: unknown, names: KeyNames | undefined): unknown {
  if (names === undefined || !isContainer(value)) {
    return value;
  }
  const translator = translatorOf(names);
  return translator.wireOf.get(value) ?? translated(value, translator, "toWire");
}

/** The place of a problem in a call's arguments: `patch.due_at`, `items[2].user_id`. */
export function pathToApp(path: string, names: KeyNames | undefined): string {
  let at = names;
  return path.replace(/\[\d+\]|[^.[\]]+/g, (step) => {
    if (step.startsWith("[")) {
      at = at?.items;
      return step;
    }
    const name = own(at?.keys, step) ?? step;
    at = own(at?.inside, step) ?? at?.values;
    return name;
  });
}

type Way = "toApp" | "toWire";

interface Translator {
  readonly names: KeyNames;
  readonly appKeys: ReadonlyMap<string, string>;
  readonly wireKeys: ReadonlyMap<string, string>;
  readonly appOf: WeakMap<object, object>;
  readonly wireOf: WeakMap<object, object>;
}

const translators = new WeakMap<KeyNames, Translator>();

function translatorOf(names: KeyNames): Translator {
  let translator = translators.get(names);
  if (translator === undefined) {
    const keys = Object.entries(names.keys ?? {});
    const wireKeys = new Map(keys.map(([wire, app]) => [app, wire]));
    translator = { names, appKeys: new Map(keys), wireKeys, appOf: new WeakMap(), wireOf: new WeakMap() };
    translators.set(names, translator);
  }
  return translator;
}

function translated(value: object, { names, appKeys, wireKeys }: Translator, way: Way): object {
  const pass = way === "toApp" ? toApp : toWire;
  if (Array.isArray(value)) {
    return value.map((item: unknown) => pass(item, names.items));
  }
  const entries = Object.entries(value).map(([name, member]): [string, unknown] => {
    const wire = way === "toApp" ? name : (wireKeys.get(name) ?? name);
    return [way === "toApp" ? (appKeys.get(name) ?? name) : wire, pass(member, own(names.inside, wire) ?? names.values)];
  });
  return Object.fromEntries(entries);
}

function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

function isContainer(value: unknown): value is object {
  // What has a text of its own in JSON, such as a Date, is no object on the wire.
  return typeof value === "object" && value !== null && !("toJSON" in value);
}
