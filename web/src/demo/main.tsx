/** Mounts the demo. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Page } from '../ui/page';
import { App } from './app';

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Page>
        <App />
      </Page>
    </StrictMode>,
  );
}
