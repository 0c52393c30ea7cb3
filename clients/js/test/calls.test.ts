// Ringing, answering, leaving and ending, against a server on a real WebSocket, with WebRTC that only negotiates.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import ChatKitty, { ErrorName, type Call, type CallMedia } from '../src/index.js';
import { ANN, BOB, CEM, call, channel, media } from './support/resources.js';
import { FakeServer } from './support/server.js';
import { settle, until } from './support/until.js';
import { answer, FakeConnection, FakeDevices, fakeWebRtc, type FakeStream } from './support/webrtc.js';

const CALLS = '/topic/v1/users/7.calls';
const START = '/application/v1/channels/5.call';
const CREATE = '/application/v1/user.create_channel';
const READY = '/application/v1/calls/3.ready';
const SIGNAL = '/application/v1/calls/3.signal';
const DECLINE = '/application/v1/calls/3.decline';
const SELF = '/topic/v1/calls/3.self';
const MEDIA = '/topic/v1/calls/3.media';
const PARTICIPANTS = '/topic/v1/calls/3.participants';

let server: FakeServer;
let devices: FakeDevices;
let kitty: ChatKitty;
let log: string[];

beforeEach(async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  server = await FakeServer.start();
  devices = new FakeDevices();
  kitty = server.client({ webrtc: fakeWebRtc(devices) });
  log = [];
  observe();
  server.actions.set(CREATE, () => ({ topic: '/topic/v1/users/7.channels', type: 'user.channel.upserted', resource: channel(5) }));
  server.actions.set(START, (body) => ({ topic: CALLS, type: 'user.call.created', resource: call(3, { creator: ANN, p2p: body.p2p === true }) }));
  server.actions.set(DECLINE, () => ({ topic: CALLS, type: 'user.call.declined', resource: call(3) }));
  server.relays.set('/application/v1/calls/3.relay', () => call(3, { state: 'ACTIVE' }));
  assert.ok((await kitty.startSession({ username: 'ann' })).succeeded);
  await until('the topics are subscribed', () => server.hears(CALLS));
});

afterEach(async () => {
  mock.timers.reset();
  await kitty.endSession();
  await server.stop();
});

function observe(): void {
  const { Calls } = kitty;
  Calls.onCallInvite(({ id }) => log.push(`invite ${id}`));
  Calls.onCallInviteCancelled(({ id }, reason) => log.push(`stop ringing ${id}: ${reason}`));
  Calls.onCallActive(({ id }) => log.push(`active ${id}`));
  Calls.onCallEnded(({ id, state }) => log.push(`ended ${id} ${state}`));
  Calls.onParticipantAcceptedCall(({ name }) => log.push(`${name} accepted`));
  Calls.onParticipantRejectedCall(({ name }) => log.push(`${name} rejected`));
  Calls.onParticipantLeftCall(({ name }) => log.push(`${name} left`));
  Calls.onParticipantActive(({ name }, stream) => log.push(`${name} active with ${kinds(stream)}`));
  Calls.onParticipantScreenShared(({ name }, stream) => log.push(`${name} shares ${kinds(stream)}`));
  Calls.onParticipantScreenEnded(({ name }) => log.push(`${name} shares no more`));
  Calls.onParticipantMediaSettingsUpdated(({ user, audio }) => log.push(`${user.name} ${audio.enabled ? 'heard' : 'muted'}`));
}

function kinds(stream: MediaStream): string {
  return (stream as unknown as FakeStream).getTracks().map(({ kind }) => kind).join('+');
}

/** An event for this user, after everything before it. */
async function event(topic: string, type: string, resource: unknown): Promise<void> {
  const before = server.sent('ACK').length;
  server.emit(topic, type, resource);
  await server.received('ACK', undefined, before + 1);
}

async function join(more: Partial<Call> = {}): Promise<FakeConnection> {
  const result = await kitty.Calls.acceptCall({ call: call(3, more) });
  assert.ok(result.succeeded, result.error?.message);
  return FakeConnection.latest;
}

/** Joined, and the first offer is answered. */
async function connect(): Promise<FakeConnection> {
  const connection = await join();
  await server.received('SEND', SIGNAL);
  await event('/topic/v1/calls/3.signals', 'call.signal.created', { type: 'SEND_DESCRIPTION', payload: answer(1), createdTime: '' });
  await until('the answer is applied', () => connection.signalingState === 'stable');
  connection.become('connected');
  return connection;
}

