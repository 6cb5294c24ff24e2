import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const path = (url: string) => fileURLToPath(new URL(url, import.meta.url));

// The tests of ../react, with every import of React led to the one that is installed here.
export default defineConfig({
  resolve: {
    alias: [
      { find: "@freshet/client", replacement: path("../core/src/index.ts") },
      ...["react-dom", "react"].map((name) => ({ find: new RegExp(`^${name}(?=/|$)`), replacement: path(`./node_modules/${name}`) })),
      // Its CommonJS files would ask Node for React, and get the one that they stand beside; these are led like ours.
      { find: /^@testing-library\/react$/, replacement: path("../../../node_modules/@testing-library/react/dist/@testing-library/react.esm.js") },
    ],
  },
  test: {
    root: path(".."),
    testTimeout: 60_000,
    environment: "jsdom",
    include: ["react/test/**/*.test.tsx", "react18/test/**/*.test.tsx"],
    exclude: ["react/test/suspense.test.tsx"],
    server: { deps: { inline: ["@testing-library/react"] } },
  },
});
