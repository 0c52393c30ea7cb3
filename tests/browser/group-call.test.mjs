// People call each other from the demo page; audio and video go through the server's SFU.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, Person } from './support/browser.mjs';
import { Server } from './support/server.mjs';
import { pause, until } from './support/until.mjs';

// How long video is watched for growth.
const WATCH_MS = 5_000;

describe('a group call in the demo', () => {
  let server, browser, ann, bob, cem, dee;
  const inCall = () => [ann, bob, cem, dee].filter(Boolean);

  before(async () => {
    server = await Server.start();
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('rings everybody and shows everybody to everybody', async () => {
    dee = await Person.join(browser, server, 'dee');
    [ann, bob, cem] = await Promise.all(['ann', 'bob', 'cem'].map((name) => Person.join(browser, server, name)));
    for (const other of [bob, cem, dee]) await ann.sees(other);
    await ann.callGroup(bob, cem, dee);
    await Promise.all([bob, cem].map((person) => person.accept()));
    for (const viewer of [ann, bob, cem]) {
      for (const shown of [ann, bob, cem]) if (viewer !== shown) await viewer.seesVideoOf(shown);
    }
  });

  it('keeps decoding both remote videos and receiving both audios', async () => {
    const people = [ann, bob, cem];
    const before = await Promise.all(people.map(async (p) => [await p.decoded(), await p.audioPackets()]));
    await pause(WATCH_MS);
    for (const [index, person] of people.entries()) {
      const [video, audio] = [await person.decoded(), await person.audioPackets()];
      assertGrowth(person.name, 'video', before[index][0], video, 2);
      assertGrowth(person.name, 'audio', before[index][1], audio, 2);
    }
  });

  it('shows a late joiner to all without renegotiating the others', async () => {
    const offers = await Promise.all([ann, bob, cem].map((p) => p.offers()));
    const accepted = Date.now();
    await dee.accept();
    await Promise.all([ann, bob, cem].map((p) => p.seesVideoOf(dee)));
    console.log(`late joiner visible to all after ${Date.now() - accepted} ms`);
    for (const [index, person] of [ann, bob, cem].entries()) {
      assert.deepEqual(await person.offers(), offers[index], `${person.name} did not renegotiate`);
      await dee.seesVideoOf(person);
    }
  });

  it('shows mute everywhere', async () => {
    await bob.get('mute-button').click();
    for (const viewer of inCall()) {
      await until(`${viewer.name} sees that bob is muted`, async () => (await viewer.tile('bob').getAttribute('data-muted')) === 'true');
    }
    await bob.get('mute-button').click();
    for (const viewer of inCall()) {
      await until(`${viewer.name} sees that bob is not muted`, async () => (await viewer.tile('bob').getAttribute('data-muted')) === 'false');
    }
  });

  it('shows a shared screen as a second video, and takes it away again', async () => {
    const offers = await bob.offers();
    await ann.get('screen-button').click();
    for (const viewer of [bob, cem, dee]) {
      await until(`${viewer.name} sees the screen`, async () => (await viewer.framesShown('tile-ann-screen')) > 0);
      await viewer.seesVideoOf(ann);
    }
    await ann.get('screen-button').click();
    for (const viewer of [bob, cem, dee]) await viewer.get('tile-ann-screen').waitFor({ state: 'detached' });
    assert.deepEqual(await bob.offers(), offers, 'watching a screen needs no renegotiation');
  });

  it('lets somebody leave and come back', async () => {
    const call = await cem.page.evaluate(() => window.__whisker.Calls.activeCall.id);
    await cem.get('leave-button').click();
    for (const viewer of [ann, bob, dee]) await viewer.tile('cem').waitFor({ state: 'detached' });
    await cem.page.evaluate(async (id) => {
      const { call } = await window.__whisker.Calls.getCall(id);
      await window.__whisker.Calls.acceptCall({ call });
    }, call);
    for (const viewer of [ann, bob, dee]) {
      await viewer.seesVideoOf(cem);
      await cem.seesVideoOf(viewer);
    }
  });

  it('remembers the call after everybody left and the server was killed', async () => {
    const call = await ann.page.evaluate(() => window.__whisker.Calls.activeCall.id);
    for (const person of inCall()) await person.get('leave-button').click({ timeout: 5_000 }).catch(() => {});
    await until('the call has ended', async () => (await fetchCall(ann, call)).state === 'ENDED');
    await server.killAndRestart();
    await ann.page.reload();
    await ann.page.waitForFunction(() => window.__whisker?.currentUser, null, { timeout: 20_000 }).catch(async () => {
      await ann.get('name-input').fill('ann');
      await ann.get('join-button').click();
      await ann.page.waitForFunction(() => window.__whisker?.currentUser);
    });
    const stored = await fetchCall(ann, call);
    assert.equal(stored.state, 'ENDED');
    assert.equal(stored.endReason, 'COMPLETED');
    assert.equal(stored.participants.length, 4);
    assert.ok(stored.participants.every((p) => p.outcome === 'LEFT' && p.joinedTime && p.leftTime), JSON.stringify(stored.participants));
    for (const person of inCall()) assert.deepEqual(person.errors, [], `${person.name} had no script errors`);
  });
});

function assertGrowth(name, kind, before, now, atLeast) {
  const grown = Object.keys(now).filter((mid) => now[mid] > (before[mid] ?? 0));
  assert.ok(grown.length >= atLeast, `${name}: ${kind} of ${atLeast} people grew: ${JSON.stringify({ before, now })}`);
}

function fetchCall(person, id) {
  return person.page.evaluate(async (id) => (await window.__whisker.Calls.getCall(id)).call, id);
}