const snapshot = (value: CallMedia): Promise<void> => event(MEDIA, 'call.media.updated', value);

describe('joining a call', () => {
  it('subscribes, becomes ready and offers, all at once and in this order', async () => {
    await join();
    const offer = await server.received('SEND', SIGNAL);
    const frames = server.frames.slice(server.frames.findIndex(({ headers }) => headers['destination'] === SELF));
    const order = frames.filter(({ command }) => command !== 'ACK').map(({ headers }) => headers['destination']);
    assert.deepEqual(order, [SELF, PARTICIPANTS, '/topic/v1/calls/3.userMediaSettings', '/topic/v1/calls/3.signals', MEDIA, READY, SIGNAL]);
    const body = JSON.parse(offer.body);
    assert.deepEqual([body.type, body.payload.type, 'peer' in body], ['SEND_DESCRIPTION', 'offer', false]);
    assert.deepEqual(body.payload.sources, { 0: 'microphone', 1: 'camera', 2: 'screen', 3: 'screenAudio' });
    assert.equal(kitty.Calls.activeCall?.id, 3);
    assert.equal(kitty.Calls.currentCall, kitty.Calls.activeCall);
  });

  it('tells the server whether microphone and camera are on, before it is ready', async () => {
    await kitty.Calls.initialize({ media: { audio: true, video: false } });
    await server.received('SEND', '/application/v1/user.video');
    server.frames.length = 0;
    await join();
    const sends = server.sent('SEND').map(({ headers, body }) => [headers['destination'], body]);
    assert.deepEqual(sends.slice(0, 3), [
      ['/application/v1/user.audio', '{"enabled":true}'],
      ['/application/v1/user.video', '{"enabled":false}'],
      [READY, '{}'],
    ]);
  });

  it('starts a call with people in their direct channel', async () => {
    const result = await kitty.Calls.startCall({ members: [{ username: 'bob' }], properties: { topic: 'lunch' } });
    assert.ok(result.succeeded);
    assert.equal(result.call.creator.name, 'ann');
    assert.deepEqual(server.bodies(CREATE), [{ type: 'DIRECT', members: [{ username: 'bob' }] }]);
    assert.deepEqual(server.bodies(START), [{ properties: { topic: 'lunch' } }], 'the server chooses how media travels');
    assert.equal(server.sent('SEND', READY).length, 1);
    await event(CALLS, 'user.call.active', call(3, { state: 'ACTIVE' }));
    assert.deepEqual(log, ['active 3']);
    assert.equal(kitty.Calls.activeCall?.state, 'ACTIVE');
  });

  it('starts a call in a channel', async () => {
    assert.ok((await kitty.Calls.startCall({ channel: channel(5), p2p: true, type: 'PRESENTER' })).succeeded);
    assert.deepEqual(server.bodies(START), [{ type: 'PRESENTER', p2p: true }]);
    assert.equal(kitty.Calls.activeCall?.p2p, true);
    assert.equal(server.hears(MEDIA), false, 'the server carries no media');
  });

  it('fails with what the server says, and leaves nothing behind', async () => {
    server.actions.set(READY, () => ({ error: 'NotFoundError', message: 'no such call' }));
    const result = await kitty.Calls.acceptCall({ call: call(3) });
    assert.equal(result.error?.message, 'no such call');
    assert.equal(kitty.Calls.activeCall, null);
    assert.equal(FakeConnection.latest.connectionState, 'closed');
    await until('the topics are left', () => !server.hears(SELF) && !server.hears(MEDIA));
  });

  it('fails when the call is over already, and says so', async () => {
    server.silent.add(READY);
    server.actions.set(READY, () => void server.emit(SELF, 'call.self.ended', call(3, { state: 'ENDED' })));
    const result = await kitty.Calls.acceptCall({ call: call(3) });
    assert.equal(result.error?.error, ErrorName.CallEnded);
    assert.deepEqual(log, ['ended 3 ENDED']);
    assert.equal(kitty.Calls.activeCall, null);
  });

  it('fails without WebRTC before anybody rings', async () => {
    const deaf = server.client();
    assert.ok((await deaf.startSession({ username: 'ann' })).succeeded);
    const result = await deaf.Calls.startCall({ channel: channel(5) });
    assert.equal(result.error?.error, ErrorName.MediaUnavailable);
    assert.equal(server.sent('SEND', START).length, 0);
    await deaf.endSession();
  });

  it('fails without a session', async () => {
    const result = await server.client({ webrtc: fakeWebRtc() }).Calls.acceptCall({ call: call(3) });
    assert.equal(result.error?.error, ErrorName.NoActiveSession);
  });

  it('is for one call at a time', async () => {
    await join();
    assert.equal((await kitty.Calls.acceptCall({ call: call(4) })).error?.error, ErrorName.CallActive);
    assert.equal((await kitty.Calls.startCall({ channel: channel(5) })).error?.error, ErrorName.CallActive);
    assert.equal((await kitty.Calls.acceptCall({ call: call(3) })).succeeded, true, 'answering twice is answering once');
    assert.equal(server.sent('SEND', READY).length, 1);
  });
});

