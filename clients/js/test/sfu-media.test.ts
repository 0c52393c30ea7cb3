// Media through the server: sections, offers, snapshots, and getting connected again.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { SfuMedia } from '../src/calls/sfu-media.js';
import { ChatKittyError, ErrorName, type CallMedia, type User } from '../src/index.js';
import {
  ANSWER_TIMEOUT_MS, ICE_RESTART_AFTER_MS, MAX_RECEIVE_SECTIONS, MEDIA_CONNECT_TIMEOUT_MS, OFFER_ATTEMPTS, REJOIN_ATTEMPTS,
  SPARE_AUDIO_SECTIONS, SPARE_VIDEO_SECTIONS,
} from '../src/limits.js';
import { ANN, BOB, CEM, media } from './support/resources.js';
import { FakeContext } from './support/context.js';
import { settle } from './support/until.js';
import { answer, FakeConnection, FakeTrack } from './support/webrtc.js';

const SPARE = SPARE_AUDIO_SECTIONS + SPARE_VIDEO_SECTIONS;

let context: FakeContext;
let plane: SfuMedia;
let answers: number;

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  context = new FakeContext();
  plane = new SfuMedia(context);
  answers = 0;
});

afterEach(() => {
  plane.close();
  mock.timers.reset();
});

async function start(): Promise<FakeConnection> {
  plane.start();
  await settle();
  return FakeConnection.latest;
}

/** The server answers the offer in flight, as its next answer to this connection or as that one. */
async function respond(version?: number): Promise<void> {
  answers = version ?? answers + 1;
  plane.handleSignal({ type: 'SEND_DESCRIPTION', payload: answer(answers), createdTime: '' });
  await settle();
}

async function connect(): Promise<FakeConnection> {
  const connection = await start();
  await respond();
  connection.become('connected');
  return connection;
}

async function tick(time: number): Promise<void> {
  mock.timers.tick(time);
  await settle();
}

function streams(): Record<string, string[]> {
  const entries = context.remote.all.map(({ user, source, stream }) => [`${user.name} ${source}`, stream.getTracks().map(({ id }) => id)]);
  return Object.fromEntries(entries);
}

function trackOf(connection: FakeConnection, mid: string): string {
  return connection.transceivers.find((transceiver) => transceiver.mid === mid)!.receiver.track.id;
}

