// Packets lost on purpose, in both directions, are repaired by retransmission.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launch, Person } from './support/browser.mjs';
import { LossyPath } from './support/lossy.mjs';
import { Server } from './support/server.mjs';
import { pause } from './support/until.mjs';

const LOSS = 0.05;
const WATCH_MS = 15_000;
// Chromium counts a freeze when a frame is very late; on a busy test machine a single one may be the machine's.
const TOLERATED_FREEZES = 1;

describe(`a call over a path that loses ${LOSS * 100} % in each direction`, () => {
  let server, browser, path, ann, bob;

  before(async () => {
    server = await Server.start();
    path = await LossyPath.open(server.port, LOSS);
    browser = await launch();
    const init = {
      script: ([from, to]) => {
        window.__rewriteSdp = (sdp) => sdp.replaceAll(new RegExp(`(a=candidate:.* )${from}( typ host)`, 'g'), `$1${to}$2`);
      },
      argument: [server.port, path.port],
    };
    [ann, bob] = await Promise.all(['ann', 'bob'].map((name) => Person.join(browser, server, name, { init })));
    await ann.sees(bob);
  });

  after(async () => {
    await browser?.close();
    path?.close();
    await server?.stop();
  });

  it('shows video without freezing', async () => {
    await ann.get('call-bob').click();
    await bob.accept();
    await Promise.all([ann.seesVideoOf(bob), bob.seesVideoOf(ann)]);
    const before = await Promise.all([ann, bob].map(video));
    await pause(WATCH_MS);
    const now = await Promise.all([ann, bob].map(video));
    console.log(JSON.stringify({ dropped: path.dropped, passed: path.passed, before, now }));
    for (const index of [0, 1]) {
      assert.ok(now[index].framesDecoded - before[index].framesDecoded > 100, 'video went on');
      assert.ok(now[index].freezes - before[index].freezes <= TOLERATED_FREEZES, 'video did not freeze');
      assert.ok(now[index].repaired > before[index].repaired, 'lost packets came again to the receiver');
      assert.ok(now[index].nacksFromServer > before[index].nacksFromServer, 'the server asked the publisher again');
    }
    assert.ok(path.dropped.up > 20 && path.dropped.down > 20, 'packets were lost in both directions');
  });
});

async function video(person) {
  const rows = (await person.stats()).filter((row) => row.kind === 'video');
  const sum = (type, field) => rows.filter((row) => row.type === type).reduce((total, row) => total + (row[field] ?? 0), 0);
  return {
    framesDecoded: sum('inbound-rtp', 'framesDecoded'),
    freezes: sum('inbound-rtp', 'freezeCount'),
    repaired: sum('inbound-rtp', 'retransmittedPacketsReceived'),
    nacksFromServer: sum('outbound-rtp', 'nackCount'),
    keyFrames: sum('inbound-rtp', 'keyFramesDecoded'),
  };
}
