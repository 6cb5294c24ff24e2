-- What the app beside it needs of the database: a notification for each row that a tile may show. PostgreSQL sends equal ones of a
-- transaction once, when it commits. Nothing of this is Freshet's.
BEGIN;
DROP SCHEMA IF EXISTS rival CASCADE;
CREATE SCHEMA rival;

-- Transfers that were made under an idempotency key, for clients that send one.
CREATE TABLE rival.made (key uuid PRIMARY KEY);

CREATE FUNCTION rival.announce() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
BEGIN
  PERFORM pg_notify('rival', jsonb_build_object('tile', TG_ARGV[0], 'bank', changed -> TG_ARGV[1])::text);
  RETURN NULL;
END $$;

CREATE TRIGGER rival_account AFTER INSERT OR UPDATE OR DELETE ON app.account FOR EACH ROW EXECUTE FUNCTION rival.announce('accounts', 'bank_id');
CREATE TRIGGER rival_entry AFTER INSERT OR UPDATE OR DELETE ON app.entry FOR EACH ROW EXECUTE FUNCTION rival.announce('books', 'bank_id');
CREATE TRIGGER rival_member AFTER INSERT OR UPDATE OR DELETE ON app.member FOR EACH ROW EXECUTE FUNCTION rival.announce('both', 'bank_id');
CREATE TRIGGER rival_bank AFTER INSERT OR UPDATE OR DELETE ON app.bank FOR EACH ROW EXECUTE FUNCTION rival.announce('both', 'id');
COMMIT;