describe('the first offer', () => {
  it('has fixed sending sections, then spare receiving ones', async () => {
    const connection = await start();
    const layout = connection.transceivers.map(({ kind, direction }) => `${kind} ${direction}`);
    assert.deepEqual(layout.slice(0, 4), ['audio sendonly', 'video sendonly', 'video sendonly', 'audio sendonly']);
    assert.equal(layout.filter((section) => section === 'audio recvonly').length, SPARE_AUDIO_SECTIONS);
    assert.equal(layout.filter((section) => section === 'video recvonly').length, SPARE_VIDEO_SECTIONS);
    assert.equal(layout.length, 4 + SPARE);
    const [microphone, camera, screen] = connection.transceivers;
    assert.equal(microphone!.sender.track, context.stream.getAudioTracks()[0]);
    assert.equal(camera!.sender.track, context.stream.getVideoTracks()[0]);
    assert.equal(screen!.sender.track, null);
    assert.ok(camera!.init.sendEncodings?.[0]?.maxBitrate);
  });

  it('says what its sections carry, without a peer', async () => {
    const connection = await start();
    const sources = { 0: 'microphone', 1: 'camera', 2: 'screen', 3: 'screenAudio' };
    assert.deepEqual(context.signals, [{ type: 'SEND_DESCRIPTION', payload: { type: 'offer', sdp: connection.localDescription!.sdp, sources } }]);
    assert.equal(connection.configuration.bundlePolicy, 'max-bundle');
    assert.deepEqual(context.states, ['connecting']);
  });

  it('is answered, and lets a silent microphone be silent', async () => {
    const connection = await connect();
    assert.equal(connection.signalingState, 'stable');
    assert.match(connection.remoteDescription!.sdp!, /a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\n/);
    assert.deepEqual(context.states, ['connecting', 'connected']);
  });

  it('is sent again while nothing comes, as it was, and given up after some attempts', async () => {
    const connection = await start();
    for (let attempt = 1; attempt < OFFER_ATTEMPTS; attempt += 1) await tick(ANSWER_TIMEOUT_MS);
    assert.equal(context.signals.length, OFFER_ATTEMPTS);
    assert.equal(new Set(context.signals.map(({ payload }) => payload.sdp)).size, 1);
    await tick(ANSWER_TIMEOUT_MS);
    assert.deepEqual(context.failures.map(({ error }) => error), [ErrorName.Timeout]);
    assert.equal(connection.connectionState, 'closed');
  });

  it('takes the answer to either attempt, once', async () => {
    const connection = await start();
    await tick(ANSWER_TIMEOUT_MS);
    await respond();
    await respond();
    connection.become('connected');
    assert.equal(FakeConnection.all.length, 1);
    assert.deepEqual(context.failures, []);
    plane.handleMedia(media(1, [], { audio: 1, video: 0 }));
    await settle();
    await respond();
    assert.equal(connection.signalingState, 'stable');
  });

  it('is sent again after a refusal, and given up with the reason of the server', async () => {
    context.refusal = new ChatKittyError('ValidationError', 'no fingerprint');
    await start();
    for (let attempt = 1; attempt < OFFER_ATTEMPTS; attempt += 1) await tick(5_000);
    assert.deepEqual(context.failures.map(({ message }) => message), ['no fingerprint']);
    assert.equal(context.signals.length, OFFER_ATTEMPTS);
  });

  it('fails without a connection at all', () => {
    context.webrtc.RTCPeerConnection = class {
      constructor() {
        throw new Error('too many connections');
      }
    } as unknown as typeof RTCPeerConnection;
    plane.start();
    assert.deepEqual(context.failures.map(({ message }) => message), ['too many connections']);
  });

  it('prefers VP8 where the order can be chosen', async () => {
    const codec = (mimeType: string, sdpFmtpLine?: string) => ({ mimeType, sdpFmtpLine, clockRate: 90_000 });
    const codecs = [
      codec('video/H264', 'packetization-mode=1'), codec('video/H264', 'packetization-mode=0'), codec('video/VP9', 'profile-id=0'),
      codec('video/VP9', 'profile-id=2'), codec('video/red'), codec('video/rtx'), codec('video/VP8'),
    ];
    context.webrtc.RTCRtpReceiver = { getCapabilities: () => ({ codecs, headerExtensions: [] }) };
    const chosen: string[][] = [];
    const { addTransceiver } = FakeConnection.prototype;
    mock.method(FakeConnection.prototype, 'addTransceiver', function (this: FakeConnection, kind: 'audio', init: object) {
      const setCodecPreferences = (list: { mimeType: string }[]) => chosen.push(list.map(({ mimeType }) => mimeType));
      return Object.assign(addTransceiver.call(this, kind, init), { setCodecPreferences });
    });
    await start();
    mock.restoreAll();
    assert.equal(chosen.length, 2 + SPARE_VIDEO_SECTIONS);
    assert.deepEqual(chosen[0], ['video/VP8', 'video/H264', 'video/VP9', 'video/rtx']);
  });
});

