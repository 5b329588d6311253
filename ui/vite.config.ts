import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Three entries, so that the public kiosk never loads a line of desk code and the wall can reload alone. */
const entries = { kiosk: here("kiosk.html"), desk: here("desk.html"), wall: here("wall.html") };

export default defineConfig({
  base: "./",
  plugins: [svelte(), svelteTesting()],
  server: {
    port: 5180,
    strictPort: true,
    fs: { allow: [here("..")] },
    // `hallctl serve` answers behind the development server; kiosk.html and its kin stay with Vite.
    proxy: { "^/(kiosk|desk|wall|changes)(\\?.*)?$": "http://127.0.0.1:5190" },
  },
  build: {
    target: ["safari17", "chrome120"],
    // The content security policy allows no data: fonts and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { input: entries },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts", "lint/**/*.test.js"],
  },
});