describe('ringing', () => {
  it('stops on this device when another one answers or declines, or the call is over', async () => {
    for (const [type, reason] of [['accepted', 'accepted'], ['declined', 'declined'], ['missed', 'missed'], ['ended', 'ended']]) {
      log.length = 0;
      await event(CALLS, 'user.call.invited', call(3));
      await event(CALLS, `user.call.${type}`, call(3));
      await event(CALLS, 'user.call.ended', call(3));
      assert.deepEqual(log, ['invite 3', `stop ringing 3: ${reason}`]);
    }
  });

  it('rings once per call, and not for calls that are over', async () => {
    await event(CALLS, 'user.call.invited', call(3));
    await event(CALLS, 'user.call.invited', call(3));
    await event(CALLS, 'user.call.invited', call(4, { state: 'ENDED' }));
    assert.deepEqual(log, ['invite 3']);
  });

  it('stops silently when this device answers', async () => {
    await event(CALLS, 'user.call.invited', call(3));
    await join();
    await event(CALLS, 'user.call.accepted', call(3));
    await event(CALLS, 'user.call.invited', call(3));
    assert.deepEqual(log, ['invite 3']);
  });

  it('declines, also because the user is busy', async () => {
    await event(CALLS, 'user.call.invited', call(3));
    assert.ok((await kitty.Calls.rejectCall({ call: call(3), reason: 'busy' })).succeeded);
    assert.ok((await kitty.Calls.declineCall({ call: call(3) })).succeeded);
    assert.deepEqual(server.bodies(DECLINE), [{ reason: 'busy' }, {}]);
    assert.deepEqual(log, ['invite 3'], 'what this device answered needs no news');
  });

  it('ends in the same call when two people call each other at once', async () => {
    server.actions.set(START, () => {
      server.emit(CALLS, 'user.call.invited', call(3));
      return { topic: CALLS, type: 'user.call.created', resource: call(3) };
    });
    assert.ok((await kitty.Calls.startCall({ channel: channel(5) })).succeeded);
    assert.deepEqual(log, ['invite 3', 'stop ringing 3: accepted']);
  });
});

