/** Small encodings that have to work in browsers, insecure pages and React Native alike. */

/** A random id: 128 bits, hexadecimal. `crypto.randomUUID` is missing on pages without TLS. */
export function randomId(): string {
  const bytes = new Uint8Array(16);
  const source = globalThis.crypto;
  if (source?.getRandomValues) source.getRandomValues(bytes);
  else bytes.forEach((_, index) => (bytes[index] = Math.floor(Math.random() * 256)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 of the UTF-8 bytes of a text. */
export function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let out = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const [a = 0, b = 0, c = 0] = bytes.slice(index, index + 3);
    const group = (a << 16) | (b << 8) | c;
    const digits = [18, 12, 6, 0].map((shift) => ALPHABET[(group >> shift) & 63]).join('');
    out += index + 1 >= bytes.length ? `${digits.slice(0, 2)}==` : index + 2 >= bytes.length ? `${digits.slice(0, 3)}=` : digits;
  }
  return out;
}
