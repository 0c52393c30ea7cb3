/** Who is online, kept up to date. */
import { useEffect, useState } from 'react';
import { succeeded, type ChatKitty, type User } from 'whisker-client';
import { sorted, withUser } from './people';

/** Nobody scrolls further; larger places have a search of their own. */
const MOST_PEOPLE = 300;

/** Null until the first answer. */
export function usePeople(kitty: ChatKitty): readonly User[] | null {
  const [people, setPeople] = useState<readonly User[] | null>(null);
  useEffect(() => {
    let isOver = false;
    // News that came while the list was asked for wins over the list.
    let news: User[] = [];
    const hear = (user: User): void => {
      news.push(user);
      setPeople((known) => known && withUser(known, user));
    };
    const ask = async (): Promise<void> => {
      news = [];
      const list = await onlineUsers(kitty);
      if (!isOver && list) setPeople(news.reduce(withUser, sorted(list)));
    };
    const stops = [
      kitty.onUserPresenceChanged(hear),
      kitty.onUserUpdated(hear),
      kitty.onCurrentUserOnline(() => void ask()),
    ];
    void ask();
    return () => {
      isOver = true;
      stops.forEach((stop) => stop());
    };
  }, [kitty]);
  return people;
}

async function onlineUsers(kitty: ChatKitty): Promise<readonly User[] | null> {
  const result = await kitty.getUsers({ filter: { online: true } });
  if (!succeeded(result)) return null;
  const users = [...result.paginator.items];
  let page = result.paginator;
  try {
    while (page.hasNextPage && users.length < MOST_PEOPLE) {
      page = await page.nextPage();
      users.push(...page.items);
    }
  } catch {
    // The connection went away between two pages; it is asked again when it is back.
  }
  return users;
}