describe('a call', () => {
  it('tells who accepted, rejected, muted and left', async () => {
    await join();
    await event(PARTICIPANTS, 'call.participant.accepted', BOB);
    await event(PARTICIPANTS, 'call.participant.declined', CEM);
    await event('/topic/v1/calls/3.userMediaSettings', 'call.user_media_settings.updated', { user: BOB, audio: { enabled: false } });
    await event(PARTICIPANTS, 'call.participant.left', BOB);
    assert.deepEqual(log, ['bob accepted', 'cem rejected', 'bob muted', 'bob left']);
  });

  it('shows participants and their screens', async () => {
    await connect();
    await snapshot(media(1, [['4', 'microphone', BOB, 12], ['5', 'camera', BOB, 12]]));
    await snapshot(media(2, [['4', 'microphone', BOB, 12], ['5', 'camera', BOB, 12], ['7', 'screen', BOB, 12]]));
    await snapshot(media(3, [['4', 'microphone', BOB, 12], ['5', 'camera', BOB, 12]]));
    assert.deepEqual(log, ['bob active with audio+video', 'bob shares video', 'bob shares no more']);
    assert.deepEqual(kitty.Calls.remoteStreams.map(({ user, source }) => [user.name, source]), [['bob', 'camera']]);
    assert.equal(kitty.Calls.mediaState, 'connected');
  });

  it('lists calls, one call, participants and media settings', async () => {
    const page = (key: string, item: unknown) => ({ _embedded: { [key]: [item] }, _relays: {} });
    const calls = channel(5)._relays.calls;
    server.relays.set(calls, () => page('calls', call(3)));
    server.relays.set('/application/v1/calls/3.participants.relay', () => page('users', BOB));
    server.relays.set('/application/v1/users/8.media_settings.relay', () => ({ user: BOB, audio: { enabled: true } }));
    for (const active of [true, false]) {
      const result = await kitty.Calls.getCalls({ channel: channel(5), filter: { active } });
      assert.deepEqual(result.succeeded && result.paginator.items.map(({ id }) => id), [3]);
    }
    assert.deepEqual(server.sent('SUBSCRIBE', calls).map(({ headers }) => headers['active']), ['true', undefined]);
    const one = await kitty.Calls.getCall(3);
    assert.equal(one.succeeded && one.call.id, 3);
    assert.equal((await kitty.Calls.getCurrentCallParticipants()).error?.error, ErrorName.NoActiveCall);
    await join();
    const participants = await kitty.Calls.getCurrentCallParticipants();
    assert.equal(participants.succeeded && participants.paginator.items[0]?.name, 'bob');
    const settings = await kitty.Calls.getUserMediaSettings({ user: BOB });
    assert.equal(settings.succeeded && settings.settings.audio.enabled, true);
  });

  it('mutes by switching the track, and tells the server', async () => {
    await kitty.Calls.initialize({ media: { audio: true, video: true } });
    const connection = await connect();
    const [microphone, camera] = devices.captured;
    server.frames.length = 0;
    kitty.Calls.toggleMute();
    kitty.Calls.toggleCamera();
    assert.deepEqual([microphone!.enabled, camera!.enabled, kitty.Calls.isMuted, kitty.Calls.isCameraOn], [false, false, true, false]);
    kitty.Calls.toggleMute();
    await server.received('SEND', '/application/v1/user.audio', 2);
    assert.deepEqual(server.bodies('/application/v1/user.audio'), [{ enabled: false }, { enabled: true }]);
    assert.deepEqual(server.bodies('/application/v1/user.video'), [{ enabled: false }]);
    assert.equal(connection.offers, 1, 'nothing is negotiated');
  });

  it('shares a screen on the section that is there, until the browser or the application stops it', async () => {
    assert.equal((await kitty.Calls.startScreenShare()).error?.error, ErrorName.NoActiveCall);
    const connection = await connect();
    const sharing: boolean[] = [];
    kitty.Calls.onScreenSharingChanged((isSharing) => sharing.push(isSharing));
    const section = connection.transceivers[2]!;
    assert.ok((await kitty.Calls.startScreenShare({ audio: false })).succeeded);
    const [screen] = devices.captured;
    await settle();
    assert.equal(section.sender.track, screen);
    assert.deepEqual([kitty.Calls.isScreenSharing, kitty.Calls.localScreenStream === null], [true, false]);
    screen!.end();
    await settle();
    assert.equal(section.sender.track, null);
    assert.ok((await kitty.Calls.startScreenShare()).succeeded);
    await settle();
    assert.equal(connection.transceivers[3]!.sender.track?.kind, 'audio');
    kitty.Calls.stopScreenShare();
    await settle();
    assert.deepEqual([section.sender.track, connection.transceivers[3]!.sender.track], [null, null]);
    assert.deepEqual(sharing, [true, false, true, false]);
    assert.ok(devices.captured.every(({ readyState }) => readyState === 'ended'));
    assert.equal(connection.offers, 1);
  });
});

