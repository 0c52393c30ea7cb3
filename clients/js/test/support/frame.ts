/** STOMP frames as text, independent of the library under test. */

export interface Frame {
  command: string;
  headers: Record<string, string>;
  body: string;
}

const RAW = ['CONNECT', 'CONNECTED'];

export function parseFrame(text: string): Frame {
  const [head = '', ...rest] = text.replace(/^\n+/, '').split('\n\n');
  const [command = '', ...lines] = head.split('\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1)].map((part) => (RAW.includes(command) ? part : unescape(part)));
    headers[name!] ??= value!;
  }
  return { command, headers, body: rest.join('\n\n').replace(/\0[\n]*$/, '') };
}

export function formatFrame({ command, headers, body }: Frame): string {
  const lines = Object.entries(headers).map(([name, value]) => (RAW.includes(command) ? `${name}:${value}` : `${escape(name)}:${escape(value)}`));
  const length = body ? [`content-length:${Buffer.byteLength(body)}`] : [];
  return `${[command, ...lines, ...length].join('\n')}\n\n${body}\0`;
}

function escape(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/:/g, '\\c');
}

function unescape(text: string): string {
  const plain: Record<string, string> = { '\\\\': '\\', '\\n': '\n', '\\r': '\r', '\\c': ':' };
  return text.replace(/\\[\\nrc]/g, (pair) => plain[pair]!);
}
