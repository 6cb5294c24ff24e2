-- Everybody may name what is in the schema; each function says itself who may execute it.
GRANT USAGE ON SCHEMA freshet TO PUBLIC;
