/**
 * Media between the devices (protocol 7.4 to 7.7): one connection per other user, made when the server pairs them.
 *
 * The server says who offers; descriptions and candidates travel through it, each with the `peer` of the other side.
 */
import { toError } from '../errors.js';
import type { CallSignal, User } from '../model.js';
import type { ConnectionState } from './connection-state.js';
import type { MediaContext, MediaPlane } from './media-plane.js';
import { MeshPeer } from './mesh-peer.js';
import type { MediaState } from './types.js';

interface Paired {
  peer: MeshPeer;
  state: ConnectionState;
  wasConnected: boolean;
}

export class MeshMedia implements MediaPlane {
  private readonly peers = new Map<number, Paired>();

  constructor(private readonly context: MediaContext) {}

  start(): void {
    this.context.stateChanged('connecting');
  }

  handleSignal(signal: CallSignal): void {
    const { type, peer } = signal;
    if (!peer) return;
    switch (type) {
      case 'CREATE_OFFER':
        this.pair(peer, 'offerer');
        return;
      case 'ANSWER_OFFER':
        this.pair(peer, 'answerer');
        return;
      case 'DISCONNECT_PEER':
        this.unpair(peer.id);
        return;
      default:
        this.peers.get(peer.id)?.peer.handleSignal(signal);
    }
  }

  handleMedia(): void {
    // The server carries no media here.
  }

  handleAccepted(): void {
    // Pairing follows with a signal of its own.
  }

  handleLeft(user: User): void {
    this.unpair(user.id);
  }

  updateTracks(): void {
    for (const { peer } of this.peers.values()) peer.updateTracks();
  }

  handleOnline(): void {
    for (const { peer } of this.peers.values()) peer.handleOnline();
  }

  restart(): void {
    // The server pairs anew.
    for (const id of [...this.peers.keys()]) this.unpair(id);
  }

  close(): void {
    for (const { peer } of this.peers.values()) peer.close();
    this.peers.clear();
  }

  private pair(user: User, role: 'offerer' | 'answerer'): void {
    const known = this.peers.get(user.id);
    // Repeated after a reconnect; a broken one is worth another attempt.
    if (known && known.state !== 'failed') return;
    this.unpair(user.id);
    try {
      const peer: MeshPeer = new MeshPeer(user, role, this.context, {
        onState: (state) => this.handleState(user.id, peer, state),
        onTracks: (tracks) => this.context.remote.show(keyOf(user.id), user, 'camera', tracks),
      });
      this.peers.set(user.id, { peer, state: 'connecting', wasConnected: false });
      peer.start();
    } catch (thrown) {
      // This pair has no media; others may.
      console.error('A connection could not be made:', toError(thrown));
    }
    this.report();
  }

  private unpair(id: number): void {
    const known = this.peers.get(id);
    if (!known) return;
    this.peers.delete(id);
    known.peer.close();
    this.context.remote.hide(keyOf(id));
    this.report();
  }

  private handleState(id: number, peer: MeshPeer, state: ConnectionState): void {
    const known = this.peers.get(id);
    if (known?.peer !== peer) return;
    known.state = state;
    known.wasConnected ||= state === 'connected';
    this.report();
  }

  /** The worst of all pairs; without any, somebody is awaited. */
  private report(): void {
    const pairs = [...this.peers.values()];
    this.context.stateChanged(stateOf(pairs));
  }
}

function stateOf(pairs: Paired[]): MediaState {
  if (pairs.some(({ state, wasConnected }) => wasConnected && state !== 'connected')) return 'reconnecting';
  return pairs.some(({ state }) => state === 'connected') ? 'connected' : 'connecting';
}

function keyOf(id: number): string {
  return `${id}/camera`;
}