describe('sending', () => {
  it('changes tracks in their sections and negotiates nothing', async () => {
    const connection = await connect();
    const [, camera, screen] = connection.transceivers;
    context.stream.removeTrack(context.stream.getVideoTracks()[0]!);
    const other = new FakeTrack('video');
    context.stream.addTrack(other);
    context.screen = new FakeTrack('video');
    plane.updateTracks();
    await settle();
    assert.deepEqual([camera!.sender.track, screen!.sender.track], [other, context.screen]);
    context.screen = null;
    plane.updateTracks();
    await settle();
    assert.equal(screen!.sender.track, null);
    assert.equal(connection.offers, 1);
  });

  it('tries a track again that was not taken', async () => {
    const connection = await connect();
    const { sender } = connection.transceivers[2]!;
    const refused = mock.method(sender, 'replaceTrack', () => Promise.reject(new Error('InvalidStateError')));
    context.screen = new FakeTrack('video');
    plane.updateTracks();
    await settle();
    refused.mock.restore();
    plane.updateTracks();
    await settle();
    assert.equal(sender.track, context.screen);
  });
});

describe('snapshots', () => {
  it('become one stream per participant, and another one per screen', async () => {
    const connection = await connect();
    plane.handleMedia(media(1, [['4', 'microphone', BOB, 12], ['6', 'microphone', CEM, 13], ['5', 'camera', BOB, 12]]));
    plane.handleMedia(media(2, [
      ['4', 'microphone', BOB, 12], ['6', 'microphone', CEM, 13], ['5', 'camera', BOB, 12], ['7', 'screen', BOB, 12], ['8', 'screenAudio', BOB, 12],
    ]));
    const at = (mid: string) => trackOf(connection, mid);
    assert.deepEqual(streams(), { 'bob camera': [at('4'), at('5')], 'cem camera': [at('6')], 'bob screen': [at('7'), at('8')] });
    assert.deepEqual(context.log, ['bob active', 'cem active', 'bob shares']);
    assert.equal(connection.offers, 1, 'a newcomer needs no negotiation');
  });

  it('keep the stream of a participant whose tracks change', async () => {
    await connect();
    plane.handleMedia(media(1, [['4', 'microphone', BOB, 12]]));
    const [before] = context.remote.all;
    plane.handleMedia(media(2, [['4', 'microphone', BOB, 12], ['5', 'camera', BOB, 12]]));
    plane.handleMedia(media(3, [['4', 'microphone', BOB, 12], ['5', 'camera', BOB, 12]]));
    const [after] = context.remote.all;
    assert.equal(before!.stream, after!.stream);
    assert.deepEqual(context.log, ['bob active', 'bob updated']);
  });

  it('move a section to another participant', async () => {
    const connection = await connect();
    plane.handleMedia(media(1, [['5', 'camera', BOB, 12]]));
    plane.handleMedia(media(2, [['5', 'camera', CEM, 13]]));
    assert.deepEqual(streams(), { 'cem camera': [trackOf(connection, '5')] });
  });

  it('of old versions are ignored', async () => {
    await connect();
    plane.handleMedia(media(2, [['5', 'camera', BOB, 12]]));
    plane.handleMedia(media(1, []));
    plane.handleMedia(media(2, []));
    assert.deepEqual(Object.keys(streams()), ['bob camera']);
  });

  it('may overtake the answer', async () => {
    await start();
    plane.handleMedia(media(1, [['5', 'camera', BOB, 12]]));
    assert.deepEqual(streams(), {});
    await respond();
    assert.deepEqual(context.log, ['bob active']);
    plane.handleMedia(media(2, []));
    assert.deepEqual(streams(), {});
  });

  it('with unknown sections do no harm', async () => {
    await connect();
    plane.handleMedia(media(1, [['99', 'camera', BOB, 12]]));
    assert.deepEqual(streams(), {});
  });

  it('of before somebody left do not bring them back, later ones do', async () => {
    await connect();
    const show = (version: number, user: User, ...more: User[]) =>
      plane.handleMedia(media(version, [user, ...more].map((one) => [one === BOB ? '4' : '6', 'microphone', one, one.id])));
    show(1, BOB);
    plane.handleLeft(BOB);
    assert.deepEqual(streams(), {});
    show(2, BOB, CEM);
    assert.deepEqual(Object.keys(streams()), ['cem camera']);
    show(3, CEM);
    show(4, CEM, BOB);
    assert.deepEqual(context.log, ['bob active', 'cem active', 'bob active']);
    plane.handleLeft(BOB);
    plane.handleAccepted(BOB);
    show(5, CEM, BOB);
    assert.equal(context.log.filter((line) => line === 'bob active').length, 3, 'the server may say that they are back');
    plane.handleLeft(BOB);
    plane.handleOnline();
    show(6, CEM, BOB);
    assert.equal(context.log.filter((line) => line === 'bob active').length, 4, 'a gap may have hidden that they left');
  });

  it('end screens of those who leave', async () => {
    await connect();
    plane.handleMedia(media(1, [['5', 'screen', BOB, 12]]));
    plane.handleLeft(BOB);
    assert.deepEqual(context.log, ['bob shares', 'bob shares no more']);
  });
});

