/**
 * A JSDoc comment, or nothing for no text. The text comes from `COMMENT ON` and is anybody's: nothing in it may end the comment or
 * begin a tag that a tool acts on.
 */
export function docComment(text: string | undefined, indent = ""): string {
  const lines = (text ?? "")
    .replace(/\*\//g, "*\\/")
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => line.trimEnd().replace(/^(\s*)@/, "$1\\@"));
  while (lines.at(-1) === "") {
    lines.pop();
  }
  while (lines[0] === "") {
    lines.shift();
  }
  if (lines.length === 0) {
    return "";
  }
  if (lines.length === 1) {
    return `${indent}/** ${lines[0]!.trimStart()} */\n`;
  }
  return `${indent}/**\n${lines.map((line) => `${indent} *${line === "" ? "" : ` ${line}`}\n`).join("")}${indent} */\n`;
}
