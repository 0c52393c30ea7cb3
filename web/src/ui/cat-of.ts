/** Which cat belongs to a name. Pure: everybody sees the same cat for the same person. */

export interface Cat {
  background: string;
  fur: string;
  accent: string;
  /** Eyes, mouth, whiskers. */
  line: string;
  nose: string;
  marking: (typeof MARKINGS)[number];
  eyes: (typeof EYES)[number];
}

type Coat = Pick<Cat, 'fur' | 'accent' | 'line' | 'nose'>;

const BACKGROUNDS = ['#ffdfb8', '#cfe6dc', '#d5e1f5', '#f6d3cf', '#e3d8f2', '#d3ebf0', '#f4e4b3', '#dfe5cc'] as const;
const COATS: readonly Coat[] = [
  { fur: '#f0a35a', accent: '#d47c33', line: '#40260f', nose: '#b4532f' },
  { fur: '#a9b0bb', accent: '#7c8594', line: '#262b34', nose: '#e79a9a' },
  { fur: '#4b4853', accent: '#35323b', line: '#f3efe6', nose: '#d98d8d' },
  { fur: '#fbf6ee', accent: '#e3c9a6', line: '#3a322b', nose: '#e69a92' },
  { fur: '#a87c5e', accent: '#83593e', line: '#2b1a10', nose: '#5c382a' },
  { fur: '#8da4bd', accent: '#67809c', line: '#1e2b3a', nose: '#f0b3ad' },
  { fur: '#f5d3a8', accent: '#c98d54', line: '#4a2f18', nose: '#c96d5c' },
];
const MARKINGS = ['stripes', 'patch', 'muzzle', 'plain'] as const;
const EYES = ['round', 'tall', 'happy'] as const;

export function catOf(name: string): Cat {
  const hash = hashOf(name);
  const pick = <T>(from: readonly T[], salt: number): T => {
    const index = Math.floor(hash / salt) % from.length;
    return from[index] as T;
  };
  return { background: pick(BACKGROUNDS, 1), ...pick(COATS, 11), marking: pick(MARKINGS, 131), eyes: pick(EYES, 1013) };
}

/** FNV-1a over UTF-16 units, then mixed: names that differ in one letter land far apart. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
