import { defineConfig } from "vitest/config";

export default defineConfig({
  // The SDK's sources, so that its tests and these need no build.
  resolve: { alias: { "@freshet/client": new URL("../../client-sdk/packages/core/src/index.ts", import.meta.url).pathname } },
  test: { environment: "jsdom", testTimeout: 60_000, include: ["test/**/*.test.ts*"] },
});
