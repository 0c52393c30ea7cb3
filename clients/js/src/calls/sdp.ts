/** The little that is read from, or written into, session descriptions. */

/** Version of a description: the server counts its answers to one connection (RFC 8866, section 5.2). */
export function versionOf(sdp: string): number | null {
  const [, version] = /^o=\S+ \S+ (\d+) /m.exec(sdp) ?? [];
  return version === undefined ? null : Number(version);
}

/** Lets the encoder fall silent with its speaker: a muted microphone costs next to nothing (RFC 7587, section 6.1). */
export function withSilence(sdp: string): string {
  const opus = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) opus\//gim)].map(([, payloadType]) => payloadType ?? ''));
  let text = sdp;
  for (const payloadType of opus) {
    const parameters = new RegExp(`^(a=fmtp:${payloadType} (?!.*usedtx=)[^\\r\\n]+)`, 'gm');
    text = text.replace(parameters, '$1;usedtx=1');
  }
  return text;
}