describe('sections the server asks for', () => {
  const wanted = (version: number, audio: number, video: number): CallMedia => media(version, [], { audio, video });

  it('are added and offered', async () => {
    const connection = await connect();
    plane.handleMedia(wanted(1, 1, 2));
    await settle();
    assert.deepEqual(connection.transceivers.slice(4 + SPARE).map(({ kind, direction }) => `${kind} ${direction}`), [
      'audio recvonly', 'video recvonly', 'video recvonly',
    ]);
    assert.equal(connection.offers, 2);
    assert.equal(context.signals.length, 2);
    assert.deepEqual(Object.keys(context.signals[1].payload.sources), ['0', '1', '2', '3']);
    await respond();
    assert.equal(connection.signalingState, 'stable');
    assert.equal(FakeConnection.all.length, 1);
  });

  it('wait while an offer is in flight: then the last wish counts', async () => {
    const connection = await connect();
    plane.handleMedia(wanted(1, 1, 0));
    await settle();
    plane.handleMedia(wanted(2, 2, 0));
    plane.handleMedia(wanted(3, 1, 0));
    await settle();
    assert.deepEqual([connection.offers, connection.transceivers.length], [2, 4 + SPARE + 1]);
    await respond();
    assert.deepEqual([connection.offers, connection.transceivers.length], [3, 4 + SPARE + 2]);
    plane.handleMedia(wanted(4, 0, 0));
    await respond();
    assert.equal(connection.offers, 3);
  });

  it('may be asked for before the first answer', async () => {
    const connection = await start();
    plane.handleMedia(wanted(1, 0, 3));
    await respond();
    assert.deepEqual([connection.offers, connection.transceivers.length], [2, 4 + SPARE + 3]);
  });

  it('are bounded', async () => {
    const connection = await connect();
    plane.handleMedia(wanted(1, 500, 500));
    await settle();
    assert.equal(connection.transceivers.length, 4 + MAX_RECEIVE_SECTIONS);
    await respond();
    plane.handleMedia(wanted(2, 1, 1));
    await settle();
    assert.deepEqual([connection.transceivers.length, connection.offers], [4 + MAX_RECEIVE_SECTIONS, 2]);
  });
});

