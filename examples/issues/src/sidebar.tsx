import { Avatar } from "./avatar.tsx";
import { ConnectionBadge } from "./connection_badge.tsx";
import type { PersonId, ProjectId, WorkspaceId, WorkspacesMineRow } from "./generated/api.ts";
import { roleWords } from "./words.ts";

export function Sidebar(props: {
  readonly account: PersonId;
  readonly name: string;
  readonly workspaces: readonly WorkspacesMineRow[] | undefined;
  readonly chosen: ProjectId | undefined;
  readonly onChoose: (project: ProjectId) => void;
  readonly onNewProject: (workspace: WorkspaceId) => void;
  readonly onSignOut: () => void;
  readonly onClose: () => void;
}) {
  return (
    <>
      <button type="button" className="curtain" aria-label="Close the menu" onClick={props.onClose} />
      <aside className="sidebar">
        <header>
          <h1>Freshet issues</h1>
          <ConnectionBadge />
        </header>
        <nav aria-label="Projects">
          {props.workspaces?.map((workspace) => (
            <section key={workspace.id} className="workspace">
              <h2>
                <span>{workspace.name}</span>
                <small>{roleWords[workspace.role]}</small>
              </h2>
              <ul>
                {workspace.projects.map((project) => (
                  <li key={project.id}>
                    <button
                      type="button"
                      className="project"
                      aria-current={project.id === props.chosen ? "page" : undefined}
                      onClick={() => props.onChoose(project.id)}
                    >
                      <span className="key">{project.key}</span>
                      <span className="name">{project.name}</span>
                      <span className="open" title={`${project.open} open`}>{project.open}</span>
                    </button>
                  </li>
                ))}
              </ul>
              {workspace.role !== "guest" && (
                <button type="button" className="quiet add" onClick={() => props.onNewProject(workspace.id)}>
                  + New project
                </button>
              )}
            </section>
          ))}
        </nav>
        <footer>
          <Avatar id={props.account} name={props.name} />
          <strong>{props.name}</strong>
          <button type="button" className="quiet" onClick={props.onSignOut}>
            Sign out
          </button>
        </footer>
      </aside>
    </>
  );
}
