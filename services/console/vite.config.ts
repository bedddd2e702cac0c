import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The page: `npm run build -w services/console` writes dist/, which src/main.ts serves. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: { outDir: "dist", emptyOutDir: true, target: ["chrome123", "edge123", "firefox121", "safari17.5"], modulePreload: { polyfill: false } },
});
