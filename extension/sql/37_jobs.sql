-- Work for later: mutations that the database schedules and gateways run (docs/jobs.md).

CREATE TYPE freshet.job_state AS ENUM ('scheduled', 'done', 'failed', 'cancelled');

-- A row per job, written by the functions below only. There is no state for one that runs: its row is locked, and becomes 'done' in the
-- transaction of its own effects.
CREATE TABLE freshet.job (
  id           bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  path         text        NOT NULL,
  args         jsonb       NOT NULL,
  queue        text        NOT NULL,
  run_at       timestamptz NOT NULL,
  state        freshet.job_state NOT NULL DEFAULT 'scheduled',
  attempt      integer     NOT NULL DEFAULT 0,  -- attempts that failed
  max_attempts integer     NOT NULL,
  owner        name        NOT NULL,            -- whose members may see and cancel it
  identity     jsonb,                           -- for whom it runs; NULL: for nobody
  cron         text,                            -- the schedule that made it
  created_at   timestamptz NOT NULL DEFAULT pg_catalog.now(),
  finished_at  timestamptz,
  result       jsonb,
  error        jsonb                            -- of the last attempt that failed
);
CREATE INDEX job_due ON freshet.job (run_at, id) WHERE state = 'scheduled';
CREATE INDEX job_finished ON freshet.job (finished_at) WHERE state <> 'scheduled';
CREATE INDEX job_of_cron ON freshet.job (cron) WHERE state = 'scheduled' AND cron IS NOT NULL;

-- Queues of which something was said. One without a row runs as many at once as gateways have workers.
CREATE TABLE freshet.job_queue (
  name        text    PRIMARY KEY,
  concurrency integer CHECK (concurrency BETWEEN 1 AND 1000),  -- NULL: no limit
  paused      boolean NOT NULL DEFAULT false
);

CREATE TABLE freshet.cron (
  name         text        PRIMARY KEY,
  spec         text        NOT NULL,
  timezone     text        NOT NULL,
  path         text        NOT NULL,
  args         jsonb       NOT NULL,
  queue        text        NOT NULL,
  missed       text        NOT NULL CHECK (missed IN ('once', 'skip')),
  max_attempts integer     NOT NULL,
  owner        name        NOT NULL,
  next_at      timestamptz NOT NULL,
  last_at      timestamptz
);
CREATE INDEX cron_due ON freshet.cron (next_at);

