/** Short messages that come and go by themselves. */
import { useCallback, useEffect, useRef, useState } from 'react';

export interface Notice {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
}

/** More at once would cover the page. */
const MOST = 3;
const SHOWN_MS = 6_000;
/** Longer texts take longer to read. */
const MS_PER_CHARACTER = 45;

export interface Notices {
  list: readonly Notice[];
  tell(text: string, tone?: Notice['tone']): void;
  dismiss(id: number): void;
}

export function useNotices(): Notices {
  const [list, setList] = useState<readonly Notice[]>([]);
  const next = useRef(0);
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>());
  useEffect(() => {
    const pending = timers.current;
    return () => pending.forEach(clearTimeout);
  }, []);
  const dismiss = useCallback((id: number) => setList((shown) => shown.filter((notice) => notice.id !== id)), []);
  const tell = useCallback((text: string, tone: Notice['tone'] = 'plain') => {
    const id = (next.current += 1);
    setList((shown) => [...shown.filter((notice) => notice.text !== text), { id, text, tone }].slice(-MOST));
    timers.current.add(setTimeout(() => dismiss(id), SHOWN_MS + text.length * MS_PER_CHARACTER));
  }, [dismiss]);
  return { list, tell, dismiss };
}
