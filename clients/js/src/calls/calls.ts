/**
 * `kitty.Calls`: capture, ring, answer, talk, hang up, look back.
 *
 * ```text
 *   startCall / acceptCall ─▶ joining ─▶ active ─▶ leaveCall, or `onCallEnded`
 *   onCallInvite ─▶ ringing ─▶ acceptCall, rejectCall, or `onCallInviteCancelled`
 * ```
 *
 * Invariant: at most one call is joined or active on this device.
 */
import { ChatKittyError, ErrorName, toError } from '../errors.js';
import type { Observer, Unsubscribe } from '../emitter.js';
import { MAX_RINGING } from '../limits.js';
import type { Call, Channel, CurrentUser, User, UserMediaSettings, UserReference } from '../model.js';
import { findWebRtc, type ChatKittyConfiguration, type WebRtc } from '../options.js';
import { ChatKittyPaginator } from '../paginator.js';
import { resultOf } from '../results.js';
import type { StompX } from '../stomp/stompx.js';
import { CallObservers } from './call-observers.js';
import { CallSession } from './call-session.js';
import { LocalMedia } from './local-media.js';
import { makePlane } from './make-plane.js';
import { RemoteStreams } from './remote-streams.js';
import type * as Types from './types.js';

/**
 * What calls need of the client they belong to.
 *
 * @internal
 */
export interface CallsHost {
  readonly configuration: ChatKittyConfiguration;
  /** Throws without a session. */
  stompx(): StompX;
  /** Throws without a session. */
  user(): CurrentUser;
  isOnline(): boolean;
  makeDirectChannel(members: UserReference[]): Promise<Channel>;
  on<Resource>(type: string, observer: Observer<[Resource]>): Unsubscribe;
  onOnline(observer: Observer<[]>): Unsubscribe;
  onSessionEnded(observer: Observer<[]>): Unsubscribe;
}

/** A call that is being started, until it is joined. */
interface Attempt {
  isCancelled: boolean;
}

export class Calls extends CallObservers {
  private readonly local: LocalMedia;
  private readonly remote: RemoteStreams;
  private readonly ringing = new Map<number, Call>();
  private session: CallSession | null = null;
  private attempt: Attempt | null = null;
  /** What the server was told about microphone and camera. */
  private reported: { audio?: boolean; video?: boolean } = {};
  private media: Types.MediaState | null = null;

  /** @internal */
  constructor(private readonly host: CallsHost) {
    super();
    this.local = new LocalMedia(() => this.webrtc(), {
      onTracks: () => this.handleTracks(),
      onStream: (stream) => this.events.localStream.emit(stream),
      onScreen: (isSharing) => this.events.screenSharing.emit(isSharing),
    });
    this.remote = new RemoteStreams(() => new (this.webrtc().MediaStream)(), this.events);
    this.watch();
  }

  /** Microphone and camera of this device; null before `initialize`. */
  get localStream(): MediaStream | null {
    return this.local.stream;
  }

  /** The shared screen of this device. */
  get localScreenStream(): MediaStream | null {
    return this.local.screen;
  }

  /** The call this device is in. */
  get activeCall(): Call | null {
    return this.session?.isJoined ? this.session.call : null;
  }

  /** Same as `activeCall`. */
  get currentCall(): Call | null {
    return this.activeCall;
  }

  /** True while no sound leaves this device. */
  get isMuted(): boolean {
    return this.local.isMuted;
  }

  get isCameraOn(): boolean {
    return this.local.isCameraOn;
  }

  get isScreenSharing(): boolean {
    return this.local.screen !== null;
  }

  /** How the media of the active call is doing; null without a call. */
  get mediaState(): Types.MediaState | null {
    return this.media;
  }

  /** Every stream of the other participants that is shown now. */
  get remoteStreams(): Types.RemoteStream[] {
    return this.remote.all;
  }

  /**
   * Opens microphone and camera. During a call the new tracks take the place of the old ones. Rejects with a
   * `MediaUnavailableError` when there are none, or the user says no.
   */
  initialize({ media }: Types.InitializeCallsRequest): Promise<void> {
    return this.local.initialize(media);
  }