describe('a path that breaks', () => {
  it('is left alone when it comes back by itself', async () => {
    const connection = await connect();
    connection.become('disconnected');
    await tick(ICE_RESTART_AFTER_MS - 1);
    connection.become('connected');
    await tick(60_000);
    assert.equal(connection.restarts, 0);
    assert.deepEqual(context.states, ['connecting', 'connected', 'reconnecting', 'connected']);
  });

  it('is replaced by an ICE restart on the same connection', async () => {
    const connection = await connect();
    plane.handleMedia(media(5, [['5', 'camera', BOB, 12]]));
    connection.become('disconnected');
    await tick(ICE_RESTART_AFTER_MS);
    assert.deepEqual([connection.restarts, connection.offers, context.signals.length], [1, 2, 2]);
    await respond();
    connection.become('connected');
    await tick(60_000);
    assert.equal(FakeConnection.all.length, 1);
    assert.deepEqual(Object.keys(streams()), ['bob camera']);
    assert.deepEqual(context.log, ['bob active']);
  });

  it('is restarted at once when it failed', async () => {
    const connection = await connect();
    connection.become('failed');
    await settle();
    assert.equal(connection.restarts, 1);
  });

  it('is restarted after the offer in flight', async () => {
    const connection = await connect();
    plane.handleMedia(media(1, [], { audio: 1, video: 0 }));
    await settle();
    connection.become('failed');
    await settle();
    assert.equal(connection.restarts, 0);
    await respond();
    assert.equal(connection.restarts, 1);
  });

  it('gets another connection when restarting did not help; streams stay', async () => {
    const first = await connect();
    plane.handleMedia(media(7, [['5', 'camera', BOB, 12]]));
    const [before] = context.remote.all;
    first.become('failed');
    await settle();
    await respond();
    await tick(MEDIA_CONNECT_TIMEOUT_MS);
    const second = FakeConnection.latest;
    assert.notEqual(second, first);
    assert.equal(first.connectionState, 'closed');
    assert.equal(second.transceivers[1]!.sender.track, context.stream.getVideoTracks()[0]);
    plane.handleMedia(media(8, [['5', 'camera', BOB, 12], ['7', 'camera', CEM, 13]]));
    plane.handleMedia(media(1, [['6', 'camera', BOB, 12]]));
    await respond(1);
    second.become('connected');
    assert.deepEqual(streams(), { 'bob camera': [trackOf(second, '6')] });
    assert.equal(context.remote.all[0]!.stream, before!.stream);
    plane.handleMedia(media(2, []));
    assert.deepEqual(streams(), {}, 'versions count anew');
    assert.deepEqual(context.log, ['bob active', 'bob updated']);
  });

  it('gets another connection when the server has forgotten this one', async () => {
    const first = await connect();
    plane.handleMedia(media(1, [], { audio: 1, video: 0 }));
    await settle();
    await respond(2);
    first.become('failed');
    await settle();
    await respond(1);
    assert.equal(first.connectionState, 'closed');
    assert.equal(FakeConnection.all.length, 2);
    await respond(1);
    FakeConnection.latest.become('connected');
    assert.equal(context.states.at(-1), 'connected');
  });

  it('does not mistake a late answer to the old connection for one to the new', async () => {
    const first = await connect();
    first.become('failed');
    await settle();
    first.become('connecting');
    first.become('failed');
    await settle();
    const second = FakeConnection.latest;
    assert.notEqual(second, first);
    await respond(2);
    assert.equal(second.signalingState, 'have-local-offer');
    await respond(1);
    assert.equal(second.signalingState, 'stable');
  });

  it('is given up after too many connections in a row', async () => {
    await connect();
    FakeConnection.latest.become('failed');
    await settle();
    await respond();
    for (let attempt = 0; attempt <= REJOIN_ATTEMPTS; attempt += 1) {
      assert.deepEqual(context.failures, []);
      await tick(MEDIA_CONNECT_TIMEOUT_MS);
      await respond(1);
    }
    assert.deepEqual(context.failures.map(({ error }) => error), [ErrorName.MediaFailed]);
    assert.ok(FakeConnection.all.every(({ connectionState }) => connectionState === 'closed'));
    assert.equal(FakeConnection.all.length, 1 + REJOIN_ATTEMPTS);
  });

  it('waits for the signalling connection, which may be on the same path', async () => {
    const connection = await connect();
    context.online = false;
    connection.become('failed');
    await tick(60_000);
    assert.equal(connection.restarts, 0);
    context.online = true;
    plane.handleOnline();
    await settle();
    assert.equal(connection.restarts, 1);
  });

  it('is restarted as soon as the signalling connection is back', async () => {
    const connection = await connect();
    connection.become('disconnected');
    plane.handleOnline();
    await settle();
    assert.equal(connection.restarts, 1);
  });

  it('makes its other connection when the signalling connection is back', async () => {
    const connection = await start();
    await respond();
    context.online = false;
    connection.become('failed');
    assert.equal(FakeConnection.all.length, 1);
    context.online = true;
    plane.handleOnline();
    await settle();
    assert.equal(FakeConnection.all.length, 2);
    assert.equal(context.signals.length, 2);
  });

  it('is not the fault of an offer that could not be sent', async () => {
    context.online = false;
    await start();
    assert.equal(context.signals.length, 0);
    await tick(10 * ANSWER_TIMEOUT_MS);
    assert.deepEqual(context.failures, []);
    context.online = true;
    plane.handleOnline();
    assert.equal(context.signals.length, 1);
    context.online = false;
    await tick(10 * ANSWER_TIMEOUT_MS);
    context.online = true;
    plane.handleOnline();
    assert.equal(context.signals.length, 2);
    for (let loss = 0; loss < OFFER_ATTEMPTS; loss += 1) {
      context.online = false;
      await tick(ANSWER_TIMEOUT_MS);
      context.online = true;
      plane.handleOnline();
    }
    await tick(ANSWER_TIMEOUT_MS);
    assert.equal(context.signals.length, 3 + OFFER_ATTEMPTS);
    assert.deepEqual(context.failures, []);
    await respond();
    assert.equal(FakeConnection.latest.signalingState, 'stable');
  });

  it('may break again: only failures in a row count', async () => {
    await start();
    for (let round = 0; round < 2; round += 1) {
      for (let attempt = 0; attempt < REJOIN_ATTEMPTS; attempt += 1) {
        FakeConnection.latest.become('failed');
        await settle();
      }
      await respond(1);
      await respond(1);
      for (let late = 0; late < REJOIN_ATTEMPTS; late += 1) await respond(1);
      FakeConnection.latest.become('connected');
      FakeConnection.latest.become('failed');
      await settle();
    }
    assert.deepEqual(context.failures, []);
  });

  it('gets another connection when an answer cannot be used', async () => {
    const first = await start();
    first.failure = new Error('OperationError: bad answer');
    await respond();
    assert.equal(FakeConnection.all.length, 2);
    await respond(1);
    FakeConnection.latest.become('connected');
    assert.equal(context.states.at(-1), 'connected');
  });
});

