// Microphone, camera and screen of this device.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { LocalMedia } from '../src/calls/local-media.js';
import { ErrorName } from '../src/index.js';
import { settle } from './support/until.js';
import { FakeDevices, fakeWebRtc, type FakeStream, type FakeTrack } from './support/webrtc.js';

let devices: FakeDevices;
let local: LocalMedia;
let log: string[];

beforeEach(() => {
  devices = new FakeDevices();
  log = [];
  const webrtc = fakeWebRtc(devices);
  local = new LocalMedia(() => webrtc, {
    onTracks: () => {},
    onStream: (stream) => log.push(stream ? 'stream' : 'no stream'),
    onScreen: (isSharing) => log.push(isSharing ? 'screen' : 'no screen'),
  });
});

const BOTH = { audio: true, video: true };
const tracks = (): FakeTrack[] => (local.stream as unknown as FakeStream | null)?.getTracks() ?? [];

describe('microphone and camera', () => {
  it('are asked for with good defaults, or as the application says', async () => {
    await local.initialize(BOTH);
    const { audio, video } = devices.asked[0] as { audio: MediaTrackConstraints; video: MediaTrackConstraints };
    assert.deepEqual([video.width, video.height, video.facingMode, audio.echoCancellation], [{ ideal: 1280 }, { ideal: 720 }, 'user', true]);
    await local.initialize({ audio: false, video: { width: 320 } });
    assert.deepEqual(devices.asked[1], { audio: false, video: { width: 320 } });
    assert.deepEqual(log, ['stream', 'stream']);
    assert.deepEqual(devices.captured.map(({ readyState }) => readyState), ['ended', 'ended', 'live']);
  });

  it('are on, are switched off and on, and are off without any', async () => {
    assert.deepEqual([local.isMuted, local.isCameraOn], [true, false]);
    local.toggleMute();
    assert.equal(local.isMuted, true);
    await local.initialize(BOTH);
    assert.deepEqual([local.isMuted, local.isCameraOn], [false, true]);
    local.toggleMute();
    local.toggleCamera();
    assert.deepEqual([local.isMuted, local.isCameraOn], [true, false]);
    local.toggleMute();
    assert.equal(local.isMuted, false);
    tracks()[0]!.end();
    assert.equal(local.isMuted, true, 'the device is gone');
    assert.equal(local.tracks.microphone, null);
  });

  it('may be refused by the user or missing', async () => {
    devices.failure = Object.assign(new Error('Permission denied'), { name: 'NotAllowedError' });
    await assert.rejects(local.initialize(BOTH), { error: ErrorName.MediaUnavailable, message: 'NotAllowedError: Permission denied' });
    assert.equal(local.stream, null);
    const insecure = new LocalMedia(() => ({ ...fakeWebRtc(), mediaDevices: undefined as unknown as MediaDevices }), {
      onTracks: () => {}, onStream: () => {}, onScreen: () => {},
    });
    await assert.rejects(insecure.initialize(BOTH), { error: ErrorName.MediaUnavailable });
    await assert.rejects(insecure.startScreenShare(true), { error: ErrorName.MediaUnavailable });
  });

  it('are tried again after closing them, where they cannot be opened twice', async () => {
    await local.initialize(BOTH);
    devices.failure = new Error('NotReadableError');
    await local.initialize(BOTH);
    assert.deepEqual(devices.captured.map(({ readyState }) => readyState), ['ended', 'ended', 'live', 'live']);
  });

  it('are not needed', async () => {
    await local.initialize({ audio: false, video: false });
    assert.deepEqual([local.stream, devices.asked], [null, []]);
  });

  it('that come after closing are released at once', async () => {
    const open = devices.hold();
    const opening = local.initialize(BOTH);
    await settle();
    local.close();
    open();
    await assert.rejects(opening, { error: ErrorName.MediaUnavailable });
    assert.ok(devices.captured.every(({ readyState }) => readyState === 'ended'));
    await local.initialize(BOTH);
    assert.equal(tracks().length, 2);
    local.close();
    local.close();
    assert.deepEqual(log, ['stream', 'no stream']);
  });
});