SELECT pg_catalog.pg_extension_config_dump('freshet.job', '');
SELECT pg_catalog.pg_extension_config_dump('freshet.job_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('freshet.job_queue', '');
SELECT pg_catalog.pg_extension_config_dump('freshet.cron', '');
REVOKE ALL ON freshet.job, freshet.job_queue, freshet.cron FROM PUBLIC;

-- Has an exposed mutation run later, in a transaction of its own, exactly once. What schedules it decides: when its transaction is rolled
-- back there is no job. The guard of the mutation is not asked, so only members of the role that owns it may. Returns the job's id.
--   path          the mutation; expose(…, internal => true) is for those that no client may call
--   args          its arguments, checked now
--   at, after     when; without either at once. Never before this transaction has committed
--   queue         see freshet.set_queue()
--   max_attempts  after so many that failed the job is 'failed'. Between them it waits for 1, 2, 4, … seconds, an hour at most. An error
--                 that the function raises by freshet.fail() is its answer: the job is 'failed' at once
--   as_caller     it runs for the caller for whom this transaction runs; else for nobody
-- Example: PERFORM freshet.schedule('reminders.send', jsonb_build_object('issue', issue.id), after => '1 day');
CREATE FUNCTION freshet.schedule(path text, args jsonb DEFAULT '{}', at timestamptz DEFAULT NULL, after interval DEFAULT NULL,
                                 queue text DEFAULT 'default', max_attempts integer DEFAULT 5, as_caller boolean DEFAULT false)
  RETURNS bigint VOLATILE LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_schedule';

-- Takes a scheduled job back. True: it will never run. False: it has run, failed or was cancelled before, or there is no such job that the
-- caller may cancel. Waits for an attempt that is under way.
CREATE FUNCTION freshet.cancel(job bigint) RETURNS boolean
  VOLATILE STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_cancel';

-- Has a job that failed run again, now, with all its attempts. True: it was 'failed'.
CREATE FUNCTION freshet.retry(job bigint) RETURNS boolean
  VOLATILE STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_retry';

-- The jobs of roles of which the current user is a member. Live: a query that reads it follows them.
CREATE VIEW freshet.jobs WITH (security_barrier) AS
  SELECT id, path, args, queue, run_at, state, attempt, max_attempts, cron, created_at, finished_at, result, error
    FROM freshet.job WHERE pg_catalog.pg_has_role(owner, 'USAGE');
GRANT SELECT ON freshet.jobs TO PUBLIC;

-- Has a mutation run again and again: at each time of `spec` a job is scheduled, unless the one before has not finished yet. Calling it again
-- replaces what was said of that name.
--   spec      'minute hour day-of-month month day-of-week' as of cron(5), with names, lists, ranges and steps; '@hourly', '@daily', '@weekly',
--             '@monthly', '@yearly'; or 'every 90 seconds' (any interval of at least a second without months, counted from 1970)
--   timezone  whose clock `spec` means. A time that this clock skips is read by the offset before the change; one that it shows twice is
--             the first of them, and both where the hour is '*'
--   missed    what becomes of times that passed while no gateway ran: 'once': one job for all of them; 'skip': none
-- The other parameters are those of freshet.schedule().
-- Example: SELECT freshet.cron('digest', '0 7 * * mon-fri', 'digest.send', timezone => 'Europe/Berlin');
CREATE FUNCTION freshet.cron(name text, spec text, path text, args jsonb DEFAULT '{}', timezone text DEFAULT 'UTC',
                             queue text DEFAULT 'default', missed text DEFAULT 'once', max_attempts integer DEFAULT 5)
  RETURNS void VOLATILE LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_cron';

-- Ends a schedule. Jobs that it has made stay. True: there was one that the caller may end.
CREATE FUNCTION freshet.uncron(name text) RETURNS boolean
  VOLATILE STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_uncron';

-- The schedules of roles of which the current user is a member.
CREATE VIEW freshet.crons WITH (security_barrier) AS
  SELECT name, spec, timezone, path, args, queue, missed, max_attempts, next_at, last_at
    FROM freshet.cron WHERE pg_catalog.pg_has_role(owner, 'USAGE');
GRANT SELECT ON freshet.crons TO PUBLIC;

-- The first time of a spec after `after`, as freshet.cron() reads it; NULL when there is none within 28 years.
CREATE FUNCTION freshet.next_cron_time(spec text, timezone text DEFAULT 'UTC', after timestamptz DEFAULT pg_catalog.now()) RETURNS timestamptz
  STABLE STRICT PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_next_cron_time';

-- How many jobs of a queue run at once, over all gateways (NULL: as many as there are workers), and whether any begins. For superusers and
-- who was granted it.
CREATE FUNCTION freshet.set_queue(name text, concurrency integer DEFAULT NULL, paused boolean DEFAULT false) RETURNS void
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE sql AS $$
    INSERT INTO freshet.job_queue AS q (name, concurrency, paused) VALUES (set_queue.name, set_queue.concurrency, set_queue.paused)
    ON CONFLICT ON CONSTRAINT job_queue_pkey DO UPDATE SET concurrency = EXCLUDED.concurrency, paused = EXCLUDED.paused
  $$;

-- For the gateway, at READ COMMITTED: schedules what crons have become due, then up to `count` jobs that could begin now, as id and place,
-- without those that somebody runs and those of the queues `full`. A last row has NULL as id and tells in how many milliseconds to ask again
-- although no row of these tables has changed: when something else becomes due; in a second while something is due that could not be given,
-- since whoever runs it may die; NULL: never.
CREATE FUNCTION freshet.due_jobs(count integer, "full" text[] DEFAULT '{}') RETURNS TABLE (id bigint, place text, queue text, attempt integer, in_ms bigint)
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE plpgsql AS $$
DECLARE
  due freshet.cron;
  given bigint;
BEGIN
  FOR due IN SELECT * FROM freshet.cron c WHERE c.next_at <= now() ORDER BY c.next_at, c.name FOR UPDATE SKIP LOCKED LOOP
    IF NOT EXISTS (SELECT FROM freshet.job j WHERE j.cron = due.name AND j.state = 'scheduled')
       AND (due.missed = 'once' OR due.next_at > now() - interval '1 minute') THEN
      INSERT INTO freshet.job (path, args, queue, run_at, max_attempts, owner, cron)
      VALUES (due.path, due.args, due.queue, due.next_at, due.max_attempts, due.owner, due.name);
    END IF;
    UPDATE freshet.cron c SET last_at = due.next_at, next_at = coalesce(freshet.next_cron_time(due.spec, due.timezone, now()), 'infinity')
     WHERE c.name = due.name;
  END LOOP;
  RETURN QUERY
    SELECT j.id, j.ctid::text, j.queue, j.attempt, NULL::bigint FROM freshet.job j
     WHERE j.state = 'scheduled' AND j.run_at <= clock_timestamp() AND j.queue <> ALL (due_jobs."full")
       AND NOT EXISTS (SELECT FROM freshet.job_queue q WHERE q.name = j.queue AND q.paused)
     ORDER BY j.run_at, j.id LIMIT due_jobs.count
       FOR UPDATE OF j SKIP LOCKED;
  GET DIAGNOSTICS given = ROW_COUNT;
  id := NULL; place := NULL; queue := NULL; attempt := NULL;
  SELECT CASE WHEN next.at < 'infinity' THEN greatest(ceil(extract(epoch FROM next.at - clock_timestamp()) * 1000), 0)::bigint END INTO in_ms
    FROM (SELECT least((SELECT min(j.run_at) FROM freshet.job j WHERE j.state = 'scheduled' AND j.run_at > clock_timestamp()),
                       (SELECT min(c.next_at) FROM freshet.cron c WHERE c.next_at > now()))) next(at);
  IF EXISTS (SELECT FROM freshet.job j WHERE j.state = 'scheduled' AND j.run_at <= clock_timestamp()
              AND NOT EXISTS (SELECT FROM freshet.job_queue q WHERE q.name = j.queue AND q.paused) OFFSET given) THEN
    in_ms := least(in_ms, 1000);
  END IF;
  RETURN NEXT;
END $$;

CREATE TYPE freshet.job_row AS (
  outcome text,  -- 'done'; 'busy': its queue is full; 'gone': somebody else has it, or had it; 'error'
  error   text
);

-- For the gateway: one attempt of a due job, in a SERIALIZABLE transaction that the caller rolls back unless the outcome is 'done'. `place` is
-- what due_jobs() said.
CREATE FUNCTION freshet.run_job(id bigint, place text) RETURNS freshet.job_row
  VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_run_job';

-- For the gateway: the attempt after `attempt` others failed. Returns what the job is now; NULL when somebody else was first.
CREATE FUNCTION freshet.fail_job(id bigint, attempt integer, error jsonb) RETURNS text
  VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE sql AS $$
    UPDATE freshet.job j
       SET attempt = j.attempt + 1, error = fail_job.error,
           state = CASE WHEN last THEN 'failed' ELSE 'scheduled' END::freshet.job_state,
           finished_at = CASE WHEN last THEN clock_timestamp() END,
           run_at = CASE WHEN last THEN j.run_at ELSE clock_timestamp() + least(power(2, least(j.attempt, 20)), 3600) * (0.75 + random() / 4) * interval '1 second' END
      FROM (SELECT f.id, f.attempt + 1 >= f.max_attempts OR fail_job.error ->> 'sqlstate' = 'RF010' AS last
              FROM freshet.job f WHERE f.id = fail_job.id) now
     WHERE j.id = now.id AND j.state = 'scheduled' AND j.attempt = fail_job.attempt
    RETURNING j.state::text
  $$;

-- For the gateway: forgets jobs that finished longer ago; returns how many.
CREATE FUNCTION freshet.prune_jobs(keep interval) RETURNS bigint
  VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  LANGUAGE sql AS $$
    WITH gone AS (DELETE FROM freshet.job j WHERE j.state <> 'scheduled' AND j.finished_at < now() - prune_jobs.keep RETURNING 1)
    SELECT count(*) FROM gone
  $$;

REVOKE ALL ON FUNCTION freshet.set_queue(text, integer, boolean), freshet.due_jobs(integer, text[]), freshet.run_job(bigint, text),
  freshet.fail_job(bigint, integer, jsonb), freshet.prune_jobs(interval) FROM PUBLIC;
