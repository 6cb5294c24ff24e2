import type { Splice } from "./protocol.js";

/**
 * The array after the edits, or undefined when an edit lies outside it (then the base is not the array that was meant).
 * Rows that no edit touches keep their identity, so that a list re-renders only what changed.
 */
export function applySplices(base: readonly unknown[], splices: readonly Splice[]): readonly unknown[] | undefined {
  const rows = base.slice();
  for (const [index, deleteCount, added] of splices) {
    if (index + deleteCount > rows.length) {
      return undefined;
    }
    const tail = rows.splice(index);
    for (const row of added) {
      rows.push(row);
    }
    for (let at = deleteCount; at < tail.length; at++) {
      rows.push(tail[at]);
    }
  }
  return rows;
}
