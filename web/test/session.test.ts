import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catNames } from '../src/demo/session/cat-names';
import { serverAddress } from '../src/demo/session/config';
import { initialName, suggestName, tidyName } from '../src/demo/session/names';
import { catOf } from '../src/ui/cat-of';

describe('the address of the server', () => {
  it('is that of the page, with its path prefix', () => {
    const rows: [string, string, boolean][] = [
      ['http://localhost:8080/demo', 'localhost:8080', false],
      ['https://chat.example.org/demo', 'chat.example.org', true],
      ['https://example.org/calls/demo?x=1#y', 'example.org/calls', true],
      ['http://[::1]:8080/demo', '[::1]:8080', false],
    ];
    for (const [page, host, isSecure] of rows) assert.deepEqual(serverAddress(page), { host, isSecure }, page);
  });
});

describe('names', () => {
  it('are suggested once per tab', () => {
    assert.equal(suggestName(new Set(), 0), catNames[0]);
    assert.equal(suggestName(new Set([catNames[0] as string]), 0), catNames[1]);
    assert.equal(new Set(catNames).size, catNames.length);
    const all = new Set(catNames);
    assert.ok(!all.has(suggestName(all, 0.999)));
  });

  it('are remembered, unless another tab has them', () => {
    assert.equal(initialName('Ann', new Set(), 0), 'Ann');
    assert.notEqual(initialName('Ann', new Set(['Ann']), 0), 'Ann');
    assert.equal(initialName(null, new Set(), 0), catNames[0]);
  });

  it('are tidied', () => {
    assert.equal(tidyName('  Ann   Lee '), 'Ann Lee');
    assert.equal(tidyName(' \t '), '');
  });
});

describe('cats', () => {
  it('are the same for the same name, and differ among names', () => {
    assert.deepEqual(catOf('ann'), catOf('ann'));
    const different = new Set(catNames.map((name) => JSON.stringify(catOf(name))));
    assert.ok(different.size > catNames.length * 0.8, String(different.size));
  });
});
