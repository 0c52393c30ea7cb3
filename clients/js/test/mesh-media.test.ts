// Media between the devices: pairing, descriptions, candidates, and paths that break.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { MeshMedia } from '../src/calls/mesh-media.js';
import type { CallSignal, User } from '../src/index.js';
import { ICE_RESTART_AFTER_MS, MAX_QUEUED_CANDIDATES, PEER_RESTART_ATTEMPTS } from '../src/limits.js';
import { BOB, CEM } from './support/resources.js';
import { FakeContext } from './support/context.js';
import { settle } from './support/until.js';
import { FakeConnection, FakeTrack } from './support/webrtc.js';

const OFFER = { type: 'offer', sdp: 'v=0\r\nm=audio 9\r\nm=video 9\r\n' } as const;
const ANSWER = { type: 'answer', sdp: 'v=0\r\nm=audio 9\r\nm=video 9\r\n' } as const;

let context: FakeContext;
let plane: MeshMedia;

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  context = new FakeContext();
  plane = new MeshMedia(context);
  plane.start();
});

afterEach(() => {
  plane.close();
  mock.restoreAll();
  mock.timers.reset();
});

async function signal(type: CallSignal['type'], peer: User, payload?: CallSignal['payload']): Promise<void> {
  plane.handleSignal({ type, peer, payload, createdTime: '' });
  await settle();
}

async function tick(time: number): Promise<void> {
  mock.timers.tick(time);
  await settle();
}

/** Paired as the offerer, answered and connected. */
async function connectOffering(peer: User): Promise<FakeConnection> {
  await signal('CREATE_OFFER', peer);
  const connection = FakeConnection.latest;
  await signal('SEND_DESCRIPTION', peer, ANSWER);
  connection.become('connected');
  return connection;
}

async function connectAnswering(peer: User): Promise<FakeConnection> {
  await signal('ANSWER_OFFER', peer);
  const connection = FakeConnection.latest;
  await signal('SEND_DESCRIPTION', peer, OFFER);
  connection.become('connected');
  return connection;
}

const candidate = (name: string) => ({ candidate: name, sdpMid: '0', sdpMLineIndex: 0 });

describe('the side that offers', () => {
  it('offers one audio and one video section both ways, to the whole user', async () => {
    await signal('CREATE_OFFER', BOB);
    const connection = FakeConnection.latest;
    assert.deepEqual(connection.transceivers.map(({ kind, direction }) => `${kind} ${direction}`), ['audio sendrecv', 'video sendrecv']);
    assert.deepEqual(connection.transceivers[0]!.init.streams, [context.stream]);
    assert.deepEqual(connection.transceivers.map(({ sender }) => sender.track), context.stream.getTracks());
    assert.deepEqual(connection.configuration.iceServers, context.iceServers);
    assert.deepEqual(context.signals, [
      { type: 'SEND_DESCRIPTION', peer: BOB, payload: { type: 'offer', sdp: connection.localDescription!.sdp } },
    ]);
  });

  it('shows the other one when connected', async () => {
    const connection = await connectOffering(BOB);
    assert.deepEqual(context.log, ['bob active']);
    const [shown] = context.remote.all;
    assert.deepEqual([shown?.user, shown?.source], [BOB, 'camera']);
    assert.deepEqual(shown?.stream.getTracks(), connection.transceivers.map(({ receiver }) => receiver.track));
    assert.deepEqual(context.states, ['connecting', 'connected']);
  });
});

describe('the side that answers', () => {
  it('waits for the offer, and answers with what it has', async () => {
    await signal('ANSWER_OFFER', BOB);
    assert.equal(context.signals.length, 0);
    await signal('SEND_DESCRIPTION', BOB, OFFER);
    const connection = FakeConnection.latest;
    assert.deepEqual(connection.transceivers.map(({ kind, direction }) => `${kind} ${direction}`), ['audio sendrecv', 'video sendrecv']);
    assert.deepEqual(connection.transceivers.map(({ sender }) => sender.track), context.stream.getTracks());
    assert.deepEqual(connection.transceivers[1]!.sender.streams, [context.stream]);
    const { type, peer, payload } = context.signals.at(-1)!;
    assert.deepEqual([type, peer, payload.type], ['SEND_DESCRIPTION', BOB, 'answer']);
    connection.become('connected');
    assert.deepEqual(context.log, ['bob active']);
  });

  it('answers further offers on the same connection', async () => {
    const connection = await connectAnswering(BOB);
    await signal('SEND_DESCRIPTION', BOB, OFFER);
    assert.equal(FakeConnection.all.length, 1);
    assert.equal(context.signals.length, 2);
    assert.equal(connection.transceivers.length, 2);
    assert.deepEqual(context.log, ['bob active']);
  });
});

