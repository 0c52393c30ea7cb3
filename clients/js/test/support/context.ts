/** A call's surroundings without a server: signals are remembered, events logged. */
import { CallEvents } from '../../src/calls/events.js';
import type { LocalTracks, MediaContext } from '../../src/calls/media-plane.js';
import { RemoteStreams } from '../../src/calls/remote-streams.js';
import type { ChatKittyError } from '../../src/index.js';
import { FakeStream, FakeTrack, fakeWebRtc } from './webrtc.js';

export class FakeContext implements MediaContext {
  readonly webrtc = fakeWebRtc();
  readonly iceServers = [{ urls: 'stun:stun.example.org' }];
  readonly events = new CallEvents();
  readonly remote = new RemoteStreams(() => new this.webrtc.MediaStream(), this.events);
  readonly signals: any[] = [];
  readonly states: string[] = [];
  /** What became visible: `bob active`, `bob updated`, `bob shares`, `bob shares no more`. */
  readonly log: string[] = [];
  readonly failures: ChatKittyError[] = [];
  /** How often anything was told at all. */
  reports = 0;
  readonly stream = new FakeStream([new FakeTrack('audio'), new FakeTrack('video')]);
  screen: FakeTrack | null = null;
  online = true;
  /** Settles the next signals. */
  refusal: Error | null = null;

  constructor() {
    this.events.participantActive.add(({ name }) => this.log.push(`${name} active`));
    this.events.streamUpdated.add(({ name }) => this.log.push(`${name} updated`));
    this.events.screenShared.add(({ name }) => this.log.push(`${name} shares`));
    this.events.screenEnded.add(({ name }) => this.log.push(`${name} shares no more`));
  }

  tracks = (): LocalTracks => {
    const [microphone = null] = this.stream.getAudioTracks();
    const [camera = null] = this.stream.getVideoTracks();
    return { microphone, camera, screen: this.screen, screenAudio: null } as unknown as LocalTracks;
  };
  localStream = (): MediaStream => this.stream as unknown as MediaStream;
  isOnline = (): boolean => this.online;
  stateChanged = (state: string): void => {
    this.reports += 1;
    if (this.states.at(-1) !== state) this.states.push(state);
  };
  failed = (error: ChatKittyError): void => {
    this.reports += 1;
    this.failures.push(error);
  };
  signal = async (body: object): Promise<void> => {
    this.signals.push(body);
    if (this.refusal) throw this.refusal;
  };
}
