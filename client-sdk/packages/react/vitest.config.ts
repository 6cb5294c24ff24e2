import { defineConfig } from "vitest/config";

export default defineConfig({
  // The core's sources, so that its tests and these need no build.
  resolve: { alias: { "@freshet/client": new URL("../core/src/index.ts", import.meta.url).pathname } },
  test: {
    // A hang is noticed; a slow machine is none.
    testTimeout: 60_000,
    environment: "jsdom",
    include: ["test/**/*.test.tsx"],
    typecheck: { include: ["test/**/*.test-d.ts"] },
  },
});