describe('signals', () => {
  it('of candidates before the description wait for it', async () => {
    await signal('ANSWER_OFFER', BOB);
    const connection = FakeConnection.latest;
    await signal('ADD_CANDIDATE', BOB, candidate('one'));
    plane.handleSignal({ type: 'SEND_DESCRIPTION', peer: BOB, payload: OFFER, createdTime: '' });
    await signal('ADD_CANDIDATE', BOB, candidate('two'));
    assert.deepEqual(connection.candidates.map((one) => one.candidate), ['one', 'two']);
  });

  it('of candidates are kept up to a bound, and empty ones are ignored', async () => {
    await signal('ANSWER_OFFER', BOB);
    for (let index = 0; index < MAX_QUEUED_CANDIDATES + 5; index += 1) {
      plane.handleSignal({ type: 'ADD_CANDIDATE', peer: BOB, payload: candidate(`c${index}`), createdTime: '' });
    }
    await signal('ADD_CANDIDATE', BOB, candidate(''));
    await signal('SEND_DESCRIPTION', BOB, OFFER);
    assert.equal(FakeConnection.latest.candidates.length, MAX_QUEUED_CANDIDATES);
  });

  it('that are useless do not end the connection', async () => {
    const printed = mock.method(console, 'warn', () => {});
    const connection = await connectAnswering(BOB);
    mock.method(connection, 'addIceCandidate', () => Promise.reject(new Error('OperationError')));
    await signal('ADD_CANDIDATE', BOB, candidate('one'));
    await signal('SEND_DESCRIPTION', BOB, OFFER);
    assert.equal(context.signals.length, 2);
    assert.equal(printed.mock.callCount(), 1);
  });

  it('carry own candidates after the own description', async () => {
    plane.handleSignal({ type: 'CREATE_OFFER', peer: BOB, createdTime: '' });
    FakeConnection.latest.gather('host');
    FakeConnection.latest.gather('');
    await settle();
    assert.deepEqual(context.signals.map(({ type }) => type), ['SEND_DESCRIPTION', 'ADD_CANDIDATE']);
    assert.deepEqual(context.signals[1], { type: 'ADD_CANDIDATE', peer: { id: BOB.id }, payload: candidate('host') });
  });

  it('of unknown peers, and of the server itself, are ignored', async () => {
    await signal('SEND_DESCRIPTION', CEM, OFFER);
    await signal('DISCONNECT_PEER', CEM);
    plane.handleSignal({ type: 'SEND_DESCRIPTION', payload: OFFER, createdTime: '' });
    assert.equal(FakeConnection.all.length, 0);
  });

  it('that pair again what is paired change nothing', async () => {
    await connectOffering(BOB);
    await signal('CREATE_OFFER', BOB);
    await signal('ANSWER_OFFER', BOB);
    assert.equal(FakeConnection.all.length, 1);
  });

  it('that cross: the offer of the offerer wins', async () => {
    await signal('CREATE_OFFER', BOB);
    await signal('SEND_DESCRIPTION', BOB, OFFER);
    assert.deepEqual(context.signals.map(({ payload }) => payload.type), ['offer'], 'ours stands');
    const answering = await connectAnswering(CEM);
    answering.become('failed');
    await tick(10 * ICE_RESTART_AFTER_MS);
    assert.equal(answering.signalingState, 'have-local-offer');
    await signal('SEND_DESCRIPTION', CEM, OFFER);
    assert.equal(context.signals.at(-1).payload.type, 'answer', 'theirs stands');
  });

  it('that the server refuses are not the end', async () => {
    const printed = mock.method(console, 'warn', () => {});
    context.refusal = new Error('ValidationError');
    await signal('CREATE_OFFER', BOB);
    assert.equal(printed.mock.callCount(), 1);
    assert.equal(FakeConnection.latest.connectionState, 'new');
  });
});

