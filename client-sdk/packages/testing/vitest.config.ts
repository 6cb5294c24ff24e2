import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@freshet/client": new URL("../core/src/index.ts", import.meta.url).pathname } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    include: ["test/**/*.test.ts"],
    typecheck: { include: ["test/**/*.test-d.ts"] },
  },
});
