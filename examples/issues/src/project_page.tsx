import { useState } from "react";
import { Board } from "./board.tsx";
import type { IssueId, WorkspacesMineRow } from "./generated/api.ts";
import { IssueList } from "./issue_list.tsx";
import { IssuePanel } from "./issue_panel.tsx";
import { NewIssue } from "./new_issue.tsx";

const views = { board: "Board", list: "All issues" } as const;

export function ProjectPage(props: {
  readonly workspace: WorkspacesMineRow;
  readonly project: WorkspacesMineRow["projects"][number];
  readonly onMenu: () => void;
}) {
  const { workspace, project } = props;
  const [view, setView] = useState<keyof typeof views>("board");
  const [opened, open] = useState<IssueId>();
  const [isNew, setIsNew] = useState(false);
  const mayWrite = workspace.role !== "guest";
  return (
    <main className="page">
      <header className="bar">
        <button type="button" className="menu" aria-label="Projects" onClick={props.onMenu}>
          ☰
        </button>
        <div className="title">
          <h2>{project.name}</h2>
          <p>
            {workspace.name} · {project.open} open
          </p>
        </div>
        <div role="tablist" aria-label="View" className="tabs">
          {(Object.keys(views) as (keyof typeof views)[]).map((name) => (
            <button key={name} type="button" role="tab" aria-selected={view === name} onClick={() => setView(name)}>
              {views[name]}
            </button>
          ))}
        </div>
        <button type="button" className="primary" disabled={!mayWrite} title={mayWrite ? undefined : "Guests only look"} onClick={() => setIsNew(true)}>
          New issue
        </button>
      </header>
      {view === "board" ? <Board project={project.id} projectKey={project.key} onOpen={open} /> : <IssueList project={project.id} projectKey={project.key} onOpen={open} />}
      {opened !== undefined && <IssuePanel issue={opened} workspace={workspace.id} mayWrite={mayWrite} onClose={() => open(undefined)} />}
      {isNew && <NewIssue project={project.id} onClose={() => setIsNew(false)} />}
    </main>
  );
}
