// The page that the newer packages can frame. It is an application of its own, not part of them: what counts here is
// which page is framed, and for whom. A process of its own, since it needs some of a document.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { SDKS } from './support/sdks.mjs';
import { until } from './support/until.mjs';

// What the packages import looks at the document when it is loaded: before there is one here.
for (const sdk of SDKS.filter(({ connect }) => connect)) await sdk.package();

const element = () => ({
  style: {},
  children: [],
  hasChildNodes: () => false,
  addEventListener: () => {},
  appendChild(child) {
    this.children.push(child);
  },
  removeChild: () => {},
});

serve();

area('chat page', { connects: true, only: ['K25', 'C2'] }, ({ sdk, method }) => {
  method('loadChatUi', 'frames the page of this origin', async (world) => {
    const { api } = await world.connection('jane');
    const { loadChatUi } = await sdk.package();
    const container = element();
    globalThis.document = { getElementById: (id) => (id === 'chat-ui' ? container : null), createElement: element, head: element() };
    globalThis.window = { addEventListener: () => {}, removeEventListener: () => {} };
    const origin = `http://${world.host}`;
    const loading = loadChatUi({ widgetId: 'w1' }, { connection: api, $environment: { origin, mode: 'live', environment: 'production' } });
    Promise.resolve(loading).catch(() => {}); // nobody answers from within the frame
    const frame = await until('there is a frame', () => container.children[0]);
    assert.equal(frame.src, `${origin}/chat?widget_id=w1&mode=live&environment=production`);
  });
});