  /** Starts a call and joins it; rings at the other members of the channel. */
  startCall(request: Types.StartCallRequest): Promise<Types.StartCallResult> {
    return resultOf(async () => {
      this.mustBeFree();
      this.webrtc();
      const attempt: Attempt = { isCancelled: false };
      this.attempt = attempt;
      try {
        return { call: await this.start(request, attempt) };
      } finally {
        if (this.attempt === attempt) this.attempt = null;
      }
    });
  }

  acceptCall({ call }: Types.AcceptCallRequest): Promise<Types.AcceptCallResult> {
    return resultOf(async () => {
      if (this.session?.call.id === call.id) return { call: await this.session.join() };
      this.mustBeFree();
      this.ringing.delete(call.id);
      return { call: await this.join(call) };
    });
  }

  rejectCall({ call, reason }: Types.RejectCallRequest): Promise<Types.RejectCallResult> {
    return resultOf(async () => {
      const decline = call._actions.decline ?? call._actions.reject;
      if (!decline) throw new ChatKittyError(ErrorName.CallEnded, 'this call cannot be declined any more');
      this.ringing.delete(call.id);
      return { call: await this.host.stompx().request<Call>(decline, { reason }) };
    });
  }

  /** Same as `rejectCall`. */
  declineCall(request: Types.RejectCallRequest): Promise<Types.RejectCallResult> {
    return this.rejectCall(request);
  }

  /** Leaves the call, also one that is being joined. Microphone and camera stay open for the next one. */
  leaveCall(): void {
    if (this.attempt) this.attempt.isCancelled = true;
    this.session?.leave();
  }

  /** The camera on the other side of the phone, or the next one of the computer. */
  switchCamera(): Promise<Types.SwitchCameraResult> {
    return resultOf(async () => ({ stream: await this.local.switchCamera() }));
  }

  toggleMute(): void {
    this.local.toggleMute();
  }

  toggleCamera(): void {
    this.local.toggleCamera();
  }

  /**
   * Shares a screen, window or tab the user chooses. In calls between devices (`p2p`) it takes the camera's place, in
   * others it is a stream of its own: see `onParticipantScreenShared`.
   */
  startScreenShare({ audio = true }: Types.StartScreenShareRequest = {}): Promise<Types.StartScreenShareResult> {
    return resultOf(async () => {
      this.mustBeInCall();
      return { stream: await this.local.startScreenShare(audio) };
    });
  }

  stopScreenShare(): void {
    this.local.stopScreenShare();
  }

  getCall(id: number): Promise<Types.GetCallResult> {
    return resultOf(async () => ({ call: await this.host.stompx().relay<Call>(`/application/v1/calls/${id}.relay`) }));
  }

  getCalls({ channel, filter }: Types.GetCallsRequest): Promise<Types.GetCallsResult> {
    return resultOf(async () => {
      const parameters = { active: filter?.active || undefined };
      return { paginator: await ChatKittyPaginator.at<Call>(this.host.stompx(), channel._relays.calls, 'calls', parameters) };
    });
  }

  /** Who is in the active call. */
  getCurrentCallParticipants(): Promise<Types.GetCallParticipantsResult> {
    return resultOf(async () => {
      const { participants } = this.mustBeInCall()._relays;
      return { paginator: await ChatKittyPaginator.at<User>(this.host.stompx(), participants, 'users') };
    });
  }

  /** Whether somebody's microphone and camera are on. */
  getUserMediaSettings({ user }: { user: { id: number } }): Promise<Types.GetUserMediaSettingsResult> {
    return resultOf(async () => {
      const destination = `/application/v1/users/${user.id}.media_settings.relay`;
      return { settings: await this.host.stompx().relay<UserMediaSettings>(destination) };
    });
  }

  /** Leaves the call and releases microphone, camera and screen. */
  close(): void {
    this.leaveCall();
    this.local.close();
  }

  private watch(): void {
    const { host } = this;
    host.on<Call>('user.call.invited', (call) => this.ring(call));
    host.on<Call>('user.call.active', (call) => {
      if (this.session?.call.id === call.id) this.session.call = call;
      this.events.active.emit(call);
    });
    host.on<Call>('user.call.accepted', (call) => this.stopRinging(call, 'accepted'));
    host.on<Call>('user.call.declined', (call) => this.stopRinging(call, 'declined'));
    host.on<Call>('user.call.missed', (call) => this.stopRinging(call, 'missed'));
    host.on<Call>('user.call.ended', (call) => {
      this.stopRinging(call, 'ended');
      if (this.session?.call.id === call.id) this.session.end(call);
    });
    host.onOnline(() => this.session?.handleOnline());
    host.onSessionEnded(() => {
      this.close();
      this.ringing.clear();
      this.reported = {};
    });
  }

