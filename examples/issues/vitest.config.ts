import { defineConfig } from "vitest/config";

const source = (path: string) => new URL(`../../client-sdk/packages/${path}`, import.meta.url).pathname;

export default defineConfig({
  // The SDK's sources, so that its tests and these need no build.
  resolve: {
    alias: {
      "@freshet/client": source("core/src/index.ts"),
      "@freshet/react": source("react/src/index.ts"),
      "@freshet/testing/fake": source("testing/src/fake.ts"),
    },
  },
  test: { environment: "jsdom", testTimeout: 60_000, include: ["test/**/*.test.ts*"] },
});
