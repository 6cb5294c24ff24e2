import { useState } from "react";
import { useQueries } from "@freshet/react";
import { api, type PersonId, type ProjectId } from "./generated/api.ts";
import { NewProject } from "./new_project.tsx";
import { Notices } from "./notice.tsx";
import { ProjectPage } from "./project_page.tsx";
import { Sidebar } from "./sidebar.tsx";

export function Tracker(props: { readonly account: PersonId; readonly onSignOut: () => void }) {
  const { workspaces, accounts } = useQueries({
    workspaces: { query: api.workspaces.mine },
    accounts: { query: api.people.demo_accounts },
  });
  const [chosen, choose] = useState<ProjectId>();
  const [isOpen, setIsOpen] = useState(false);
  const [newIn, setNewIn] = useState<NonNullable<typeof workspaces.data>[number]["id"]>();
  const name = accounts.data?.find(({ id }) => id === props.account)?.name ?? "";
  const workspace = workspaces.data?.find(({ projects }) => projects.some(({ id }) => id === chosen)) ?? workspaces.data?.find(({ projects }) => projects.length > 0);
  const project = workspace?.projects.find(({ id }) => id === chosen) ?? workspace?.projects[0];
  return (
    <Notices>
      <div className="tracker" data-sidebar={isOpen ? "open" : "closed"}>
        <Sidebar
          account={props.account}
          name={name}
          workspaces={workspaces.data}
          chosen={project?.id}
          onChoose={(id) => {
            choose(id);
            setIsOpen(false);
          }}
          onNewProject={setNewIn}
          onSignOut={props.onSignOut}
          onClose={() => setIsOpen(false)}
        />
        {workspaces.status === "error" ? (
          <main className="empty" role="alert">{workspaces.error.message}</main>
        ) : workspace === undefined || project === undefined ? (
          <main className="empty">{workspaces.data === undefined ? "Loading…" : "There is no project yet."}</main>
        ) : (
          <ProjectPage key={project.id} workspace={workspace} project={project} onMenu={() => setIsOpen(true)} />
        )}
        {newIn !== undefined && <NewProject workspace={newIn} onClose={() => setNewIn(undefined)} onMade={choose} />}
      </div>
    </Notices>
  );
}