describe('leaving a call', () => {
  it('closes the connection, leaves `self` last, and keeps the camera', async () => {
    await kitty.Calls.initialize({ media: { audio: true, video: true } });
    const connection = await connect();
    await snapshot(media(1, [['5', 'camera', BOB, 12]]));
    await kitty.Calls.startScreenShare();
    log.length = 0;
    const self = server.sent('SUBSCRIBE', SELF)[0]!.headers['id'];
    kitty.Calls.leaveCall();
    const last = await server.received('UNSUBSCRIBE', undefined, 5);
    assert.equal(last.headers['id'], self);
    assert.equal(connection.connectionState, 'closed');
    assert.deepEqual([kitty.Calls.activeCall, kitty.Calls.remoteStreams, kitty.Calls.mediaState], [null, [], null]);
    assert.deepEqual(devices.captured.map(({ kind, readyState }) => `${kind} ${readyState}`), [
      'audio live', 'video live', 'audio ended', 'video ended',
    ]);
    assert.deepEqual(log, []);
    await join();
  });

  it('cancels joining', async () => {
    server.silent.add(READY);
    const joining = kitty.Calls.acceptCall({ call: call(3) });
    await server.received('SEND', READY);
    kitty.Calls.leaveCall();
    assert.equal((await joining).error?.error, ErrorName.CallCancelled);
    await until('the call is left', () => !server.hears(SELF));
  });

  it('cancels starting: the server learns that the caller is gone', async () => {
    server.silent.add(START);
    server.actions.delete(START);
    const starting = kitty.Calls.startCall({ channel: channel(5) });
    const { headers } = await server.received('SEND', START);
    kitty.Calls.leaveCall();
    server.emit(CALLS, 'user.call.created', call(3), { 'receipt-id': headers['receipt']! });
    assert.equal((await starting).error?.error, ErrorName.CallCancelled);
    await server.received('UNSUBSCRIBE', undefined, 5);
    assert.equal(server.sent('SEND', READY).length, 1);
    assert.equal(kitty.Calls.activeCall, null);
    assert.equal((await kitty.Calls.acceptCall({ call: call(3) })).succeeded, true);
  });

  it('before the call exists, starts none', async () => {
    server.silent.add(CREATE);
    const starting = kitty.Calls.startCall({ members: [{ username: 'bob' }] });
    const { headers } = await server.received('SEND', CREATE);
    kitty.Calls.leaveCall();
    server.emit('/topic/v1/users/7.channels', 'user.channel.created', channel(5), { 'receipt-id': headers['receipt']! });
    assert.equal((await starting).error?.error, ErrorName.CallCancelled);
    assert.equal(server.sent('SEND', START).length, 0);
  });

  it('releases everything on close', async () => {
    await kitty.Calls.initialize({ media: { audio: true, video: true } });
    const streams: unknown[] = [];
    kitty.Calls.onLocalStreamChanged((stream) => streams.push(stream));
    await connect();
    kitty.Calls.close();
    assert.deepEqual([kitty.Calls.activeCall, kitty.Calls.localStream, streams], [null, null, [null]]);
    assert.ok(devices.captured.every(({ readyState }) => readyState === 'ended'));
    await until('the call is left', () => !server.hears(SELF));
  });

  it('happens when the session ends', async () => {
    await kitty.Calls.initialize({ media: { audio: true, video: true } });
    const connection = await connect();
    await kitty.endSession();
    assert.equal(connection.connectionState, 'closed');
    assert.deepEqual([kitty.Calls.activeCall, kitty.Calls.localStream], [null, null]);
    assert.ok(devices.captured.every(({ readyState }) => readyState === 'ended'));
    const commands = server.frames.map(({ command }) => command);
    assert.ok(commands.lastIndexOf('UNSUBSCRIBE') < commands.indexOf('DISCONNECT'));
    assert.deepEqual(server.bodies('/application/v1/user.audio').at(-1), { enabled: false });
  });
});

describe('a call that ends', () => {
  const over = call(3, { state: 'ENDED', endReason: 'COMPLETED' });

  it('is cleaned up, once', async () => {
    const connection = await connect();
    await event(SELF, 'call.self.ended', over);
    await event(CALLS, 'user.call.ended', over);
    assert.deepEqual(log, ['ended 3 ENDED']);
    assert.equal(connection.connectionState, 'closed');
    assert.equal(kitty.Calls.activeCall, null);
    await until('the topics are left', () => !server.hears(SELF));
  });

  it('is cleaned up when only the user is told', async () => {
    await connect();
    await event(CALLS, 'user.call.ended', over);
    assert.deepEqual(log, ['ended 3 ENDED']);
  });

  it('is left when the server refuses every offer', async () => {
    server.actions.set(SIGNAL, () => ({ error: 'ValidationError', message: 'bad sdp' }));
    const states: string[] = [];
    kitty.Calls.onMediaStateChanged((state, error) => states.push(error ? `${state}: ${error.message}` : state));
    await join();
    for (const count of [1, 2, 3]) {
      await server.received('SEND', SIGNAL, count);
      await settle();
      mock.timers.tick(2_000);
    }
    await until('the call is over', () => !kitty.Calls.activeCall);
    assert.deepEqual(states, ['connecting', 'failed: bad sdp']);
    assert.deepEqual(log, ['ended 3 PENDING']);
    await until('the call is left', () => !server.hears(SELF));
  });
});

