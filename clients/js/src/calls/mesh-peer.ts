/**
 * The connection to one other device.
 *
 * ```text
 *   offerer    offer ─▶ answer ─▶ connected          answerer    wait ─▶ offer ─▶ answer ─▶ connected
 *      └─ interrupted ─▶ offer with new paths            └─ interrupted for long ─▶ the same
 * ```
 *
 * Signals are handled one after another. When two offers cross, the offerer's wins and the answerer takes its own back.
 *
 * Invariant: candidates are added after the description they belong to.
 */
import { toError } from '../errors.js';
import { ICE_RESTART_AFTER_MS, MAX_QUEUED_CANDIDATES, PEER_RESTART_ATTEMPTS } from '../limits.js';
import type { CallSignal, Candidate, SessionDescription, User } from '../model.js';
import { watchConnection, type ConnectionState } from './connection-state.js';
import type { MediaContext } from './media-plane.js';

/** The answerer leaves the first attempt to the offerer. */
const PATIENCE = { offerer: ICE_RESTART_AFTER_MS, answerer: 3 * ICE_RESTART_AFTER_MS };

export interface MeshPeerListener {
  onState(state: ConnectionState): void;
  /** What the other device sends, once it is connected. */
  onTracks(tracks: MediaStreamTrack[]): void;
}

export class MeshPeer {
  private readonly connection: RTCPeerConnection;
  private readonly candidates: Candidate[] = [];
  private work: Promise<void> = Promise.resolve();
  private state: ConnectionState = 'connecting';
  private timer: ReturnType<typeof setTimeout> | undefined;
  private restarts = 0;
  private isRestartDue = false;
  private isClosed = false;

  constructor(
    private readonly user: User,
    private readonly role: 'offerer' | 'answerer',
    private readonly context: MediaContext,
    private readonly listener: MeshPeerListener,
  ) {
    const { webrtc, iceServers } = context;
    this.connection = new webrtc.RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' });
    watchConnection(this.connection, (state) => this.handleState(state));
    this.connection.addEventListener('track', () => this.showTracks());
    this.connection.addEventListener('icecandidate', ({ candidate }) => this.sendCandidate(candidate));
  }

  start(): void {
    if (this.role !== 'offerer') return;
    this.enqueue(async () => {
      const streams = [this.context.localStream()].filter((stream) => stream !== null);
      for (const kind of ['audio', 'video']) this.connection.addTransceiver(kind, { direction: 'sendrecv', streams });
      this.updateTracks();
      await this.sendOffer(false);
    });
  }

  handleSignal({ type, payload }: CallSignal): void {
    if (type === 'SEND_DESCRIPTION' && payload && 'sdp' in payload) {
      this.enqueue(() => (payload.type === 'offer' ? this.handleOffer(payload) : this.handleAnswer(payload)));
    } else if (type === 'ADD_CANDIDATE' && payload && 'candidate' in payload && payload.candidate) {
      this.enqueue(() => this.handleCandidate(payload));
    }
  }

  /** Sends what is local now; the screen takes the camera's place. */
  updateTracks(): void {
    const { microphone, camera, screen } = this.context.tracks();
    const tracks = { audio: microphone, video: screen ?? camera };
    for (const kind of ['audio', 'video'] as const) {
      const transceiver = this.connection.getTransceivers().find((candidate) => kindOf(candidate) === kind);
      if (!transceiver || transceiver.sender.track === tracks[kind]) continue;
      // It ended, or the connection closed: then there is nothing to send.
      transceiver.sender.replaceTrack(tracks[kind]).catch(() => {});
    }
  }

  handleOnline(): void {
    this.restarts = 0;
    if (this.isRestartDue || this.state === 'disconnected' || this.state === 'failed') this.restart();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.connection.close();
  }

  private async handleOffer(offer: SessionDescription): Promise<void> {
    const isCrossing = this.connection.signalingState === 'have-local-offer';
    if (isCrossing && this.role === 'offerer') return;
    // Crossing or not: browsers take their own offer back by themselves.
    await this.setRemote(offer);
    this.prepareAnswer();
    const answer = await this.connection.createAnswer();
    await this.connection.setLocalDescription(answer);
    this.sendDescription('answer', answer);
  }

  private async handleAnswer(answer: SessionDescription): Promise<void> {
    if (this.connection.signalingState === 'have-local-offer') await this.setRemote(answer);
  }

