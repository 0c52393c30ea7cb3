// STOMP 1.2 frames, read strictly: what the server sends must be right, not merely understood.
const NUL = '\u0000';
const NOT_ESCAPED = new Set(['CONNECT', 'CONNECTED']);

// `text` is one WebSocket message. Heart-beats are `null`.
export function parse(text) {
  if (text === '\n') return null;
  const end = text.indexOf('\n\n');
  if (end < 0) throw new Error(`no end of headers in ${JSON.stringify(text)}`);
  const [command, ...lines] = text.slice(0, end).split('\n');
  const unescape = NOT_ESCAPED.has(command) ? (value) => value : unescaped;
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 0) throw new Error(`a header without colon: ${JSON.stringify(line)}`);
    const name = unescape(line.slice(0, colon));
    if (!(name in headers)) headers[name] = unescape(line.slice(colon + 1));
  }
  const rest = text.slice(end + 2);
  const nul = rest.indexOf(NUL);
  if (nul !== rest.length - 1) throw new Error('a message must end with its only NUL');
  return { command, headers, body: rest.slice(0, nul) };
}

function unescaped(value) {
  const characters = { '\\\\': '\\', '\\n': '\n', '\\r': '\r', '\\c': ':' };
  return value.replace(/\\./g, (escape) => {
    if (!(escape in characters)) throw new Error(`an unknown escape ${escape}`);
    return characters[escape];
  });
}
