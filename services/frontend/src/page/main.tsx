import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./style/tokens.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/views.css";
import "./style/workbench.css";
import { Page } from "./page.tsx";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
