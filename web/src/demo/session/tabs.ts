/** Tabs of this browser tell each other which names they use, so that a second tab suggests another one. */

const CHANNEL = 'whisker.tabs';
/** Other tabs answer within a frame or two; one that is slower is not worth waiting for. */
const ANSWER_MS = 150;

type Note = { type: 'who' } | { type: 'here'; name: string };

/** Names that other tabs are using now. */
export function namesInOtherTabs(): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const channel = open();
  if (!channel) return Promise.resolve(names);
  channel.onmessage = ({ data }: MessageEvent<Note>) => {
    if (data.type === 'here') names.add(data.name);
  };
  channel.postMessage({ type: 'who' } satisfies Note);
  return new Promise((resolve) => {
    setTimeout(() => {
      channel.close();
      resolve(names);
    }, ANSWER_MS);
  });
}

/** Answers other tabs that this one is `name`, until the returned function is called. */
export function claimName(name: string): () => void {
  const channel = open();
  if (!channel) return () => {};
  channel.onmessage = ({ data }: MessageEvent<Note>) => {
    if (data.type === 'who') channel.postMessage({ type: 'here', name } satisfies Note);
  };
  return () => channel.close();
}

function open(): BroadcastChannel | null {
  return typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL);
}