describe('closing', () => {
  it('ends everything: no timer, no signal, no event comes after it', async () => {
    const connection = await connect();
    plane.handleMedia(media(1, [['5', 'camera', ANN, 12]]));
    connection.become('disconnected');
    plane.close();
    const before = [context.signals.length, context.reports];
    await respond();
    await tick(120_000);
    plane.handleOnline();
    plane.updateTracks();
    plane.handleMedia(media(2, [], { audio: 5, video: 5 }));
    await settle();
    assert.deepEqual([context.signals.length, context.reports], before);
    assert.equal(connection.connectionState, 'closed');
  });

  it('while an offer is made or in flight', async () => {
    plane.start();
    plane.close();
    await settle();
    assert.equal(context.signals.length, 0);
    const second = new SfuMedia(context);
    second.start();
    await settle();
    second.close();
    await tick(120_000);
    assert.equal(context.signals.length, 1);
    assert.deepEqual(context.failures, []);
    const third = new SfuMedia(context);
    const { setLocalDescription } = FakeConnection.prototype;
    mock.method(FakeConnection.prototype, 'setLocalDescription', async function (this: FakeConnection, offer: RTCSessionDescriptionInit) {
      await setLocalDescription.call(this, offer);
      third.close();
    });
    third.start();
    await settle();
    mock.restoreAll();
    assert.equal(context.signals.length, 1);
  });
});
