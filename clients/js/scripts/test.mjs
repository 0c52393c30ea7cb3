// Bundles every test/*.test.ts and runs them with node:test. Arguments choose some: `npm test -- sfu-media`.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
// Inside node_modules, so that packages that are not bundled are found.
const out = join(root, 'node_modules/.cache/whisker-client-tests');
const chosen = process.argv.slice(2);
const names = readdirSync(join(root, 'test'))
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => chosen.length === 0 || chosen.some((part) => name.includes(part)));
if (names.length === 0) throw new Error(`no test is called ${chosen.join(', ')}`);

rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: names.map((name) => join(root, 'test', name)),
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
});
const files = names.map((name) => join(out, name.replace(/\.ts$/, '.mjs')));
const flags = ['--enable-source-maps', '--disable-warning=ExperimentalWarning', '--test', '--test-timeout=30000'];
const { status } = spawnSync(process.execPath, [...flags, ...files], { stdio: 'inherit', cwd: root });
process.exitCode = status ?? 1;
