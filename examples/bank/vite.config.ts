import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = (path: string) => new URL(path, import.meta.url).pathname;

// `vite build` makes the page, `vite build --ssr` the programs behind it: control serves the page and starts the others.
export default defineConfig(({ isSsrBuild }) =>
  isSsrBuild === true
    ? {
        build: {
          target: "node20",
          outDir: "dist/server",
          rollupOptions: { input: { control: here("control/main.ts"), crowd: here("crowd/main.ts"), rival: here("rival/main.ts") } },
        },
      }
    : { plugins: [react()], build: { target: "es2022", outDir: "dist/page" } },
);
