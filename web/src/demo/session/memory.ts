/**
 * What this browser remembers: the last name, and which tab is who.
 *
 * The name is kept for the next visit; what the tab is called survives a reload only. A browser that refuses storage
 * remembers nothing, and everything still works.
 */
const LAST_NAME = 'whisker.name';
const TAB_NAME = 'whisker.tab';

export const rememberedName = (): string | null => read(() => localStorage.getItem(LAST_NAME));
export const rememberName = (name: string): void => write(() => localStorage.setItem(LAST_NAME, name));

export const tabName = (): string | null => read(() => sessionStorage.getItem(TAB_NAME));
export const keepTabName = (name: string): void => write(() => sessionStorage.setItem(TAB_NAME, name));
export const forgetTabName = (): void => write(() => sessionStorage.removeItem(TAB_NAME));

function read(from: () => string | null): string | null {
  try {
    return from();
  } catch {
    return null;
  }
}

function write(to: () => void): void {
  try {
    to();
  } catch {
    // Storage is off or full.
  }
}
