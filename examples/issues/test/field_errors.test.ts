import { expect, test } from "vitest";
import { fakeError } from "@freshet/testing/fake";
import { formErrors } from "../src/field_errors.ts";

const fields = ["key", "name"] as const;

test.each([
  ["a key that is taken", fakeError("conflict", "", { constraint: "key_taken", arguments: ["workspace", "key"] }), { key: "Another project of this workspace has this key." }],
  ["a check of one column", fakeError("constraint_violation", "", { constraint: "name_length", arguments: ["name"] }), { name: "Between 1 and 60 characters." }],
  ["a constraint without words of ours", fakeError("conflict", "taken", { constraint: "other", arguments: ["name"] }), { name: "taken" }],
  ["an argument of the wrong type", fakeError("invalid_arguments", "", [{ path: "key", expected: "a string", got: "1" }]), { key: "Expected: a string." }],
])("%s stands beside its field", (_, error, expected) => {
  expect(formErrors(error, fields)).toEqual({ fields: expected, form: undefined });
});

test("what belongs to no field is said below the form", () => {
  expect(formErrors(fakeError("conflict", "elsewhere", { arguments: ["workspace"] }), fields)).toEqual({ fields: {}, form: "elsewhere" });
  expect(formErrors(fakeError("forbidden"), fields).form).toBe("You may look here, but not change anything.");
  expect(formErrors("offline", fields).form).toBe("offline");
});
