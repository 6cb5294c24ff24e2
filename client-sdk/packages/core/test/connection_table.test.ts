import { describe, expect, test } from "vitest";
import { connectionTable, type ConnectionEvent, type Phase } from "../src/connection_table.js";

// Written down apart from the table: a cell is "phase: effects", "-" leaves everything as it is.
const events: ConnectionEvent[] = ["start", "opened", "welcomed", "lost", "silent", "retry", "online", "stop"];
const expected: Record<Phase, string[]> = {
  idle: ["connecting: dial", "-", "-", "-", "-", "-", "-", "closed:"],
  connecting: ["-", "greeting: greet", "-", "waiting: back_off", "waiting: hang_up back_off", "-", "-", "closed: hang_up"],
  greeting: ["-", "-", "live:", "waiting: back_off", "waiting: hang_up back_off", "-", "-", "closed: hang_up"],
  live: ["-", "-", "-", "waiting: back_off", "waiting: hang_up back_off", "-", "-", "closed: hang_up"],
  waiting: ["-", "-", "-", "-", "-", "connecting: dial", "connecting: cancel_retry dial", "closed: cancel_retry"],
  closed: ["-", "-", "-", "-", "-", "-", "-", "-"],
};

describe.each(Object.keys(expected) as Phase[])("in phase %s", (phase) => {
  test.each(events.map((event, index) => [event, expected[phase][index]] as const))("%s leads to %s", (event, cell) => {
    const step = connectionTable[phase][event];
    expect(step === null ? "-" : `${step.to}: ${step.effects.join(" ")}`.trim()).toBe(cell);
  });
});

test("no cell is left out", () => {
  for (const phase of Object.keys(expected) as Phase[]) {
    expect(Object.keys(connectionTable[phase]).sort()).toEqual([...events].sort());
  }
  expect(Object.keys(connectionTable).sort()).toEqual(Object.keys(expected).sort());
});
