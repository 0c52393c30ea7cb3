// The one package that loads only through a bundler, bundled the way an app would: for browsers, nothing replaced.
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

export const PACKAGE = 'chatkitty-core-1';
export const BUNDLE = new URL(`../node_modules/.cache/whisker-sdk-tests/${PACKAGE}.mjs`, import.meta.url);

export async function bundle() {
  await build({
    entryPoints: [PACKAGE],
    outfile: fileURLToPath(BUNDLE),
    bundle: true,
    platform: 'browser',
    format: 'esm',
    // A name of bundlers that the package counts on.
    define: { global: 'globalThis' },
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    logLevel: 'error',
  });
}