describe('somebody who leaves', () => {
  it('is disconnected, by the signal or the news, and may come back', async () => {
    for (const leave of [() => signal('DISCONNECT_PEER', BOB), async () => plane.handleLeft(BOB)]) {
      context.log.length = 0;
      const connection = await connectOffering(BOB);
      await leave();
      assert.equal(connection.connectionState, 'closed');
      assert.deepEqual(context.remote.all, []);
      const again = await connectOffering(BOB);
      assert.notEqual(again, connection);
      assert.deepEqual(context.log, ['bob active', 'bob active']);
      plane.handleLeft(BOB);
    }
  });

  it('does not disturb the others', async () => {
    await connectOffering(BOB);
    const other = await connectAnswering(CEM);
    plane.handleLeft(BOB);
    assert.equal(other.connectionState, 'connected');
    assert.deepEqual(context.remote.all.map(({ user }) => user.name), ['cem']);
    assert.equal(context.states.at(-1), 'connected');
  });
});

describe('what is sent', () => {
  it('changes without negotiation; the screen takes the place of the camera', async () => {
    const connection = await connectOffering(BOB);
    const [audio, video] = connection.transceivers;
    context.screen = new FakeTrack('video');
    plane.updateTracks();
    await settle();
    assert.equal(video!.sender.track, context.screen);
    context.screen = null;
    plane.updateTracks();
    await settle();
    assert.deepEqual([audio!.sender.track, video!.sender.track], context.stream.getTracks());
    assert.equal(connection.offers, 1);
  });
});

describe('a path that breaks', () => {
  it('is restarted by the offerer', async () => {
    const connection = await connectOffering(BOB);
    connection.become('disconnected');
    assert.equal(context.states.at(-1), 'reconnecting');
    await tick(ICE_RESTART_AFTER_MS);
    assert.equal(connection.restarts, 1);
    assert.equal(context.signals.at(-1).payload.type, 'offer');
    await signal('SEND_DESCRIPTION', BOB, ANSWER);
    connection.become('connected');
    await tick(120_000);
    assert.equal(connection.restarts, 1);
    assert.equal(context.states.at(-1), 'connected');
  });

  it('is restarted by the answerer when the offerer does not', async () => {
    const connection = await connectAnswering(BOB);
    connection.become('failed');
    await tick(ICE_RESTART_AFTER_MS);
    assert.equal(connection.restarts, 0);
    await tick(2 * ICE_RESTART_AFTER_MS);
    assert.equal(connection.restarts, 1);
  });

  it('is restarted some times, not for ever', async () => {
    const connection = await connectOffering(BOB);
    connection.become('failed');
    for (let attempt = 0; attempt < 3 * PEER_RESTART_ATTEMPTS; attempt += 1) {
      await tick(2 * ICE_RESTART_AFTER_MS);
      await signal('SEND_DESCRIPTION', BOB, ANSWER);
    }
    assert.equal(connection.restarts, PEER_RESTART_ATTEMPTS);
  });

  it('waits for the signalling connection', async () => {
    const connection = await connectOffering(BOB);
    context.online = false;
    connection.become('failed');
    await tick(60_000);
    assert.equal(connection.restarts, 0);
    context.online = true;
    plane.handleOnline();
    await settle();
    assert.equal(connection.restarts, 1);
  });

  it('gets another connection when the server pairs again', async () => {
    const connection = await connectOffering(BOB);
    connection.become('failed');
    await signal('CREATE_OFFER', BOB);
    assert.equal(connection.connectionState, 'closed');
    assert.equal(FakeConnection.all.length, 2);
  });

  it('of a negotiation that fails is one pair only', async () => {
    const printed = mock.method(console, 'error', () => {});
    await connectOffering(CEM);
    await signal('ANSWER_OFFER', BOB);
    FakeConnection.latest.failure = new Error('InvalidAccessError');
    await signal('SEND_DESCRIPTION', BOB, OFFER);
    assert.equal(printed.mock.callCount(), 1);
    assert.deepEqual(context.remote.all.map(({ user }) => user.name), ['cem']);
    assert.deepEqual(context.failures, []);
  });
});

describe('a device that is let in anew', () => {
  it('is paired anew', async () => {
    const before = await connectOffering(BOB);
    plane.restart();
    assert.equal(before.connectionState, 'closed');
    await connectOffering(BOB);
    assert.deepEqual(context.log, ['bob active', 'bob active']);
  });
});

describe('closing', () => {
  it('closes every connection, and nothing comes after it', async () => {
    const bob = await connectOffering(BOB);
    const cem = await connectAnswering(CEM);
    bob.become('disconnected');
    plane.close();
    const before = [context.signals.length, context.states.length];
    bob.gather('late');
    await tick(120_000);
    await signal('SEND_DESCRIPTION', BOB, OFFER);
    assert.deepEqual([bob.connectionState, cem.connectionState], ['closed', 'closed']);
    assert.deepEqual([context.signals.length, context.states.length], before);
  });
});
