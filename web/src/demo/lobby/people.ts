/** The list of people who are online. Pure. */
import type { User } from 'whisker-client';

/** Applies news about one user: comes, goes, changes. */
export function withUser(people: readonly User[], user: User): readonly User[] {
  const others = people.filter((person) => person.id !== user.id);
  return user.presence.online ? sorted([...others, user]) : others;
}

export function sorted(people: readonly User[]): readonly User[] {
  return [...people].sort((a, b) => a.displayName.localeCompare(b.displayName) || a.id - b.id);
}

/** `Ann`, `Ann and Bob`, `Ann, Bob and Cem`, `Ann, Bob and 3 others`. */
export function listNames(names: readonly string[]): string {
  const [first = 'Nobody', second, third] = names;
  if (second === undefined) return first;
  if (third === undefined) return `${first} and ${second}`;
  if (names.length === 3) return `${first}, ${second} and ${third}`;
  return `${first}, ${second} and ${names.length - 2} others`;
}
