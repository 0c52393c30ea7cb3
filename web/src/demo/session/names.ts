/** Names for people who do not want to think of one. Pure. */
import { catNames } from './cat-names';

/** Longest name the page takes. */
export const MAX_NAME_LENGTH = 32;

/** One blank between words, none around. */
export function tidyName(typed: string): string {
  return typed.trim().replaceAll(/\s+/g, ' ');
}

/** A name nobody in `taken` has; `random` is in [0, 1). */
export function suggestName(taken: ReadonlySet<string>, random: number): string {
  const start = Math.floor(random * catNames.length);
  for (let step = 0; step < catNames.length; step += 1) {
    const name = catNames[(start + step) % catNames.length] as string;
    if (!taken.has(name)) return name;
  }
  return `${catNames[start] as string} ${taken.size + 1}`;
}

/** The name to put into the field: the remembered one, unless another tab of this browser uses it now. */
export function initialName(remembered: string | null, taken: ReadonlySet<string>, random: number): string {
  return remembered && !taken.has(remembered) ? remembered : suggestName(taken, random);
}
