import type { Priority, Role, Status } from "./generated/api.ts";

// Enums of the database are unions here: a label that is added there makes these fail to compile until it has its words.

export const statuses = ["backlog", "todo", "doing", "done"] as const satisfies readonly Status[];
export const priorities = ["urgent", "high", "medium", "low"] as const satisfies readonly Priority[];

export const statusWords: Record<Status, string> = { backlog: "Backlog", todo: "To do", doing: "In progress", done: "Done" };
export const priorityWords: Record<Priority, string> = { urgent: "Urgent", high: "High", medium: "Medium", low: "Low" };
export const roleWords: Record<Role, string> = { guest: "guest", member: "member", admin: "admin" };

const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });

export function onDay(instant: string): string {
  return day.format(new Date(instant));
}