describe('devices of React Native', () => {
  it('are closed by releasing them', async () => {
    await local.initialize(BOTH);
    const released: string[] = [];
    for (const track of tracks()) Object.assign(track, { release: () => released.push(track.kind) });
    Object.assign(local.stream!, { release: (andTracks: boolean) => released.push(`stream ${andTracks}`) });
    local.close();
    assert.deepEqual(released, ['audio', 'video', 'stream false']);
  });
});

describe('switching the camera', () => {
  const front = (): FakeTrack => tracks().find(({ kind }) => kind === 'video')!;

  beforeEach(async () => {
    await local.initialize(BOTH);
    devices.devices = ['one', 'two', 'three'].map((deviceId) => ({ kind: 'videoinput', deviceId }));
  });

  it('goes on with the next one in the same stream', async () => {
    const { stream } = local;
    front().settings = { deviceId: 'three' };
    front().enabled = false;
    const before = front();
    assert.equal(await local.switchCamera(), stream);
    assert.deepEqual((devices.asked.at(-1)!.video as MediaTrackConstraints).deviceId, { exact: 'one' });
    assert.equal(before.readyState, 'ended');
    assert.notEqual(front(), before);
    assert.equal(local.isCameraOn, false, 'a camera that is off stays off');
    assert.equal(tracks().length, 2);
  });

  it('turns to the other side of a phone', async () => {
    front().settings = { deviceId: 'one', facingMode: 'user' };
    await local.switchCamera();
    assert.deepEqual((devices.asked.at(-1)!.video as MediaTrackConstraints).facingMode, { ideal: 'environment' });
  });

  it('lets cameras of React Native turn by themselves', async () => {
    let turns = 0;
    Object.assign(front(), { _switchCamera: () => (turns += 1) });
    await local.switchCamera();
    assert.deepEqual([turns, devices.asked.length], [1, 1]);
  });

  it('goes back to the one before when the next one fails', async () => {
    front().settings = { deviceId: 'one' };
    devices.failure = new Error('NotReadableError');
    await assert.rejects(local.switchCamera(), { error: ErrorName.MediaUnavailable });
    assert.deepEqual((devices.asked.at(-1)!.video as MediaTrackConstraints).deviceId, { exact: 'one' });
    assert.equal(local.isCameraOn, true);
  });

  it('needs another camera', async () => {
    devices.devices.length = 1;
    await assert.rejects(local.switchCamera(), { error: ErrorName.MediaUnavailable });
    assert.equal(local.isCameraOn, true);
    local.close();
    await assert.rejects(local.switchCamera(), { error: ErrorName.MediaUnavailable });
  });
});

describe('the screen', () => {
  it('is shared once, until it is stopped', async () => {
    const screen = await local.startScreenShare(true);
    assert.equal(await local.startScreenShare(true), screen);
    assert.equal(devices.asked.length, 1);
    assert.equal(devices.captured[1]!.contentHint, 'detail');
    assert.ok(local.tracks.screen && local.tracks.screenAudio);
    local.stopScreenShare();
    local.stopScreenShare();
    assert.deepEqual(log, ['screen', 'no screen']);
    assert.deepEqual([local.tracks.screen, local.tracks.screenAudio], [null, null]);
  });

  it('that the user chooses after stopping is not shared', async () => {
    const open = devices.hold();
    const sharing = local.startScreenShare(false);
    await settle();
    local.stopScreenShare();
    open();
    await assert.rejects(sharing, { error: ErrorName.MediaUnavailable });
    assert.ok(devices.captured.every(({ readyState }) => readyState === 'ended'));
    assert.deepEqual(log, []);
  });
});
