import { defineConfig } from "vitest/config";

// Against a real Postgres, a real gateway and Chromium: `npx vitest run --config vitest.e2e.config.ts`. FRESHET_BIN names the gateway's binary,
// CHROMIUM the browser's.
export default defineConfig({
  test: { include: ["e2e/**/*.test.ts"], pool: "forks", testTimeout: 60_000, hookTimeout: 180_000 },
});