  private ring(call: Call): void {
    if (this.session?.call.id === call.id || call.state === 'ENDED' || this.ringing.has(call.id)) return;
    this.ringing.set(call.id, call);
    const [oldest] = this.ringing.keys();
    if (this.ringing.size > MAX_RINGING && oldest !== undefined) this.ringing.delete(oldest);
    this.events.invited.emit(call);
  }

  private stopRinging(call: Call, reason: Types.InviteCancelReason): void {
    if (this.ringing.delete(call.id)) this.events.inviteCancelled.emit(call, reason);
  }

  private async start(request: Types.StartCallRequest, attempt: Attempt): Promise<Call> {
    const { type, properties, p2p } = request;
    const channel = 'channel' in request ? request.channel : await this.host.makeDirectChannel(request.members);
    if (attempt.isCancelled) throw new ChatKittyError(ErrorName.CallCancelled, 'the call was left');
    const call = await this.host.stompx().request<Call>(channel._actions.call, { type, properties, p2p }, ['user.call.created']);
    // Somebody there called at the same moment: both are in the same call now.
    this.stopRinging(call, 'accepted');
    const joined = this.join(call);
    // Left while the server was asked: it rings already, so it has to learn that the caller is gone.
    if (attempt.isCancelled) this.session?.leave();
    return joined;
  }

  private async join(call: Call): Promise<Call> {
    const stompx = this.host.stompx();
    const session = new CallSession(call, {
      stompx,
      userId: this.host.user().id,
      events: this.events,
      makePlane: () => makePlane(call, {
        webrtc: this.webrtc(),
        iceServers: this.host.configuration.iceServers ?? [],
        remote: this.remote,
        tracks: () => this.local.tracks,
        localStream: () => this.local.stream,
        signal: (body) => stompx.act(call._actions.signal, body),
        isOnline: () => this.host.isOnline(),
        stateChanged: (state) => this.setMediaState(state),
        failed: (error) => this.handleMediaFailure(session, error),
      }),
      onOver: () => this.handleOver(session),
    });
    this.session = session;
    this.reported = {};
    this.reportSettings();
    return session.join();
  }

  private handleOver(session: CallSession): void {
    if (this.session !== session) return;
    this.session = null;
    this.media = null;
    this.remote.clear();
    this.local.stopScreenShare();
  }

  private handleMediaFailure(session: CallSession, error: ChatKittyError): void {
    if (this.session !== session) return;
    this.setMediaState('failed', error);
    session.end(session.call, error);
  }

  private setMediaState(state: Types.MediaState, error?: ChatKittyError): void {
    if (this.media === state) return;
    this.media = state;
    this.events.mediaState.emit(state, error);
  }

  private handleTracks(): void {
    this.session?.updateTracks();
    this.reportSettings();
  }

  /** Tells the server what others are shown: is the microphone on, is the camera? */
  private reportSettings(): void {
    const next = { audio: !this.local.isMuted, video: this.local.isCameraOn };
    try {
      const stompx = this.host.stompx();
      const { updateMediaSettingsAudioEnabled, updateMediaSettingsVideoEnabled } = this.host.user()._actions;
      // What is refused stays as it was; the next change reports again.
      const report = (action: string, enabled: boolean): void => void stompx.act(action, { enabled }).catch(() => {});
      if (next.audio !== this.reported.audio) report(updateMediaSettingsAudioEnabled, next.audio);
      if (next.video !== this.reported.video) report(updateMediaSettingsVideoEnabled, next.video);
      this.reported = next;
    } catch (thrown) {
      // Devices may be opened before a session is; its first call reports.
      if (toError(thrown).error !== ErrorName.NoActiveSession) throw thrown;
    }
  }

  private mustBeFree(): void {
    if (this.session || this.attempt) throw new ChatKittyError(ErrorName.CallActive, 'leave the current call first');
  }

  private mustBeInCall(): Call {
    if (!this.activeCall) throw new ChatKittyError(ErrorName.NoActiveCall, 'there is no active call');
    return this.activeCall;
  }

  private webrtc(): WebRtc {
    return findWebRtc(this.host.configuration.webrtc);
  }
}
