-- Jobs are rows of the transaction that schedules them, and take effect exactly once.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_jobs_owner;
CREATE ROLE regress_jobs_other;
CREATE SCHEMA jobs AUTHORIZATION regress_jobs_owner;
GRANT USAGE ON SCHEMA jobs TO regress_jobs_other;
SET ROLE regress_jobs_owner;
SET search_path = jobs;
CREATE TABLE effect (n int, by text);
CREATE FUNCTION note(n int, word text DEFAULT NULL) RETURNS int LANGUAGE sql AS
  'INSERT INTO effect VALUES (note.n, coalesce(word, freshet.user_id(), ''nobody'')) RETURNING note.n * 10';
CREATE FUNCTION refuse(n int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO effect VALUES (n, 'undone'); PERFORM freshet.fail('no_such_issue', 'gone'); END $$;
CREATE FUNCTION break(n int) RETURNS int LANGUAGE sql AS 'INSERT INTO effect VALUES (n, ''undone'') RETURNING 1 / break.n';
CREATE FUNCTION cancel_me(job bigint) RETURNS boolean LANGUAGE sql AS 'SELECT freshet.cancel(cancel_me.job)';
CREATE FUNCTION count_all() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM effect';
CREATE FUNCTION later(n int) RETURNS bigint LANGUAGE sql AS $$ SELECT freshet.schedule('jobs.note', jsonb_build_object('n', later.n), as_caller => true) $$;
SELECT freshet.expose('jobs.note', internal => true);
SELECT freshet.expose('jobs.refuse', internal => true, errors => '{no_such_issue}');
SELECT freshet.expose('jobs.break', guard => 'false');
SELECT freshet.expose('jobs.cancel_me', internal => true);
SELECT freshet.expose('jobs.count_all', public => true);
SELECT freshet.expose('jobs.later', public => true);
-- what may be said of internal
SELECT freshet.expose('jobs.note', internal => true, public => true);
SELECT freshet.expose('jobs.note', internal => true, guard => 'true');
SELECT freshet.expose('jobs.count_all', internal => true);
RESET ROLE;
-- clients are told that there is none
SELECT f ->> 'path' AS path FROM jsonb_array_elements(freshet.catalog() -> 'functions') f WHERE f ->> 'schema' = 'jobs' ORDER BY 1;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value, error FROM freshet.call(NULL, NULL, '', 'jobs.note', '{"n":1}', NULL);
ROLLBACK;

SET ROLE regress_jobs_owner;
-- refusals
SELECT freshet.schedule('jobs.nothing');
SELECT freshet.schedule('jobs.count_all');
SELECT freshet.schedule('jobs.note', '{"m": 1}');
SELECT freshet.schedule('jobs.note', '[1]');
SELECT freshet.schedule('jobs.note', '{"n": 1}', at => now(), after => '1 hour');
SELECT freshet.schedule('jobs.note', '{"n": 1}', at => 'infinity');
SELECT freshet.schedule('jobs.note', '{"n": 1}', queue => '');
SELECT freshet.schedule('jobs.note', '{"n": 1}', max_attempts => 0);
SELECT freshet.schedule('jobs.note', '{"n": 1}', as_caller => true);
SET ROLE regress_jobs_other;
SELECT freshet.schedule('jobs.note', '{"n": 1}');
SET ROLE regress_jobs_owner;
-- what is rolled back never was
BEGIN; SELECT freshet.schedule('jobs.note', '{"n": 0}') > 0 AS scheduled; ROLLBACK;
SELECT count(*) FROM freshet.jobs;

SELECT freshet.schedule('jobs.note', '{"n": 1}') AS one, freshet.schedule('jobs.note', '{"n": 2}', after => '1 hour') AS later \gset
SELECT path, args, queue, state, attempt, max_attempts, run_at <= now() AS due FROM freshet.jobs ORDER BY id;
SET ROLE regress_jobs_other;
SELECT count(*) FROM freshet.jobs;
SELECT freshet.cancel(:later), freshet.cancel(0);
RESET ROLE;
SELECT id = :one AS one, place IS NOT NULL AS placed, queue, in_ms BETWEEN 3590000 AND 3600000 AS in_an_hour FROM freshet.due_jobs(10);
SELECT place FROM freshet.due_jobs(1) WHERE id = :one \gset

\set run 'BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT outcome, error::jsonb ->> $$code$$ AS code FROM freshet.run_job'
SELECT * FROM freshet.run_job(:one, :'place');
-- rolled back by the gateway: as if it had not been
:run(:one, :'place'); ROLLBACK;
TABLE jobs.effect;
-- once
:run(:one, :'place'); COMMIT;
:run(:one, :'place'); COMMIT;
TABLE jobs.effect;
SELECT state, result, error, finished_at IS NOT NULL AS finished FROM freshet.jobs WHERE id = :one;
SELECT freshet.cancel(:one) AS cancelled_after_the_fact, freshet.cancel(:later) AS cancelled, freshet.cancel(:later) AS again;
SELECT count(*) FROM freshet.due_jobs(10) WHERE id IS NOT NULL;

-- for whom it runs
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value::bigint AS mine FROM freshet.call(NULL, NULL, '', 'jobs.later', '{"n":3}', '{"sub":"ann"}') \gset
COMMIT;
SELECT place FROM freshet.due_jobs(9) WHERE id = :mine \gset
:run(:mine, :'place'); COMMIT;
SELECT * FROM jobs.effect WHERE n = 3;

-- a run cannot take itself back
SELECT nextval('freshet.job_id_seq') + 1 AS next \gset
SET ROLE regress_jobs_owner;
SELECT freshet.schedule('jobs.cancel_me', jsonb_build_object('job', :next)) AS job \gset
RESET ROLE;
SELECT place FROM freshet.due_jobs(9) WHERE id = :job \gset
:run(:job, :'place'); COMMIT;
SELECT state, result FROM freshet.jobs WHERE id = :job;

-- failures: tried again later and later, and given up; what the function refuses itself is final
SET ROLE regress_jobs_owner;
SELECT freshet.schedule('jobs.break', '{"n": 0}', max_attempts => 2) AS job \gset
RESET ROLE;
SELECT place FROM freshet.due_jobs(9) WHERE id = :job \gset
:run(:job, :'place'); ROLLBACK;
SELECT freshet.fail_job(:job, 0, '{"code": "internal", "sqlstate": "22012"}');
SELECT freshet.fail_job(:job, 0, '{"code": "internal"}') AS somebody_else_was_first;
SELECT state, attempt, run_at - now() BETWEEN '0.7 seconds' AND '1.1 seconds' AS in_a_second, error ->> 'sqlstate' AS sqlstate FROM freshet.jobs WHERE id = :job;
SELECT freshet.fail_job(:job, 1, '{"code": "internal", "sqlstate": "22012"}');
SELECT state, attempt, finished_at IS NOT NULL AS finished FROM freshet.jobs WHERE id = :job;
SELECT freshet.retry(:job), freshet.retry(:job) AS again;
SELECT state, attempt FROM freshet.jobs WHERE id = :job;
SELECT freshet.cancel(:job);
SET ROLE regress_jobs_owner;
SELECT freshet.schedule('jobs.refuse', '{"n": 5}') AS job \gset
RESET ROLE;
SELECT place FROM freshet.due_jobs(9) WHERE id = :job \gset
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT outcome, error FROM freshet.run_job(:job, :'place') \gset
ROLLBACK;
SELECT :'outcome' AS outcome, freshet.fail_job(:job, 0, :'error');
TABLE jobs.effect;

-- queues
SELECT freshet.set_queue('mail', concurrency => 1);
SELECT freshet.set_queue('mail', concurrency => 0);
SET ROLE regress_jobs_owner;
SELECT freshet.schedule('jobs.note', '{"n": 7, "word": "mail"}', queue => 'mail') AS job \gset
RESET ROLE;
SELECT place FROM freshet.due_jobs(9) WHERE id = :job \gset
SELECT count(id) AS without_full_queues FROM freshet.due_jobs(10, '{mail}');
SELECT freshet.set_queue('mail', paused => true);
SELECT count(id) AS paused FROM freshet.due_jobs(10);
:run(:job, :'place'); ROLLBACK;
SELECT freshet.set_queue('mail');
:run(:job, :'place'); COMMIT;
SELECT freshet.prune_jobs('1 hour') AS young, freshet.prune_jobs('-1 hour') > 3 AS old;
SELECT count(*) FROM freshet.jobs;

-- a query cannot schedule
CREATE FUNCTION jobs.sly() RETURNS bigint STABLE LANGUAGE plpgsql AS $$ DECLARE j bigint; BEGIN EXECUTE $q$ SELECT freshet.schedule('jobs.note', '{"n": 9}') $q$ INTO j; RETURN j; END $$;
ALTER FUNCTION jobs.sly() OWNER TO regress_jobs_owner;
SET ROLE regress_jobs_owner;
SELECT freshet.expose('jobs.sly', public => true);
RESET ROLE;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT error::jsonb ->> 'code' AS code FROM freshet.run_queries('[{"path":"jobs.sly","args":{},"identity":null}]') WHERE ordinal = 1;
ROLLBACK;
SELECT count(*) FROM freshet.jobs;
SET client_min_messages = error;
DROP SCHEMA jobs CASCADE;
SELECT freshet.hide(path) FROM freshet.functions WHERE path LIKE 'jobs.%';
DROP OWNED BY regress_jobs_owner, regress_jobs_other;
DROP ROLE regress_jobs_owner, regress_jobs_other;
