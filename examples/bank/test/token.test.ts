import { expect, test } from "vitest";
import { sign } from "../../chat/demo_tokens.ts";
import { userOf } from "../rival/token.ts";

const secret = "a secret of thirty-two bytes or more";
const soon = Math.floor(Date.now() / 1_000) + 60;

test("a valid token names its user", () => {
  expect(userOf(`Bearer ${sign({ sub: "7", exp: soon }, secret)}`, secret)).toBe(7);
});

test.each([
  ["none", undefined],
  ["one without a signature", "Bearer a.b"],
  ["one of another secret", `Bearer ${sign({ sub: "7", exp: soon }, "another secret of thirty-two bytes")}`],
  ["one that has ended", `Bearer ${sign({ sub: "7", exp: soon - 120 }, secret)}`],
  ["one without an end", `Bearer ${sign({ sub: "7" }, secret)}`],
  ["one whose claims were changed", `Bearer ${sign({ sub: "7", exp: soon }, secret).replace(/\.[^.]+\./, `.${btoa('{"sub":"1","exp":9999999999}')}.`)}`],
])("%s names nobody", (_what, authorization) => {
  expect(userOf(authorization, secret)).toBeUndefined();
});
