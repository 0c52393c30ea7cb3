// Stands in for the native module that the oldest SDK imports: connections that make descriptions and tell what they
// were given, without any media. `connections` lists all of them, oldest first.
class RTCPeerConnection {
  constructor(configuration) {
    this.configuration = configuration;
    this.streams = [];
    this.candidates = [];
    this.localDescription = null;
    this.remoteDescription = null;
    this.connectionState = 'new';
    RTCPeerConnection.connections.push(this);
    this.number = RTCPeerConnection.connections.length;
  }

  addStream(stream) {
    this.streams.push(stream);
  }

  async createOffer() {
    return { type: 'offer', sdp: `v=0 offer of connection ${this.number}` };
  }

  async createAnswer() {
    return { type: 'answer', sdp: `v=0 answer of connection ${this.number}` };
  }

  // Gathering starts inside, as on the device: a candidate is out before the description is sent.
  async setLocalDescription(description) {
    this.localDescription = description;
    const candidate = `candidate:${this.number} 1 udp 1 192.0.2.1 ${this.number} typ host`;
    this.onicecandidate?.({ candidate: { candidate, sdpMid: 'audio', sdpMLineIndex: 0 } });
    this.onicecandidate?.({ candidate: null });
  }

  async setRemoteDescription(description) {
    this.remoteDescription = description;
    this.onaddstream?.({ stream: { of: description.sdp } });
  }

  async addIceCandidate(candidate) {
    if (!this.remoteDescription) throw new Error('a candidate came before the remote description');
    this.candidates.push(candidate);
  }

  close() {
    this.connectionState = 'closed';
  }
}
RTCPeerConnection.connections = [];

module.exports = { RTCPeerConnection };
