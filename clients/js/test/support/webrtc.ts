/** WebRTC without media: connections that negotiate sections and directions, tracks and streams that only exist. */
import type { WebRtc } from '../../src/index.js';

let ids = 0;

export class FakeTrack extends EventTarget {
  readonly id = `track-${(ids += 1)}`;
  enabled = true;
  readyState: 'live' | 'ended' = 'live';
  contentHint = '';
  settings: MediaTrackSettings = {};

  constructor(readonly kind: 'audio' | 'video') {
    super();
  }

  stop(): void {
    this.readyState = 'ended';
  }

  /** The device is gone, or the user pressed the browser's own button. */
  end(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }

  getSettings(): MediaTrackSettings {
    return this.settings;
  }
}

export class FakeStream {
  private readonly tracks: FakeTrack[];

  constructor(tracks: FakeTrack[] = []) {
    this.tracks = [...tracks];
  }

  getTracks = (): FakeTrack[] => [...this.tracks];
  getAudioTracks = (): FakeTrack[] => this.tracks.filter(({ kind }) => kind === 'audio');
  getVideoTracks = (): FakeTrack[] => this.tracks.filter(({ kind }) => kind === 'video');
  addTrack = (track: FakeTrack): void => void this.tracks.push(track);
  removeTrack = (track: FakeTrack): void => void this.tracks.splice(this.tracks.indexOf(track), 1);
}

export class FakeSender {
  track: FakeTrack | null = null;
  streams: FakeStream[] = [];

  constructor(private readonly connection: FakeConnection) {}

  async replaceTrack(track: FakeTrack | null): Promise<void> {
    if (this.connection.connectionState === 'closed') throw new Error('InvalidStateError');
    this.track = track;
  }

  setStreams(...streams: FakeStream[]): void {
    this.streams = streams;
  }
}

export class FakeTransceiver {
  mid: string | null = null;
  currentDirection: RTCRtpTransceiverDirection | null = null;
  readonly sender: FakeSender;
  readonly receiver: { track: FakeTrack };

  constructor(
    connection: FakeConnection,
    readonly kind: 'audio' | 'video',
    public direction: RTCRtpTransceiverDirection,
    readonly init: RTCRtpTransceiverInit = {},
  ) {
    this.sender = new FakeSender(connection);
    this.receiver = { track: new FakeTrack(kind) };
  }
}

export class FakeConnection extends EventTarget {
  static all: FakeConnection[] = [];
  static get latest(): FakeConnection {
    return this.all.at(-1)!;
  }

  connectionState: RTCPeerConnectionState = 'new';
  iceConnectionState = 'new';
  signalingState: RTCSignalingState = 'stable';
  localDescription: RTCSessionDescriptionInit | null = null;
  remoteDescription: RTCSessionDescriptionInit | null = null;
  readonly candidates: RTCIceCandidateInit[] = [];
  readonly transceivers: FakeTransceiver[] = [];
  offers = 0;
  restarts = 0;
  /** Thrown by the next description that is set. */
  failure: Error | null = null;

  constructor(readonly configuration: RTCConfiguration) {
    super();
    FakeConnection.all.push(this);
  }

