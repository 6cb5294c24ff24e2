import { useCallback } from "react";
import { useMutation } from "@freshet/react";
import { messageOf } from "./field_errors.ts";
import { api, type IssuesMoveArgs } from "./generated/api.ts";
import { useNotice } from "./notice.tsx";
import { moveEverywhere } from "./optimistic.ts";

/** Moves an issue, with everything on the page at once. What the database refuses goes back to where it was, and is said. */
export function useMove(): (move: IssuesMoveArgs) => void {
  const move = useMutation(api.issues.move).withOptimisticUpdate(moveEverywhere);
  const notify = useNotice();
  return useCallback((args) => void move(args).catch((error: unknown) => notify(messageOf(error))), [move, notify]);
}
