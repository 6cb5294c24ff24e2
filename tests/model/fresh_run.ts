/** What a query gives when it is simply run: the truth that every subscriber is held to. */
import type pg from 'pg';

export interface Question {
  path: string;
  args: Record<string, unknown>;
  identity: Record<string, unknown> | null;
  guarded: boolean;
}

export interface Truth {
  value: unknown;
  failed: boolean;
}

const MISSING: Truth = { value: undefined, failed: true };

/** Answers all questions at one snapshot, on a connection of the calling role. */
export async function freshRun(call: pg.Client, questions: Question[]): Promise<Truth[]> {
  const requests = questions.flatMap(({ path, args, identity, guarded }) => {
    const request = { path, args, identity };
    return guarded ? [{ ...request, guard: true }, request] : [request];
  });
  await call.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const { rows } = await call.query({
      text: 'SELECT ordinal, value, error FROM freshet.run_queries($1) WHERE ordinal > 0 ORDER BY ordinal',
      values: [JSON.stringify(requests)],
      rowMode: 'array',
    });
    const answers = (rows as [number, string | null, string | null][]).map(([, value, error]): Truth =>
      error === null ? { value: JSON.parse(value as string) as unknown, failed: false } : MISSING,
    );
    let next = 0;
    return questions.map(({ guarded, identity }) => {
      const guard = guarded ? answers[next++] : undefined;
      const answer = answers[next++] ?? MISSING;
      // What is not public is only for those who are signed in.
      return guard?.failed === true || (guarded && identity === null) ? MISSING : answer;
    });
  } finally {
    await call.query('COMMIT');
  }
}
