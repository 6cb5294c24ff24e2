import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // A hang is noticed; a slow machine is none.
    testTimeout: 60_000,
    include: ["test/**/*.test.ts"],
    typecheck: { include: ["test/**/*.test-d.ts"] },
  },
});
