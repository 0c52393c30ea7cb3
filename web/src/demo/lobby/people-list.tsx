/** Who is online: ring one, or select several and ring them together. */
import { Skeleton } from '@mantine/core';
import { useState } from 'react';
import type { User } from 'whisker-client';
import { NobodyHere } from './nobody-here';
import { PersonRow } from './person-row';
import { SelectionBar } from './selection-bar';
import classes from './lobby.module.css';

export interface PeopleListProps {
  myName: string;
  people: readonly User[] | null;
  onCall(people: readonly User[]): void;
}

export function PeopleList({ myName, people, onCall }: PeopleListProps) {
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  // Whoever has gone offline is no longer selected.
  const chosen = (people ?? []).filter((person) => selected.has(person.id));
  const toggle = (user: User): void => {
    const ids = new Set(chosen.map((person) => person.id));
    if (!ids.delete(user.id)) ids.add(user.id);
    setSelected(ids);
  };
  return (
    <section className={classes.card} aria-labelledby="people-title">
      <h2 className={classes.cardTitle} id="people-title">
        Online
        {people && people.length > 0 && <span className={classes.count}>{people.length}</span>}
      </h2>
      {people === null && <Waiting />}
      {people?.length === 0 && <NobodyHere myName={myName} />}
      {people && people.length > 0 && (
        <ul className={classes.list} aria-label="People who are online">
          {people.map((person) => (
            <PersonRow
              key={person.id} user={person} isSelected={selected.has(person.id)} canSelect={people.length > 1}
              onSelect={() => toggle(person)} onCall={() => onCall([person])}
            />
          ))}
        </ul>
      )}
      {chosen.length > 0 && (
        <SelectionBar people={chosen} onClear={() => setSelected(new Set())} onCall={() => onCall(chosen)} />
      )}
    </section>
  );
}

function Waiting() {
  return (
    <div className={classes.waiting} aria-label="Looking who is online" role="status">
      {[1, 2, 3].map((row) => (
        <Skeleton key={row} height={44} radius="md" />
      ))}
    </div>
  );
}
