/**
 * Applying transitions as docs/protocol.md says, and refusing everything it does not say. A gateway that is lenient with
 * itself is caught here: wrong base, index out of range, unordered edits, two alternatives in one change.
 */

export interface WireError {
  code: string;
  message: string;
  details?: unknown;
  retryable: boolean;
  id?: string;
}

export type Splice = [index: number, deleteCount: number, rows: unknown[]];

export interface Change {
  id: number;
  value?: unknown;
  splice?: Splice[];
  /** Beside a splice of a page: its members other than `rows`. */
  page?: Record<string, unknown>;
  same?: true;
  error?: WireError;
  hash?: string;
  base?: string;
  cause?: unknown;
}

export interface Transition {
  type: 'transition';
  from: string | null;
  to: string | null;
  changes: Change[];
  includes: number[];
  stale?: boolean;
}

/** What a client holds for one subscription. */
export interface Held {
  value: unknown;
  hash: string | undefined;
  error: WireError | undefined;
}

export class ProtocolViolation extends Error {}

const violation = (what: string, where: unknown): ProtocolViolation =>
  new ProtocolViolation(`${what}: ${JSON.stringify(where).slice(0, 500)}`);

export function applyChange(held: Held, change: Change): Held {
  const kinds = (['value', 'splice', 'same', 'error'] as const).filter((kind) => kind in change);
  if (kinds.length !== 1) throw violation('a change has exactly one of value, splice, same, error', change);
  if (change.error !== undefined) {
    checkError(change.error);
    return { value: undefined, hash: undefined, error: change.error };
  }
  if (typeof change.hash !== 'string' || change.hash === '') throw violation('a result has a hash', change);
  if ('value' in change) return { value: change.value, hash: change.hash, error: undefined };
  if (change.splice !== undefined) {
    if (change.base !== held.hash) throw violation(`a splice names the value that the client holds (${held.hash})`, change);
    return { value: applyEdits(held.value, change, change.splice), hash: change.hash, error: undefined };
  }
  if (change.hash !== held.hash) throw violation(`same names the value that the client holds (${held.hash})`, change);
  return { ...held, error: undefined };
}

/** A page is edited by its rows and gives its other members whole; an array has no others. */
function applyEdits(value: unknown, change: Change, splice: Splice[]): unknown {
  if (change.page === undefined) return applySplice(value, splice);
  const page = value as { rows?: unknown } | null;
  if (typeof page !== 'object' || page === null || Object.keys(change.page).includes('rows')) throw violation('a page is edited as one', change);
  return { rows: applySplice(page.rows, splice), ...change.page };
}

export function applySplice(value: unknown, splice: Splice[]): unknown[] {
  if (!Array.isArray(value)) throw violation('a splice edits an array', splice);
  const rows = [...(value as unknown[])];
  let last = -1;
  for (const edit of splice) {
    const [index, deleted, inserted] = edit;
    if (index < last) throw violation('edits ascend', splice);
    if (index < 0 || deleted < 0 || index + deleted > rows.length) throw violation(`an edit lies within ${rows.length} rows`, edit);
    rows.splice(index, deleted, ...inserted);
    last = index;
  }
  return rows;
}

export const errorCodes = new Set([
  'invalid_arguments', 'not_found', 'unauthenticated', 'forbidden', 'conflict', 'constraint_violation', 'read_only',
  'serialization_failure', 'deadline_exceeded', 'rate_limited', 'overloaded', 'too_large', 'out_of_range', 'invalid_cursor',
  'order_not_unique', 'outcome_unknown', 'schema_changed', 'contract_mismatch', 'protocol', 'application', 'internal',
]);

export function checkError(error: WireError): void {
  if (!errorCodes.has(error.code)) throw violation('an error has a code of the closed list', error);
  if (typeof error.message !== 'string' || typeof error.retryable !== 'boolean') {
    throw violation('an error has a message and says whether it is retryable', error);
  }
}
