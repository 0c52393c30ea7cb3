// Small pieces with tables.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { versionOf, withSilence } from '../src/calls/sdp.js';
import { ChatKittyError, ErrorName, failed, succeeded } from '../src/index.js';
import { parseError, toError } from '../src/errors.js';
import { RECONNECT_FIRST_MS, RECONNECT_MOST_MS } from '../src/limits.js';
import { findWebRtc, socketUrl } from '../src/options.js';
import { resultOf } from '../src/results.js';
import { reconnectDelay } from '../src/stomp/backoff.js';
import { base64, randomId } from '../src/text.js';
import { fakeWebRtc } from './support/webrtc.js';

describe('text', () => {
  it('becomes base64 of its UTF-8 bytes', () => {
    for (const text of ['', 'a', 'ab', 'abc', 'é✓😀', '{"password":"x"}']) {
      assert.equal(base64(text), Buffer.from(text).toString('base64'));
    }
  });

  it('ids are long and differ', () => {
    assert.match(randomId(), /^[0-9a-f]{32}$/);
    assert.notEqual(randomId(), randomId());
  });
});

describe('reconnecting', () => {
  it('pauses longer each time, up to a bound, never all clients at once', () => {
    const [soonest, latest] = [0, 1].map((random) => [0, 1, 2, 5, 100].map((attempt) => reconnectDelay(attempt, random)));
    assert.deepEqual(latest, [RECONNECT_FIRST_MS, 400, 800, RECONNECT_MOST_MS, RECONNECT_MOST_MS]);
    assert.deepEqual(soonest, [RECONNECT_FIRST_MS, 200, 400, 2_500, 2_500]);
  });
});

describe('the address', () => {
  it('is textual: the host may have a port and a path', () => {
    const rows: [object, string][] = [
      [{ host: 'example.org' }, 'wss://example.org/rtm/websocket?api-key=a%26b'],
      [{ host: 'example.org:9001/chat', isSecure: true }, 'wss://example.org:9001/chat/rtm/websocket?api-key=a%26b'],
      [{ host: '10.0.0.1:8080', isSecure: false }, 'ws://10.0.0.1:8080/rtm/websocket?api-key=a%26b'],
      [{}, 'ws://localhost:8080/rtm/websocket?api-key=a%26b'],
    ];
    for (const [options, url] of rows) assert.equal(socketUrl({ apiKey: 'a&b', ...options }), url);
  });
});

describe('WebRTC', () => {
  it('is injected, or that of the environment, or missing', () => {
    const injected = fakeWebRtc();
    assert.equal(findWebRtc(injected).RTCPeerConnection, injected.RTCPeerConnection);
    assert.throws(() => findWebRtc(), { error: ErrorName.MediaUnavailable });
    assert.throws(() => findWebRtc({ RTCPeerConnection: injected.RTCPeerConnection }), { error: ErrorName.MediaUnavailable });
  });
});

describe('errors', () => {
  it('have one shape, whatever was thrown or sent', () => {
    assert.deepEqual({ ...parseError('{"error":"NotFoundError","message":"gone","timestamp":"t"}') }, { name: 'NotFoundError', error: 'NotFoundError', timestamp: 't' });
    assert.equal(parseError('{"error":"NotFoundError"}').message, 'NotFoundError');
    assert.equal(parseError('<html>').error, ErrorName.Unknown);
    assert.equal(parseError('').message, 'an error without explanation');
    assert.equal(toError(new TypeError('x')).error, 'TypeError');
    assert.deepEqual([toError({ message: 'native' }).error, toError({ message: 'native' }).message], [ErrorName.Unknown, 'native']);
    assert.equal(toError(null).message, 'null');
    assert.equal(toError('x').error, ErrorName.Unknown);
    const error = new ChatKittyError('A', 'b');
    assert.equal(toError(error), error);
    assert.ok(error instanceof Error);
  });
});

describe('results', () => {
  it('are values', async () => {
    const good = await resultOf(async () => ({ count: 1 }));
    assert.ok(succeeded(good) && !failed(good));
    assert.deepEqual(good, { succeeded: true, failed: false, cancelled: false, count: 1 });
    const bad = await resultOf(async () => Promise.reject(new Error('no')));
    assert.ok(failed(bad) && !succeeded(bad));
    assert.equal(bad.error.message, 'no');
  });
});

describe('session descriptions', () => {
  it('have versions', () => {
    assert.equal(versionOf('v=0\r\no=- 1 12 IN IP4 127.0.0.1\r\ns=-\r\n'), 12);
    assert.equal(versionOf('v=0\r\n'), null);
  });

  it('let Opus fall silent, and nothing else', () => {
    const sdp = 'a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10\r\na=rtpmap:96 VP8/90000\r\na=fmtp:96 x=1\r\na=rtpmap:63 opus/48000/2\r\na=fmtp:63 usedtx=0\r\n';
    const changed = sdp.replace('minptime=10', 'minptime=10;usedtx=1');
    assert.equal(withSilence(sdp), changed);
    assert.equal(withSilence(changed), changed);
  });
});
