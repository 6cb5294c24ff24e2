-- What is exposed. Keyed by names and argument types as text, never by oid, so that CREATE OR REPLACE, DROP + CREATE, pg_dump and restore
-- keep it. Written by freshet.expose() and freshet.hide() only.
CREATE TABLE freshet.exposed (
  schema_name    name    NOT NULL,
  function_name  name    NOT NULL,
  argument_types text[]  NOT NULL,  -- input arguments, schema-qualified
  kind           text    NOT NULL CHECK (kind IN ('query', 'mutation')),
  guard          text,              -- expression over the arguments
  public         boolean NOT NULL,
  max_rows       integer,           -- NULL: freshet.default_max_rows
  max_page       integer,
  lockstep       boolean NOT NULL,
  deadline_ms    integer,           -- NULL: freshet.default_deadline_ms
  errors         text[]  NOT NULL,  -- application codes that the function may raise
  cardinality    text    NOT NULL CHECK (cardinality IN ('one', 'maybe', 'many')),
  superuser      boolean NOT NULL,  -- the owner may be a superuser
  bypasses_row_security boolean NOT NULL,  -- the owner may be one whom row policies do not bind
  search_path    text    NOT NULL,  -- set around the call
  page_order     text,              -- NULL: the ORDER BY of the body
  returns        text,              -- declared shape of the result
  not_null       text[]  NOT NULL,  -- columns declared never to be NULL
  args           jsonb   NOT NULL,  -- declarations by argument
  run_as         name,              -- NULL: the owner
  numbers        jsonb   NOT NULL DEFAULT '{}',  -- forms of numbers, by type or column of the result
  internal       boolean NOT NULL DEFAULT false,  -- for jobs alone
  CHECK (public OR guard IS NOT NULL OR internal),
  PRIMARY KEY (schema_name, function_name)
);
SELECT pg_catalog.pg_extension_config_dump('freshet.exposed', '');

-- Tells every backend that what it remembers of the registry is old, whoever wrote it.
CREATE FUNCTION freshet.exposed_changed() RETURNS trigger
  LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_exposed_changed';
REVOKE ALL ON FUNCTION freshet.exposed_changed() FROM PUBLIC;
CREATE TRIGGER exposed_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON freshet.exposed
  FOR EACH STATEMENT EXECUTE FUNCTION freshet.exposed_changed();
ALTER TABLE freshet.exposed ENABLE ALWAYS TRIGGER exposed_changed;

-- How bigint and numeric are given to clients, where it was declared. Written by freshet.numbers_as() only.
CREATE TABLE freshet.number_forms (
  subject text PRIMARY KEY,  -- 'bigint', 'numeric': all of the database; else schema.table.column
  form    text NOT NULL CHECK (form IN ('number', 'string'))
);
SELECT pg_catalog.pg_extension_config_dump('freshet.number_forms', '');
CREATE TRIGGER exposed_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON freshet.number_forms
  FOR EACH STATEMENT EXECUTE FUNCTION freshet.exposed_changed();
ALTER TABLE freshet.number_forms ENABLE ALWAYS TRIGGER exposed_changed;

-- Declares in which form clients are given numbers: 'number', 'string', or NULL for what holds without a declaration (bigint is a number,
-- numeric a string, both are numbers inside of json). `subject` is 'bigint' or 'numeric' for the whole database, which its owner may say, or
-- schema.table.column, which the table's owner may: then it holds for that column wherever it turns up in a result, for columns that refer to it
-- by a foreign key, and for arguments that are its ids. A bigint whose form is number and that is beyond ±(2^53-1) is out_of_range.
--
--     SELECT freshet.numbers_as('app.event.id', 'string');
CREATE FUNCTION freshet.numbers_as(subject text, form text) RETURNS void
  VOLATILE LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_numbers_as';

