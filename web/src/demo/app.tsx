/** The demo: a name first, then everything else. */
import { Loader } from '@mantine/core';
import { Logo } from '../ui/logo';
import classes from './app.module.css';
import { Joined } from './joined';
import { useSession } from './session/use-session';
import { Welcome } from './session/welcome';

export function App() {
  const { session, progress, error, join, leave } = useSession();
  if (session) return <Joined session={session} onSignOut={leave} />;
  if (progress === 'returning') {
    return (
      <div className={classes.returning} role="status" aria-label="Joining again">
        <Logo size={40} />
        <Loader color="gray" size="sm" type="dots" />
      </div>
    );
  }
  return <Welcome isJoining={progress === 'joining'} error={error} onJoin={(name) => void join(name)} />;
}
