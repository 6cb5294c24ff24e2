-- Options of a stream: what is unknown or malformed is refused, and no message shows the key.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
SELECT count(*) FROM pg_logical_slot_get_changes('cs', NULL, NULL, 'format', 'xml');
SELECT count(*) FROM pg_logical_slot_get_changes('cs', NULL, NULL, 'format', 'json', 'key', 'secret');
SELECT count(*) FROM pg_logical_slot_get_changes('cs', NULL, NULL, 'format', 'json', 'key', '000102030405060708090a0b0c0d0e0');
SELECT count(*) FROM pg_logical_slot_get_changes('cs', NULL, NULL, 'format', 'json', 'max_rows', '0');
SELECT count(*) FROM pg_logical_slot_get_changes('cs', NULL, NULL, 'format', 'json', 'max_rows', '-1');
SELECT count(*) FROM pg_logical_slot_get_changes('cs', NULL, NULL, 'format', 'json', 'max_rows', '18446744073709551616');
SELECT count(*) FROM pg_logical_slot_get_changes('cs', NULL, NULL, 'format', 'json', 'max_rows', '10x');
SELECT count(*) FROM pg_logical_slot_get_changes('cs', NULL, NULL, 'format', 'json', 'version', '2');
SELECT count(*) FROM pg_logical_slot_get_changes('cs', NULL, NULL, 'format', 'json', 'include-xids', '1');
SELECT count(*) >= 0 AS accepted FROM pg_logical_slot_get_changes('cs', NULL, NULL, 'format', 'json', 'version', '1', 'max_rows', '18446744073709551615',
  'key', '000102030405060708090A0B0C0D0E0F');
-- The default format is binary, which the text functions refuse.
SELECT count(*) FROM pg_logical_slot_get_changes('cs', NULL, NULL);
SELECT count(*) >= 0 AS accepted FROM pg_logical_slot_get_binary_changes('cs', NULL, NULL);
\i sql/support/change_set_end.psql
