import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Builds the widget into one file, dist/widget.js, that any page can load with a script tag. */
export default defineConfig({
  root: at('widget'),
  build: {
    outDir: at('dist'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    lib: { entry: at('widget/src/main.ts'), formats: ['iife'], name: 'PatchbayChat', fileName: () => 'widget.js' },
  },
});
