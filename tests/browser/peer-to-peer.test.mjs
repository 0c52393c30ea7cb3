// Two tabs connect to each other directly, signalled by the server as section 7 of the protocol says.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, Person } from './support/browser.mjs';
import { Server } from './support/server.mjs';
import { pause, until } from './support/until.mjs';

describe('a peer-to-peer call', () => {
  let server, browser, ann, bob;

  before(async () => {
    server = await Server.start();
    browser = await launch();
    [ann, bob] = await Promise.all(['ann', 'bob'].map((name) => Person.join(browser, server, name)));
    await ann.sees(bob);
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('carries video both ways without the server', async () => {
    await ann.page.evaluate(async () => {
      const { Calls } = window.__whisker;
      if (!Calls.localStream) await Calls.initialize({ media: { audio: true, video: true } });
      await Calls.startCall({ members: [{ username: 'bob' }], p2p: true });
    });
    await bob.accept();
    await Promise.all([ann.seesVideoOf(bob), bob.seesVideoOf(ann)]);
    const before = await Promise.all([ann.decoded(), bob.decoded()]);
    await pause(2_000);
    const now = await Promise.all([ann.decoded(), bob.decoded()]);
    for (const index of [0, 1]) assert.ok(total(now[index]) > total(before[index]), JSON.stringify({ before, now }));
    const metrics = await server.metrics();
    assert.equal(metrics.get('media_peers') ?? 0, 0, 'the SFU has no part in it');
    assert.equal(await ann.page.evaluate(() => window.__whisker.Calls.activeCall.p2p), true);
  });

  it('ends for both when one leaves', async () => {
    await ann.page.evaluate(() => window.__whisker.Calls.leaveCall());
    await until('bob is out of the call', () => bob.page.evaluate(() => !window.__whisker.Calls.activeCall));
  });
});

const total = (byMid) => Object.values(byMid).reduce((sum, frames) => sum + frames, 0);
