// dist/: one bundle for `import`, one for `require`, and declarations for both.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const { dependencies, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(dist, { recursive: true, force: true });
for (const [format, outfile] of [['esm', 'index.js'], ['cjs', 'index.cjs']]) {
  await build({
    entryPoints: [join(root, 'src/index.ts')],
    outfile: join(dist, outfile),
    format,
    bundle: true,
    // Browsers, Node and React Native take it from there.
    platform: 'neutral',
    target: 'es2020',
    external: Object.keys(dependencies),
    sourcemap: true,
    logLevel: 'warning',
  });
}

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });

// `require` in TypeScript wants declarations that say so.
for (const name of readdirSync(dist, { recursive: true }).filter((file) => file.endsWith('.d.ts'))) {
  const text = readFileSync(join(dist, name), 'utf8');
  writeFileSync(join(dist, name.replace(/\.d\.ts$/, '.d.cts')), text.replace(/(from '\.[^']*)\.js'/g, "$1.cjs'"));
}

// Both load in plain Node, and say the same.
const require = createRequire(import.meta.url);
const [esm, cjs] = [await import(join(dist, 'index.js')), require(join(dist, 'index.cjs'))];
if (Object.keys(esm).join() !== Object.keys(cjs).sort().join() || typeof esm.default.getInstance !== 'function') {
  throw new Error('the bundles for import and require differ');
}

console.log(`dist/ is built for Node ${engines.node}, browsers and React Native`);
