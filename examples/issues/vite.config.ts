import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { demoTokens } from "../chat/demo_tokens.ts";

// FRESHET_GATEWAY_URL: where the gateway listens. FRESHET_JWT_KEY: the HS256 secret that it checks tokens with.
const gateway = process.env["FRESHET_GATEWAY_URL"] ?? "http://127.0.0.1:4700";

// The page and the gateway have one origin, so no origin needs to be allowed.
const proxy = { "/sync": { target: gateway, ws: true }, "/api": gateway };

export default defineConfig({
  plugins: [react(), demoTokens(process.env["FRESHET_JWT_KEY"])],
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy },
  build: { target: "es2022" },
});
