// Builds the pages. `src/dashboard/build.rs` calls it with the folder that is embedded in the server.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** The server that `npm run dev` talks to. */
const SERVER = process.env.WHISKER_URL ?? 'http://localhost:8080';

export default defineConfig({
  // Relative: the server may stand behind a path prefix.
  base: './',
  plugins: [react()],
  resolve: {
    alias: { 'whisker-client': here('../clients/js/src/index.ts') },
    // The client library's sources import it, and only this folder has it installed.
    dedupe: ['@stomp/stompjs'],
  },
  build: {
    // The pages' content security policy has no `data:` for fonts and scripts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: { input: { demo: here('demo.html') } },
  },
  server: {
    open: '/demo.html',
    fs: { allow: [here('..')] },
    proxy: { '/demo/config.json': SERVER, '/rtm': { target: SERVER, ws: true } },
  },
});