  private async handleCandidate(candidate: Candidate): Promise<void> {
    if (this.connection.remoteDescription) await this.addCandidate(candidate);
    else if (this.candidates.length < MAX_QUEUED_CANDIDATES) this.candidates.push(candidate);
  }

  private async setRemote(description: SessionDescription): Promise<void> {
    const { RTCSessionDescription: Description } = this.context.webrtc;
    await this.connection.setRemoteDescription(Description ? new Description(description) : description);
    for (const candidate of this.candidates.splice(0)) await this.addCandidate(candidate);
  }

  /** One useless candidate is not the end of a connection. */
  private async addCandidate(candidate: Candidate): Promise<void> {
    const { RTCIceCandidate: Ice } = this.context.webrtc;
    await this.connection.addIceCandidate(Ice ? new Ice(candidate) : candidate).catch((thrown: unknown) => {
      console.warn('A candidate was not taken:', toError(thrown).message);
    });
  }

  /** The sections are the offer's; this device sends with them, now or when it has something to send. */
  private prepareAnswer(): void {
    const stream = this.context.localStream();
    for (const transceiver of this.connection.getTransceivers()) {
      if (transceiver.currentDirection === 'stopped') continue;
      transceiver.direction = 'sendrecv';
      if (stream) transceiver.sender.setStreams?.(stream);
    }
    this.updateTracks();
  }

  private async sendOffer(iceRestart: boolean): Promise<void> {
    const offer = await this.connection.createOffer({ iceRestart });
    await this.connection.setLocalDescription(offer);
    this.sendDescription('offer', offer);
  }

  private sendDescription(type: SessionDescription['type'], { sdp }: RTCSessionDescriptionInit): void {
    this.send({ type: 'SEND_DESCRIPTION', peer: this.user, payload: { type, sdp } });
  }

  private sendCandidate(ice: RTCIceCandidate | null): void {
    if (!ice?.candidate) return;
    const payload: Candidate = { candidate: ice.candidate, sdpMid: ice.sdpMid ?? '', sdpMLineIndex: ice.sdpMLineIndex ?? 0 };
    // In line, so that it leaves after its description.
    this.enqueue(async () => this.send({ type: 'ADD_CANDIDATE', peer: { id: this.user.id }, payload }));
  }

  private send(body: object): void {
    if (this.isClosed) return;
    this.context.signal(body).catch((thrown: unknown) => {
      // What could not be said leaves the pair unconnected, which restarts it.
      if (!this.isClosed) console.warn('A signal was not taken:', toError(thrown).message);
    });
  }

  private handleState(state: ConnectionState): void {
    if (this.isClosed) return;
    this.state = state;
    clearTimeout(this.timer);
    if (state === 'connected') {
      this.restarts = 0;
      this.isRestartDue = false;
      this.showTracks();
    } else if (state === 'disconnected' || state === 'failed') {
      const isNow = state === 'failed' && this.role === 'offerer';
      this.timer = setTimeout(() => this.restart(), isNow ? 0 : PATIENCE[this.role]);
    }
    this.listener.onState(state);
  }

  private restart(): void {
    clearTimeout(this.timer);
    this.isRestartDue = !this.context.isOnline();
    if (this.isRestartDue || this.restarts >= PEER_RESTART_ATTEMPTS) return;
    this.restarts += 1;
    this.enqueue(async () => {
      if (this.connection.signalingState === 'stable' && this.state !== 'connected') await this.sendOffer(true);
    });
    this.timer = setTimeout(() => this.restart(), 2 * PATIENCE[this.role]);
  }

  private showTracks(): void {
    if (this.state !== 'connected' || this.isClosed) return;
    const receiving = this.connection.getTransceivers().filter(({ currentDirection: direction }) => {
      return direction === 'sendrecv' || direction === 'recvonly';
    });
    const tracks = receiving.map(({ receiver }) => receiver.track);
    if (tracks.length > 0) this.listener.onTracks(tracks);
  }

  private enqueue(step: () => Promise<void>): void {
    this.work = this.work.then(() => (this.isClosed ? undefined : step())).catch((thrown: unknown) => {
      if (this.isClosed) return;
      console.error('A connection could not be negotiated:', toError(thrown));
      this.handleState('failed');
    });
  }
}

function kindOf({ receiver, sender }: RTCRtpTransceiver): string | undefined {
  return receiver.track?.kind ?? sender.track?.kind;
}
