import { functionReference } from "@freshet/client";

export interface Note {
  readonly id: number;
  readonly title: string;
}

export const api = {
  notes: {
    list: functionReference<"query", {}, readonly Note[]>("query", "notes.list"),
    add: functionReference<"mutation", { title: string }, number, "bad_title">("mutation", "notes.add"),
  },
} as const;
