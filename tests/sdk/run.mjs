// Runs the cases and says what they cover: `node run.mjs [--sdk J1,C2] [--feature messages,…] [--verbose] [file …]`.
//
// Fails when a case fails, when a case that waits for a feature passes (its group must leave pending.json), and, in a
// whole run, when a method of methods.json or an event of events.json has no case, or a group of pending.json no case
// that waits for it. `--feature` runs groups as if they had landed.
import { readdirSync, readFileSync } from 'node:fs';
import { run } from 'node:test';
import { parseArgs } from 'node:util';
import { bundle } from './support/bundle.mjs';
import { METHOD_LIST, SDKS } from './support/sdks.mjs';

const FILES_AT_ONCE = 3;
const SHOWN_LINES = 14;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sdk: { type: 'string' }, feature: { type: 'string' }, verbose: { type: 'boolean' } },
});
const isWhole = !values.sdk && !values.feature && positionals.length === 0;
const here = (name) => new URL(name, import.meta.url);
const json = (name) => JSON.parse(readFileSync(here(name)));

process.env.SDK_CODES = values.sdk ?? '';
process.env.SDK_FEATURES = values.feature ?? '';
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import ${here('support/setup.mjs')}`;
process.chdir(new URL('.', import.meta.url).pathname);
await bundle();

const begun = Date.now();
const all = readdirSync('.').filter((name) => name.endsWith('.test.mjs'));
const files = positionals.length > 0 ? positionals.map((name) => `${name}.test.mjs`) : all;
const cases = [];
const problems = [];
for await (const { type, data } of run({ files, concurrency: FILES_AT_ONCE, forceExit: true })) {
  if (type === 'test:stderr') process.stderr.write(data.message);
  if (type === 'test:stdout' && values.verbose) process.stdout.write(data.message);
  if (type === 'test:pass' || type === 'test:fail') judge(type === 'test:pass', data);
}
if (isWhole) check();
report();

function judge(passed, { name, todo, details, file }) {
  if (details.type === 'suite') return;
  const [, sdk, kind, subject] = /^(\S+) (event )?(.+?): /.exec(name) ?? [];
  const cause = details.error?.cause ?? details.error;
  if (!sdk) {
    if (!passed) problems.push(`${name} (${file})\n${lines(cause)}`);
    return;
  }
  const waits = todo !== undefined;
  cases.push({ sdk, isEvent: Boolean(kind), subject, passed, waits, key: todo });
  const mark = waits ? 'waits' : passed ? 'ok' : 'FAILED';
  if (values.verbose) console.log(`${mark.padEnd(7)}${name} (${Math.round(details.duration_ms)} ms)${waits ? `\n${lines(cause, 3)}` : ''}`);
  if (waits && passed) problems.push(`${name}\n      passes although it waits: take "${todo}" out of pending.json`);
  if (!waits && !passed) problems.push(`${name}\n${lines(cause)}`);
}

function lines(cause, count = SHOWN_LINES) {
  const text = cause?.stack ?? String(cause);
  return text.split('\n').slice(0, count).map((line) => `      ${line}`).join('\n');
}

function check() {
  const has = (sdk, isEvent, subject) => cases.some((found) => found.sdk === sdk && found.isEvent === isEvent && found.subject === subject);
  for (const { name, methods } of SDKS) {
    for (const method of methods) if (!has(name, false, method)) problems.push(`${name} ${method}: no case`);
  }
  for (const [type, codes] of Object.entries(json('events.json'))) {
    for (const { name } of SDKS.filter(({ code }) => codes.includes(code))) {
      if (!has(name, true, type)) problems.push(`${name} event ${type}: no case`);
    }
  }
  for (const group of Object.keys(json('pending.json'))) {
    if (!cases.some(({ key }) => key === group)) problems.push(`pending.json: no case waits for "${group}"`);
  }
}

function report() {
  for (const problem of problems) console.error(`\n  ✗ ${problem}`);
  console.log('\n  package                      methods  covered  passing  waiting   events  passing  waiting    cases');
  for (const { name, methods } of SDKS) {
    const own = cases.filter(({ sdk }) => sdk === name);
    const events = tally(own.filter(({ isEvent }) => isEvent));
    const known = METHOD_LIST.filter(({ sdk }) => sdk === name);
    const covered = tally(own.filter(({ isEvent, subject }) => !isEvent && methods.has(subject)));
    const numbers = [known.length, covered.total, covered.passing, covered.waiting, events.total, events.passing, events.waiting, own.length];
    console.log(`  ${name.padEnd(26)}${numbers.map((number) => String(number).padStart(9)).join('')}`);
  }
  const seconds = Math.round((Date.now() - begun) / 1000);
  const waiting = cases.filter(({ waits }) => waits).length;
  console.log(`\n  ${cases.length} cases, ${waiting} waiting, ${problems.length} problems, ${seconds} s`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

// Subjects with a case; those whose cases all pass; those with a case that waits.
function tally(found) {
  const subjects = [...new Set(found.map(({ subject }) => subject))];
  const casesOf = (subject) => found.filter((one) => one.subject === subject);
  return {
    total: subjects.length,
    passing: subjects.filter((subject) => casesOf(subject).every(({ passed, waits }) => passed && !waits)).length,
    waiting: subjects.filter((subject) => casesOf(subject).some(({ waits }) => waits)).length,
  };
}
