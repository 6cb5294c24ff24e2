import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { FreshetProvider } from "@freshet/react";
import { App } from "./app.tsx";
import { client } from "./session.ts";
import "./styles.css";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <FreshetProvider client={client}>
      <App />
    </FreshetProvider>
  </StrictMode>,
);
