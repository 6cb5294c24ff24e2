INSERT INTO app.note (author, title) VALUES ('alice', 'hers'), ('bob', 'his');
SELECT freshet.as_user('{"sub": "alice"}');

-- everybody sees their own notes
SELECT freshet.invoke('notes.list') -> 0 ->> 'title' = 'hers';

-- a title is needed
-- raises title_given
SELECT freshet.invoke('notes.add', '{"title": ""}');

-- raises bad_title
SELECT freshet.invoke('notes.add', '{"title": "bad"}');

SELECT freshet.as_user(NULL);

-- nobody is let in without a token
-- raises forbidden
SELECT freshet.invoke('notes.list');
