// How the laboratory is built: static files in dist/lab that any web server can serve, from any folder of it.
import { cpSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const OUT = join(ROOT, "dist/lab");
const CAPTURES = join(ROOT, "test/data/captures");

/** Puts the engine's modules and the committed captures beside the page. */
function engine(): Plugin {
  return {
    name: "engine",
    closeBundle() {
      for (const folder of ["", "layout"]) {
        mkdirSync(join(OUT, "wasm", folder), { recursive: true });
        for (const name of readdirSync(join(ROOT, "build", folder)))
          if (name.endsWith(".wasm"))
            cpSync(join(ROOT, "build", folder, name), join(OUT, "wasm", folder, name));
      }
      const captures = readdirSync(CAPTURES).map((name) => {
        cpSync(join(CAPTURES, name), join(OUT, "captures", name), { recursive: true });
        const files = readdirSync(join(CAPTURES, name)).map((file) => ({
          name: file,
          bytes: statSync(join(CAPTURES, name, file)).size,
        }));
        return { name, files };
      });
      writeFileSync(join(OUT, "captures/index.json"), JSON.stringify(captures));
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [engine()],
  worker: { format: "es" },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
});
