const shownLines = 20;

/**
 * What another run would write differently, for people: the declarations that come, go and change, with the lines of those that change.
 * Of a TypeScript module or of a JSON document with one member per line.
 */
export function textChanges(before: string, after: string): string {
  const old = declarations(before);
  const fresh = declarations(after);
  const lines: string[] = [];
  for (const name of [...new Set([...old.keys(), ...fresh.keys()])].sort()) {
    const was = old.get(name);
    const is = fresh.get(name);
    if (was === undefined || is === undefined) {
      lines.push(`${is === undefined ? "-" : "+"} ${name}`);
    } else if (was.join("\n") !== is.join("\n")) {
      lines.push(`~ ${name}`, ...without(was, is).map((line) => `    - ${line.trim()}`), ...without(is, was).map((line) => `    + ${line.trim()}`));
    }
  }
  const shown = lines.slice(0, shownLines);
  const rest = lines.length - shown.length;
  return [...shown, ...(rest > 0 ? [`… and ${rest} more lines`] : [])].map((line) => `  ${line}\n`).join("");
}

/** Lines by what they declare. What belongs to no declaration, such as the hash, changes with every catalog and is not told. */
function declarations(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of text.split("\n")) {
    const declared = /^export (?:type|interface|const) ([^\s:=]+)/.exec(line)?.[1] ?? /^ {4}"([^"]+)": \{/.exec(line)?.[1];
    const reference = /functionReference<.*\("\w+", ("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
    if (reference !== undefined) {
      found.set(`function ${JSON.parse(reference) as string}`, [line]);
    } else if (declared !== undefined) {
      current = declared === "catalogHash" || declared === "api" ? [] : (found.get(declared) ?? []);
      if (declared !== "catalogHash" && declared !== "api") {
        found.set(declared, current);
      }
      current.push(line);
    } else if (line.trim() !== "" && !line.startsWith("/")) {
      current.push(line);
    }
  }
  return found;
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Set(others);
  return lines.filter((line) => !left.has(line));
}
