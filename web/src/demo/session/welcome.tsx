/** The first screen: who are you? */
import { Button, TextInput } from '@mantine/core';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { CatPicture } from '../../ui/cat';
import { Logo } from '../../ui/logo';
import { ThemeSwitch } from '../../ui/theme-switch';
import { rememberedName } from './memory';
import { initialName, MAX_NAME_LENGTH, tidyName } from './names';
import { namesInOtherTabs } from './tabs';
import { WelcomeArt } from './welcome-art';
import classes from './welcome.module.css';

export interface WelcomeProps {
  isJoining: boolean;
  /** Why the last attempt failed, or why the session ended. */
  error: string | null;
  onJoin(name: string): void;
}

export function Welcome({ isJoining, error, onJoin }: WelcomeProps) {
  const field = useRef<HTMLInputElement>(null);
  const [typed, setName] = useState<string | null>(null);
  const isKnown = typed !== null;
  const name = typed ?? '';
  useSuggestion(setName);
  // The first key replaces the suggestion.
  useEffect(() => {
    if (isKnown && document.activeElement === field.current) field.current?.select();
  }, [isKnown]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (tidyName(name)) onJoin(tidyName(name));
  };
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <Logo />
        <ThemeSwitch />
      </header>
      <main className={classes.main}>
        <section className={classes.words}>
          <h1 className={classes.title}>Ring somebody, right&nbsp;here.</h1>
          <p className={classes.lead}>
            Video calls in your browser, through your own server. Pick a name and call anybody who has this page open.
          </p>
          <form className={classes.form} onSubmit={submit}>
            <div className={classes.field}>
              <CatPicture name={tidyName(name) || '?'} size={46} />
              <TextInput
                data-testid="name-input" aria-label="Your name" placeholder="Your name" size="lg"
                ref={field} readOnly={!isKnown} value={name} onChange={(event) => setName(event.currentTarget.value)}
                maxLength={MAX_NAME_LENGTH} autoComplete="nickname" autoCapitalize="words" spellCheck={false}
                enterKeyHint="go" aria-invalid={error !== null} className={classes.input}
                autoFocus onFocus={(event) => event.currentTarget.select()}
              />
            </div>
            <Button data-testid="join-button" type="submit" size="lg" loading={isJoining} disabled={!tidyName(name)}>
              Join
            </Button>
            {error && <p className={classes.error} role="alert">{error}</p>}
          </form>
          <p className={classes.small}>
            No account, nothing to install.
            <br />
            Two devices with the same name ring together.
          </p>
        </section>
        <WelcomeArt />
      </main>
    </div>
  );
}

/**
 * Fills in a name, once. The field takes nothing before: what is typed while the suggestion is on its way would be mixed
 * up with it.
 */
function useSuggestion(setName: (name: string) => void): void {
  useEffect(() => {
    let isCancelled = false;
    void namesInOtherTabs().then((taken) => {
      if (!isCancelled) setName(initialName(rememberedName(), taken, Math.random()));
    });
    return () => {
      isCancelled = true;
    };
  }, [setName]);
}
