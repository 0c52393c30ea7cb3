// Bundles the unit tests, which `node --test` then runs: no test runner beside Node's own.
import { readdirSync } from 'node:fs';
import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    ssr: true,
    outDir: 'build/test',
    rolldownOptions: { input: readdirSync('test').map((file) => `test/${file}`) },
  },
});
