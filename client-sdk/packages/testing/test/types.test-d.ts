import { expectTypeOf, test } from "vitest";
import { createFakeClient } from "../src/fake.js";
import { api } from "./notes_api.js";

test("answers are typed by their functions", () => {
  const fake = createFakeClient();
  fake.query(api.notes.list, () => [{ id: 1, title: "one" }]);
  // @ts-expect-error a note has a title
  fake.query(api.notes.list, () => [{ id: 1 }]);
  fake.mutation(api.notes.add, ({ title }) => title.length);
  // @ts-expect-error it gives a number
  fake.mutation(api.notes.add, ({ title }) => title);
  expectTypeOf(fake.calls(api.notes.add)).toEqualTypeOf<{ title: string }[]>();
});
