import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { createFakeClient, fakeError } from "@freshet/testing/fake";
import { FreshetProvider } from "@freshet/react";
import { Board } from "../src/board.tsx";
import { api, IssueId, ProjectId, type IssuesBoardRow, type IssuesMoveArgs, type Status } from "../src/generated/api.ts";
import { Notices } from "../src/notice.tsx";
import { withMoved } from "../src/optimistic.ts";

afterEach(cleanup);

function issue(id: number, status: Status): IssuesBoardRow {
  return { id: IssueId(id), number: id, title: `issue ${id}`, status, priority: "medium", assignee: null, labels: [], comments: 0 };
}

async function showBoard() {
  const fake = createFakeClient({ identity: { sub: "1" } });
  let rows: readonly IssuesBoardRow[] = [issue(1, "backlog"), issue(2, "todo"), issue(3, "todo")];
  let finish = () => {};
  let refused = false;
  fake.query(api.issues.board, () => rows);
  fake.query(api.projects.counts, () =>
    [...new Set(rows.map(({ status }) => status))].map((status) => ({ status, issues: rows.filter((row) => row.status === status).length })),
  );
  fake.mutation(api.issues.move, async (move: IssuesMoveArgs) => {
    await new Promise<void>((resolve) => (finish = resolve));
    if (refused) {
      throw fakeError("forbidden");
    }
    rows = withMoved(rows, move);
    return null;
  });
  render(
    <FreshetProvider client={fake.client}>
      <Notices>
        <Board project={ProjectId(1)} projectKey="SHOP" onOpen={() => {}} />
      </Notices>
    </FreshetProvider>,
  );
  await screen.findByText("issue 1");
  const column = (name: string) => within(screen.getByRole("region", { name }));
  return {
    fake,
    titles: (name: string) => column(name).queryAllByText(/^issue/).map(({ textContent }) => textContent),
    count: (name: string) => column(name).getByRole("heading").textContent?.match(/\d+$/)?.[0],
    press: (title: string, key: string) => fireEvent.keyDown(screen.getByText(title).closest("button")!, { key, shiftKey: true }),
    answer: async (how: "done" | "refused") => {
      refused = how === "refused";
      await act(async () => {
        await fake.settled();
        finish();
        await fake.settled();
      });
    },
  };
}

test("a move is on the board at once, with the counters, and stays", async () => {
  const board = await showBoard();
  board.press("issue 1", "ArrowRight");
  expect([board.titles("Backlog"), board.titles("To do")]).toEqual([[], ["issue 2", "issue 3", "issue 1"]]);
  expect([board.count("Backlog"), board.count("To do")]).toEqual(["0", "3"]);
  await board.answer("done");
  expect(board.titles("To do")).toEqual(["issue 2", "issue 3", "issue 1"]);
  expect(board.fake.calls(api.issues.move)).toEqual([{ issue: 1, status: "todo" }]);
});

test("a move that is refused is taken back, counters too, and the reason is said", async () => {
  const board = await showBoard();
  board.press("issue 3", "ArrowRight");
  expect(board.titles("In progress")).toEqual(["issue 3"]);
  await board.answer("refused");
  expect([board.titles("To do"), board.titles("In progress"), board.count("To do")]).toEqual([["issue 2", "issue 3"], [], "2"]);
  expect(screen.getByRole("alert").textContent).toBe("You may look here, but not change anything.");
});

test("two moves on their way are both on the board", async () => {
  const board = await showBoard();
  board.press("issue 1", "ArrowRight");
  board.press("issue 2", "ArrowRight");
  expect([board.titles("To do"), board.titles("In progress")]).toEqual([["issue 3", "issue 1"], ["issue 2"]]);
});

test("a card comes to stand above the one that it is dropped on", () => {
  const rows = [issue(1, "todo"), issue(2, "todo"), issue(3, "backlog")];
  const ids = (move: IssuesMoveArgs) => withMoved(rows, move).filter(({ status }) => status === "todo").map(({ id }) => id);
  expect(ids({ issue: IssueId(3), status: "todo", before: IssueId(2) })).toEqual([1, 3, 2]);
  expect(ids({ issue: IssueId(1), status: "todo", before: null })).toEqual([2, 1]);
  expect(ids({ issue: IssueId(3), status: "todo", before: IssueId(99) })).toEqual([1, 2, 3]);
});
