-- Schedules: specs, clocks that change, times that nobody saw.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
SET timezone = 'UTC';
CREATE FUNCTION nexts(spec text, zone text, after timestamptz, n int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE at timestamptz := after;
BEGIN
  FOR i IN 1..n LOOP
    at := freshet.next_cron_time(spec, zone, at);
    RETURN NEXT to_char(at AT TIME ZONE zone, 'Dy YYYY-MM-DD HH24:MI:SS') || to_char(at, ' = HH24:MI "UTC"');
  END LOOP;
END $$;
SELECT * FROM nexts('0 7 * * mon-fri', 'Europe/Berlin', '2026-01-02 12:00+00', 3);
SELECT * FROM nexts('*/20 9-10 * * *', 'UTC', '2026-01-01', 7);
SELECT * FROM nexts('5,35 0 1,15 feb *', 'UTC', '2026-01-01', 4);
SELECT * FROM nexts('0 0 29 2 *', 'UTC', '2026-01-01', 2);
-- both days restricted: either; one of them '*': that one alone
SELECT * FROM nexts('0 0 13 * fri', 'UTC', '2026-02-01', 4);
SELECT * FROM nexts('0 0 */10 * 7', 'UTC', '2026-01-01', 2);
SELECT * FROM nexts('@weekly', 'UTC', '2026-01-01', 2);
SELECT * FROM nexts('10/15 * * * *', 'UTC', '2026-01-01', 4);
SELECT * FROM nexts('every 90 seconds', 'UTC', '2026-01-01', 3);
-- the hour that Berlin skips, and the one that it has twice
SELECT * FROM nexts('30 2 * * *', 'Europe/Berlin', '2026-03-28 12:00+00', 3);
SELECT * FROM nexts('30 * * * *', 'Europe/Berlin', '2026-03-29 00:00+00', 3);
SELECT * FROM nexts('30 2 * * *', 'Europe/Berlin', '2026-10-24 12:00+00', 3);
SELECT * FROM nexts('30 * * * *', 'Europe/Berlin', '2026-10-24 23:00+00', 4);
SELECT * FROM nexts('0 0 * * *', 'America/Havana', '2026-10-30 12:00+00', 3);
SELECT * FROM nexts('15 1 * * *', 'Australia/Lord_Howe', '2026-04-03 12:00+00', 3);
SELECT * FROM nexts('0 0 * * *', 'Pacific/Apia', '2011-12-28 12:00+00', 3);
SELECT freshet.next_cron_time('0 0 30 2 *') IS NULL AS never;
-- the same as asking each minute what the clock shows
SELECT count(*) AS different FROM generate_series('2026-03-20'::timestamptz, '2026-04-05', '37 minutes') t,
  LATERAL (SELECT min(m) AS first FROM generate_series(date_trunc('minute', t) + '1 minute', t + '26 hours', '1 minute') m
            WHERE to_char(m AT TIME ZONE 'Asia/Kathmandu', 'MI') = '15') naive
 WHERE naive.first IS DISTINCT FROM freshet.next_cron_time('15 * * * *', 'Asia/Kathmandu', t);
-- refused
SELECT freshet.next_cron_time('60 * * * *');
SELECT freshet.next_cron_time('* * * *');
SELECT freshet.next_cron_time('* * * * * *');
SELECT freshet.next_cron_time('* * 0 * *');
SELECT freshet.next_cron_time('* * * foo *');
SELECT freshet.next_cron_time('*/0 * * * *');
SELECT freshet.next_cron_time('5-1 * * * *');
SELECT freshet.next_cron_time('1,,2 * * * *');
SELECT freshet.next_cron_time('every 0 seconds');
SELECT freshet.next_cron_time('every 1 month');
SELECT freshet.next_cron_time('every now and then');
SELECT freshet.next_cron_time('@daily', 'Europe/Berln');

CREATE ROLE regress_cron_owner;
CREATE ROLE regress_cron_other;
CREATE SCHEMA cron AUTHORIZATION regress_cron_owner;
SET ROLE regress_cron_owner;
CREATE FUNCTION cron.tick(n int) RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(0 * tick.n)';
SELECT freshet.expose('cron.tick', internal => true);
SELECT freshet.cron('nightly', '0 3 * * *', 'cron.tick', '{"n": 1}', missed => 'once');
SELECT freshet.cron('hourly', '@hourly', 'cron.tick', '{"n": 2}', missed => 'skip', queue => 'slow');
SELECT freshet.cron('bad', '0 3 30 2 *', 'cron.tick', '{"n": 1}');
SELECT freshet.cron('bad', '0 3 * * *', 'cron.tick', '{"m": 1}');
SELECT freshet.cron('bad', '0 3 * * *', 'cron.tick', '{"n": 1}', missed => 'twice');
SELECT freshet.cron('bad', '0 3 * * *', 'cron.nothing');
SELECT freshet.cron(NULL, '0 3 * * *', 'cron.tick');
SELECT name, spec, timezone, args, queue, missed, next_at > now() AS later, last_at FROM freshet.crons ORDER BY name;
SET ROLE regress_cron_other;
SELECT count(*) FROM freshet.crons;
SELECT freshet.uncron('nightly');
SELECT freshet.cron('nightly', '* * * * *', 'cron.tick', '{"n": 9}');
RESET ROLE;
-- three nights without a gateway: one job for 'once', none for 'skip'
UPDATE freshet.cron SET next_at = now() - interval '3 days';
SELECT count(id) FROM freshet.due_jobs(10);
SELECT path, args, cron, queue, run_at < now() - interval '2 days' AS long_ago FROM freshet.jobs;
SELECT name, next_at > now() AS later, last_at < now() AS was FROM freshet.crons ORDER BY name;
-- the one before has not finished: no second one
UPDATE freshet.cron SET next_at = now() - interval '1 second' WHERE name = 'nightly';
SELECT count(id) FROM freshet.due_jobs(10);
UPDATE freshet.cron SET next_at = now() - interval '1 second' WHERE name = 'hourly';
SELECT count(id) FROM freshet.due_jobs(10);
SET ROLE regress_cron_owner;
-- said again by a deployment: nothing moves; another time: it does
SELECT next_at AS before FROM freshet.crons WHERE name = 'nightly' \gset
SELECT freshet.cron('nightly', '0 3 * * *', 'cron.tick', '{"n": 5}');
SELECT next_at = :'before' AS same, args FROM freshet.crons WHERE name = 'nightly';
SELECT freshet.cron('nightly', '1 3 * * *', 'cron.tick', '{"n": 5}');
SELECT next_at = :'before' AS same FROM freshet.crons WHERE name = 'nightly';
SELECT freshet.uncron('nightly'), freshet.uncron('hourly'), freshet.uncron('hourly') AS again;
RESET ROLE;
DELETE FROM freshet.job;
DROP FUNCTION nexts(text, text, timestamptz, int);
SET client_min_messages = error;
DROP SCHEMA cron CASCADE;
SELECT freshet.hide(path) FROM freshet.functions WHERE path LIKE 'cron.%';
DROP ROLE regress_cron_owner, regress_cron_other;
