-- Who sees and does what; `freshet test db/` on a database with the sample.
SELECT freshet.as_user('{"sub": "1"}');

-- an admin sees the own workspace with its projects in one answer
SELECT jsonb_array_length(freshet.invoke('workspaces.mine')) = 1 AND freshet.invoke('workspaces.mine') -> 0 -> 'projects' -> 0 ->> 'key' = 'OVEN';

-- the board of another workspace is closed
-- raises forbidden
SELECT freshet.invoke('issues.board', '{"project": 4}');

-- a project that does not exist looks the same
-- raises forbidden
SELECT freshet.invoke('issues.board', '{"project": 99999}');

-- an issue of another workspace can't be moved
-- raises forbidden
SELECT freshet.invoke('issues.move', (SELECT jsonb_build_object('issue', min(id), 'status', 'done') FROM app.issue WHERE project_id = 4));

-- a key is taken once in a workspace
-- raises key_taken
SELECT freshet.invoke('projects.add', '{"workspace": 1, "key": "SHOP", "name": "Again"}');

-- a key has its form
-- raises key_form
SELECT freshet.invoke('projects.add', '{"workspace": 1, "key": "shop", "name": "Small"}');

SELECT freshet.invoke('issues.add', '{"project": 1, "title": " New "}');

-- an issue gets the next number of its project, and the top of the backlog
SELECT i.number = p.last_number AND i.title = 'New' AND i.place < ALL (SELECT o.place FROM app.issue o WHERE o.project_id = 1 AND o.status = 'backlog' AND o.id <> i.id)
FROM app.issue i JOIN app.project p ON p.id = i.project_id WHERE i.id = (SELECT max(id) FROM app.issue);

SELECT freshet.invoke('issues.move', jsonb_build_object('issue', 3, 'status', 'doing'));
SELECT freshet.invoke('issues.move', jsonb_build_object('issue', 1, 'status', 'doing', 'before', 3));
SELECT freshet.invoke('issues.move', jsonb_build_object('issue', 2, 'status', 'doing', 'before', 3));

-- an issue comes to stand between its neighbours
SELECT array_agg(i.id ORDER BY i.place DESC) = '{3,2,1}' FROM (SELECT * FROM app.issue WHERE project_id = 1 AND status = 'doing' ORDER BY place DESC LIMIT 3) i;

-- nobody from elsewhere is assigned
-- raises no_member
SELECT freshet.invoke('issues.assign', '{"issue": 1, "assignee": 3}');

SELECT freshet.as_user('{"sub": "4"}');

-- a guest reads
SELECT jsonb_array_length(freshet.invoke('issues.board', '{"project": 1}')) > 10;

-- a guest does not write
-- raises forbidden
SELECT freshet.invoke('issues.add', '{"project": 1, "title": "By a guest"}');

SELECT freshet.as_user(NULL);

-- nobody is anybody's guest
-- raises unauthenticated
SELECT freshet.invoke('issues.board', '{"project": 1}');
