import { version } from "react";
import * as dom from "react-dom";
import { expect, test } from "vitest";

test("the tests of @freshet/react run on React 18 here", () => {
  expect([version, dom.version].map((text) => text.split(".")[0])).toEqual(["18", "18"]);
});
