import type { OptimisticStore } from "@freshet/client";
import { api, type IssueId, type IssuesBoardRow, type IssuesMoveArgs, type Status } from "./generated/api.ts";

/** The board as issues.move will leave it: the card above `before`, or at the end of its column. */
export function withMoved(board: readonly IssuesBoardRow[], move: IssuesMoveArgs): readonly IssuesBoardRow[] {
  const card = board.find(({ id }) => id === move.issue);
  if (card === undefined) {
    return board;
  }
  const others = board.filter(({ id }) => id !== move.issue);
  const above = others.findIndex(({ id, status }) => id === move.before && status === move.status);
  const moved = { ...card, status: move.status };
  return above < 0 ? [...others, moved] : [...others.slice(0, above), moved, ...others.slice(above)];
}

/** Everything on the page that issues.move changes, ahead of its answer: board, list, the open issue, and both counters. */
export function moveEverywhere(store: OptimisticStore, move: IssuesMoveArgs): void {
  for (const { args, value: board } of store.all(api.issues.board)) {
    const before = board.find(({ id }) => id === move.issue)?.status;
    if (before === undefined) {
      continue;
    }
    store.set(api.issues.board, args, withMoved(board, move));
    if (before !== move.status) {
      store.update(api.projects.counts, (counts, { project }) => (project === args.project ? withCounted(counts, before, move.status) : counts));
      const opened = Number(move.status !== "done") - Number(before !== "done");
      store.update(api.workspaces.mine, (workspaces) =>
        workspaces.map((workspace) => ({
          ...workspace,
          projects: workspace.projects.map((project) => (project.id === args.project ? { ...project, open: project.open + opened } : project)),
        })),
      );
    }
  }
  changeIssue(store, move.issue, { status: move.status });
}

function withCounted(counts: readonly { readonly status: Status; readonly issues: number }[], from: Status, to: Status) {
  const next = new Map(counts.map(({ status, issues }) => [status, issues]));
  next.set(from, (next.get(from) ?? 0) - 1);
  next.set(to, (next.get(to) ?? 0) + 1);
  return [...next].map(([status, issues]) => ({ status, issues })).filter(({ issues }) => issues > 0);
}

function changeIssue(store: OptimisticStore, issue: IssueId, change: { readonly status: Status }): void {
  store.update(api.issues.list, (rows) => (rows.some(({ id }) => id === issue) ? rows.map((row) => (row.id === issue ? { ...row, ...change } : row)) : rows));
  store.update(api.issues.get, (value) => (value?.id === issue ? { ...value, ...change } : value));
}
