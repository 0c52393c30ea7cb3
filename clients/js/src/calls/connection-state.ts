/** One word for how a peer connection is doing, in browsers and React Native of every age. */

export type ConnectionState = 'connecting' | 'connected' | 'disconnected' | 'failed';

/** Calls `changed` whenever the state is another one, until the connection is closed. */
export function watchConnection(connection: RTCPeerConnection, changed: (state: ConnectionState) => void): void {
  let last: ConnectionState = 'connecting';
  const look = (): void => {
    const state = stateOf(connection);
    if (!state || state === last) return;
    last = state;
    changed(state);
  };
  connection.addEventListener('connectionstatechange', look);
  connection.addEventListener('iceconnectionstatechange', look);
}

function stateOf({ connectionState, iceConnectionState }: RTCPeerConnection): ConnectionState | null {
  switch (connectionState ?? iceConnectionState) {
    case 'connected':
    case 'completed' as RTCPeerConnectionState:
      return 'connected';
    case 'disconnected':
      return 'disconnected';
    case 'failed':
      return 'failed';
    case 'closed':
      return null;
    default:
      return 'connecting';
  }
}