  addTransceiver(kind: 'audio' | 'video', init: RTCRtpTransceiverInit = {}): FakeTransceiver {
    const transceiver = new FakeTransceiver(this, kind, init.direction ?? 'sendrecv', init);
    this.transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers(): FakeTransceiver[] {
    return [...this.transceivers];
  }

  async createOffer({ iceRestart = false } = {}): Promise<RTCSessionDescriptionInit> {
    this.mustBeOpen();
    if (iceRestart) this.restarts += 1;
    return { type: 'offer', sdp: this.describe(this.transceivers.map(({ direction }) => direction)) };
  }

  async createAnswer(): Promise<RTCSessionDescriptionInit> {
    this.mustBeOpen();
    return { type: 'answer', sdp: this.describe(this.transceivers.map(({ direction }) => direction)) };
  }

  async setLocalDescription(description: RTCSessionDescriptionInit): Promise<void> {
    this.mustBeOpen();
    this.localDescription = description;
    if (description.type === 'offer') {
      this.offers += 1;
      this.transceivers.forEach((transceiver, index) => (transceiver.mid ??= String(index)));
      this.signalingState = 'have-local-offer';
    } else {
      this.signalingState = 'stable';
      for (const transceiver of this.transceivers) transceiver.currentDirection = transceiver.direction;
    }
  }

  async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    this.mustBeOpen();
    const sections = [...(description.sdp ?? '').matchAll(/^m=(audio|video) /gm)];
    this.remoteDescription = description;
    if (description.type === 'answer') {
      if (this.signalingState !== 'have-local-offer') throw new Error('InvalidStateError');
      this.signalingState = 'stable';
      for (const transceiver of this.transceivers) transceiver.currentDirection = transceiver.direction;
    } else {
      this.signalingState = 'have-remote-offer';
      sections.slice(this.transceivers.length).forEach(([, kind]) => {
        const transceiver = new FakeTransceiver(this, kind as FakeTrack['kind'], 'recvonly');
        transceiver.mid = String(this.transceivers.length);
        this.transceivers.push(transceiver);
      });
    }
    this.dispatchEvent(new Event('track'));
  }

  async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!this.remoteDescription) throw new Error('InvalidStateError');
    this.candidates.push(candidate);
  }

  close(): void {
    this.connectionState = 'closed';
    this.signalingState = 'closed';
  }

  /** The network does this. */
  become(state: RTCPeerConnectionState): void {
    if (this.connectionState === 'closed') return;
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }

  /** Gathering finds this. */
  gather(candidate: string): void {
    this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: { candidate, sdpMid: '0', sdpMLineIndex: 0 } }));
  }

  private mustBeOpen(): void {
    const { failure } = this;
    this.failure = null;
    if (failure) throw failure;
    if (this.connectionState === 'closed') throw new Error('InvalidStateError: closed');
  }

  private describe(directions: string[]): string {
    const lines = directions.map((direction, index) => `m=${this.transceivers[index]!.kind} ${direction}`);
    return ['v=0', `o=- ${ids} 1 IN IP4 127.0.0.1`, `a=restart:${this.restarts}`, ...lines, ''].join('\r\n');
  }
}

/** What the devices do; tests change it. */
export class FakeDevices {
  devices = [{ kind: 'videoinput', deviceId: 'front' }];
  readonly asked: MediaStreamConstraints[] = [];
  readonly captured: FakeTrack[] = [];
  failure: Error | null = null;
  private gate: Promise<void> = Promise.resolve();

  /** Captures wait until the returned function is called. */
  hold(): () => void {
    let open = (): void => {};
    this.gate = new Promise((resolve) => (open = resolve));
    return open;
  }

  getUserMedia = (constraints: MediaStreamConstraints): Promise<FakeStream> => this.capture(constraints);
  getDisplayMedia = (constraints: MediaStreamConstraints): Promise<FakeStream> => this.capture(constraints);
  enumerateDevices = async (): Promise<object[]> => this.devices;

  private async capture(constraints: MediaStreamConstraints): Promise<FakeStream> {
    this.asked.push(constraints);
    await this.gate;
    const { failure } = this;
    this.failure = null;
    if (failure) throw failure;
    const tracks = (['audio', 'video'] as const).filter((kind) => constraints[kind]).map((kind) => new FakeTrack(kind));
    this.captured.push(...tracks);
    return new FakeStream(tracks);
  }
}

export function fakeWebRtc(devices = new FakeDevices()): WebRtc {
  FakeConnection.all = [];
  return {
    RTCPeerConnection: FakeConnection,
    MediaStream: FakeStream,
    mediaDevices: devices,
  } as unknown as WebRtc;
}

/** An answer of the server; `version` counts its answers to one connection. */
export function answer(version: number): { type: 'answer'; sdp: string } {
  const sdp = `v=0\r\no=- 1 ${version} IN IP4 127.0.0.1\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n`;
  return { type: 'answer', sdp };
}