-- Exposes a function to clients, under the path `module.function`. Only its owner (or a superuser) may. Calling it again replaces the options.
-- Its kind follows its volatility: STABLE and IMMUTABLE functions are queries, VOLATILE ones are mutations. It is run with its owner's rights and
-- the search_path of the moment in which it is exposed. What is suspicious and not wrong is a notice, with what to do about it.
--   path         schema and name of the function, as they are stored
--   guard        expression over the function's arguments by name; run apart from the function, as its owner. False, NULL or an error: forbidden
--   public       true: anybody may call it. Without it a guard is required
--   max_rows     a longer result is too_large
--   max_page     largest page that may be asked for; without it max_rows. Also asks for what pages need, as order_by does
--   lockstep     false: live results of this function do not wait for others, and others do not wait for it
--   deadline_ms  a call that takes longer is cancelled
--   errors       codes that it raises by freshet.fail()
--   cardinality  'one' (no row is not_found), 'maybe' (no row is null) or 'many'. Default: 'many' for what returns a set, else 'maybe'
--   superuser    'allow': the owner may be a superuser, so that the function runs with all rights
--   row_security 'bypass': it may use tables whose row policies do not bind its owner
--   order_by     the order in which it is paged, where that is not the ORDER BY of its body: columns of the result as after ORDER BY, such as
--                'created_at desc, name collate "C" nulls first, id'. The last ones are to be a unique key. The column of a set of values is "value"
--   returns      what the result looks like, where the body cannot tell (PL/pgSQL, opaque json): a row '(id bigint not null, title text)', a type
--                'app.issue', or what the json looks like '{"id": "bigint", "tags": ["text"], "note": "text?", "kind": "''a'' | ''b''", "more?": "int"}'.
--                A result that departs from it is the error contract_mismatch
--   not_null     columns that are never NULL ('*': all, or the value itself); one that is, is contract_mismatch
--   args         '{"patch": "partial app.issue(title, state)"}': a jsonb argument that may have these columns as members, absent and null differ;
--                '{"channel": "app.channel.id"}': whose id it is
--   numbers      '{"bigint": "string", "total": "number"}': in which form this function gives bigint, numeric, or a column of its result
--   run_as       role whose rights it runs with, of which its owner must be a member
--   internal     true: for freshet.schedule() and freshet.cron() alone; to clients it does not exist, and it needs no guard
-- With max_page or order_by what cannot be paged is refused, and a notice says where pages will be slow or the order may not be unique.
-- Errors: RF013 (not exposable) with what is wrong, the line of the body where it is known, and what to write instead; insufficient_privilege for
-- who does not own the function.
-- Example: SELECT freshet.expose('messages.list', guard => 'app.require_member(channel)', max_page => 100);
CREATE FUNCTION freshet.expose(path text, guard text DEFAULT NULL, public boolean DEFAULT false, max_rows integer DEFAULT NULL,
                               max_page integer DEFAULT NULL, lockstep boolean DEFAULT true, deadline_ms integer DEFAULT NULL,
                               errors text[] DEFAULT '{}', cardinality text DEFAULT NULL, superuser text DEFAULT 'refuse', row_security text DEFAULT 'refuse',
                               order_by text DEFAULT NULL, returns text DEFAULT NULL, not_null text[] DEFAULT '{}', args jsonb DEFAULT '{}',
                               run_as name DEFAULT NULL, numbers jsonb DEFAULT '{}', internal boolean DEFAULT false)
  RETURNS void VOLATILE LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_expose';

-- Takes a function away from clients: live queries of it become the error not_found. Only its owner (or a superuser) may. True when it was exposed.
-- Errors: insufficient_privilege.
-- Example: SELECT freshet.hide('messages.list');
CREATE FUNCTION freshet.hide(path text) RETURNS boolean
  VOLATILE STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_hide';

-- Exposes the functions of a schema that are not exposed yet, with the same options for all; skips names that begin with `_` and trigger
-- functions. Returns what it did: (path, 'exposed' | 'kept' | 'skipped'). What is added to the schema later is exposed by the next call only.
--   module   name of the schema
--   guard    of each function that is exposed now: an expression over arguments that all of them have
--   public   true: anybody may call them. Without it a guard is required
-- Errors: those of expose(); then nothing is exposed.
-- Example: SELECT * FROM freshet.expose_module('catalogue', public => true);
CREATE FUNCTION freshet.expose_module(module text, guard text DEFAULT NULL, public boolean DEFAULT false)
  RETURNS TABLE (path text, action text) VOLATILE LANGUAGE plpgsql AS $$
DECLARE
  candidate record;
BEGIN
  FOR candidate IN
    SELECT p.proname, p.prorettype,
           EXISTS (SELECT FROM freshet.functions f WHERE f.path = module || '.' || p.proname) AS known
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = module AND p.prokind = 'f'
     ORDER BY p.proname
  LOOP
    path := module || '.' || candidate.proname;
    IF candidate.known THEN
      action := 'kept';
    ELSIF candidate.proname LIKE '\_%'
          OR candidate.prorettype IN ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype) THEN
      action := 'skipped';
    ELSE
      PERFORM freshet.expose(path, guard => guard, public => public);
      action := 'exposed';
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;

-- What is behind the view freshet.functions. `problem`: why it can't be called any more, NULL when it can.
-- Example: SELECT path, problem FROM freshet.functions WHERE problem IS NOT NULL;
CREATE FUNCTION freshet.exposed_functions()
  RETURNS TABLE (path text, kind text, guard text, public boolean, owner name, problem text)
  STABLE LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_exposed_functions';

-- What expose() warns of, of one function, as `code: message`. The codes are those of freshet.check().
-- Example: SELECT path, lints FROM freshet.functions WHERE lints <> '{}';
CREATE FUNCTION freshet.lints_of(path text) RETURNS text[]
  VOLATILE STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_lints_of';

-- Everything that is exposed, with what expose() warned of (`lints`, found anew when they are asked for). `problem` says why a function cannot be called any more: it is missing, changed kind or arguments, …
CREATE VIEW freshet.functions AS SELECT f.*, freshet.lints_of(f.path) AS lints FROM freshet.exposed_functions() f;
GRANT SELECT ON freshet.functions TO PUBLIC;