describe('a call whose signalling connection is lost', () => {
  async function reconnect(): Promise<void> {
    const count = server.handshakes.length;
    server.drop();
    await until('the loss is noticed', () => !kitty.isOnline);
    mock.timers.tick(5_000);
    await until('the connection is back', () => server.handshakes.length > count && kitty.isOnline);
  }

  it('goes on: media is not touched, topics come back, ready is not repeated', async () => {
    const connection = await connect();
    await snapshot(media(4, [['5', 'camera', BOB, 12]]));
    const ids = server.sent('SUBSCRIBE').filter(({ headers }) => headers['destination']!.includes('/calls/3.')).map(({ headers }) => headers['id']);
    server.frames.length = 0;
    await reconnect();
    await server.received('SUBSCRIBE', '/application/v1/calls/3.relay');
    const again = server.sent('SUBSCRIBE').filter(({ headers }) => headers['destination']!.startsWith('/topic/v1/calls/3.')).map(({ headers }) => headers['id']);
    assert.deepEqual(again, ids);
    assert.equal(server.sent('SEND').length, 0);
    assert.deepEqual([connection.connectionState, connection.offers], ['connected', 1]);
    await snapshot(media(3, []));
    assert.equal(kitty.Calls.remoteStreams.length, 1, 'a snapshot that came too late is ignored');
    await snapshot(media(5, []));
    assert.equal(kitty.Calls.remoteStreams.length, 0);
    assert.equal(kitty.Calls.activeCall?.state, 'ACTIVE', 'what changed meanwhile is known');
  });

  it('is entered again when the server gave this device up meanwhile', async () => {
    const participant = { userId: ANN.id, invitedTime: '' };
    const first = await connect();
    server.relays.set('/application/v1/calls/3.relay', () => call(3, { state: 'ACTIVE', participants: [{ ...participant, outcome: 'ACCEPTED' }] }));
    await reconnect();
    await server.received('SUBSCRIBE', '/application/v1/calls/3.relay');
    await settle();
    assert.equal(server.sent('SEND', READY).length, 1);
    server.relays.set('/application/v1/calls/3.relay', () => call(3, { state: 'ACTIVE', participants: [{ ...participant, outcome: 'FAILED' }] }));
    await reconnect();
    await server.received('SEND', SIGNAL, 2);
    const destinations = server.sent('SEND').map(({ headers }) => headers['destination']);
    assert.deepEqual(destinations.slice(-2), [READY, SIGNAL]);
    assert.equal(first.connectionState, 'closed');
    assert.equal(kitty.Calls.activeCall?.id, 3);
    server.actions.set(READY, () => ({ error: 'AccessDeniedError' }));
    await reconnect();
    await until('the call is over', () => !kitty.Calls.activeCall);
    assert.deepEqual(log, ['ended 3 ACTIVE']);
  });

  it('is cleaned up when the server ended it meanwhile', async () => {
    await connect();
    server.relays.set('/application/v1/calls/3.relay', () => call(3, { state: 'ENDED', endReason: 'FAILED' }));
    await reconnect();
    await until('the call is over', () => !kitty.Calls.activeCall);
    assert.deepEqual(log, ['ended 3 ENDED']);
    assert.equal(FakeConnection.latest.connectionState, 'closed');
  });

  it('is cleaned up when the server refuses its topics', async () => {
    await connect();
    server.relays.set('/application/v1/calls/3.relay', () => undefined);
    server.refused.set(SELF, { error: 'NotFoundError' });
    await reconnect();
    await until('the call is over', () => !kitty.Calls.activeCall);
    assert.deepEqual(log, ['ended 3 PENDING']);
  });

  it('can be left meanwhile: the server learns of it when the connection is back', async () => {
    await connect();
    const { id } = server.sent('SUBSCRIBE', SELF)[0]!.headers;
    server.drop();
    await until('the loss is noticed', () => !kitty.isOnline);
    kitty.Calls.leaveCall();
    server.frames.length = 0;
    mock.timers.tick(5_000);
    await server.received('UNSUBSCRIBE', undefined, 5);
    assert.ok(server.sent('UNSUBSCRIBE').some(({ headers }) => headers['id'] === id));
    await until('the topics are left', () => !server.hears(SELF));
    server.frames.length = 0;
    await reconnect();
    await server.received('SUBSCRIBE', '/application/v1/user.relay');
    assert.equal(server.sent('UNSUBSCRIBE').length, 0, 'once is enough');
  });
});
