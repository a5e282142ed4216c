import { defineConfig } from "vite";

// Everything is served by the server itself, from /assets: no other host, no script or style within a page (the server's
// Content-Security-Policy allows neither).
export default defineConfig({
  build: {
    outDir: "../src/treadle/web",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What both a screen and its chart say: in the screen's own piece it would make the chart load the whole screen.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "said", test: /src\/(charts\/(lines|slots)|parts\/words)\./ }] } } },
  },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/openapi.json": "http://127.0.0.1:8080" } },
});
