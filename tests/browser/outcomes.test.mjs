// Calls that nobody talks in: declined, missed, and given up.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, Person } from './support/browser.mjs';
import { Server } from './support/server.mjs';
import { until } from './support/until.mjs';

describe('what becomes of a call that is not answered', () => {
  let server, browser, ann, bob;

  before(async () => {
    server = await Server.start({ WHISKER_CALLS__RING_SECS: '4' });
    browser = await launch();
    [ann, bob] = await Promise.all(['ann', 'bob'].map((name) => Person.join(browser, server, name)));
    await ann.sees(bob);
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function ring() {
    await ann.get('call-bob').click();
    await bob.get('incoming-call').waitFor();
    return until('ann is in the call', () => ann.page.evaluate(() => window.__whisker.Calls.activeCall?.id));
  }

  // What both people read in the history of their channel.
  async function outcome(id) {
    await bob.get('incoming-call').waitFor({ state: 'detached' });
    const read = (person) => person.page.evaluate(async (id) => {
      const kitty = window.__whisker;
      const { call } = await kitty.Calls.getCall(id);
      const channels = (await kitty.getChannels({ filter: { joined: true } })).paginator.items;
      for (const channel of channels) {
        const { paginator } = await kitty.Calls.getCalls({ channel, filter: { active: false } });
        const found = paginator.items.find((item) => item.id === id);
        if (found) return { reason: found.endReason, state: call.state, outcomes: found.participants.map((p) => p.outcome) };
      }
      return null;
    }, id);
    await until('the call has ended', async () => (await read(ann))?.state === 'ENDED');
    const [mine, theirs] = await Promise.all([read(ann), read(bob)]);
    assert.deepEqual(mine, theirs);
    return mine;
  }

  it('declined', async () => {
    const id = await ring();
    await bob.get('decline-call').click();
    const { reason, outcomes } = await outcome(id);
    assert.equal(reason, 'DECLINED');
    assert.ok(outcomes.includes('DECLINED'), outcomes.join());
  });

  it('missed', async () => {
    const id = await ring();
    const { reason, outcomes } = await outcome(id);
    assert.equal(reason, 'MISSED');
    assert.ok(outcomes.includes('MISSED'), outcomes.join());
  });

  it('given up by the caller', async () => {
    const id = await ring();
    await ann.get('leave-button').click();
    const { reason, outcomes } = await outcome(id);
    assert.equal(reason, 'CANCELLED');
    assert.ok(outcomes.includes('CANCELLED'), outcomes.join());
  });
});
