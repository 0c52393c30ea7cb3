// Files: uploads with their grant, messages with files, pictures of users.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { failed, succeeded } from './support/client.mjs';
import { Recorder } from './support/recorder.mjs';
import { SDKS } from './support/sdks.mjs';
import { FetchedRequest } from './support/xhr.mjs';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const COMPLETED = 0;
const FAILED = 1;

// The newest packages upload from Node as it is; the others have an HTTP client that only can in browsers.
await SDKS.find(({ code }) => code === 'C2').package();
globalThis.XMLHttpRequest = FetchedRequest;

serve();

area('files', { feature: 'files' }, ({ sdk, method, rule }) => {
  const notes = (text = 'some notes') => new File([text], 'notes.txt', { type: 'text/plain' });
  const dataUri = { uri: `data:image/png;base64,${PNG}`, name: 'pixel.png', type: 'image/png', size: 70 };
  const listener = () => {
    const seen = { onStarted: new Recorder('started'), onProgress: new Recorder('progress'), onCompleted: new Recorder('completed') };
    return { seen, progressListener: Object.fromEntries(Object.entries(seen).map(([name, { record }]) => [name, record])) };
  };
  const upload = async (client, file, more) => succeeded(await client.sendMessage({ channel: client.channel, file, ...more })).message;
  const bare = (url) => url.replace(/\?grant=.*$/, '');

  method('sendMessage (upload)', 'stores the file and sends a message with it', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const there = await john.enter(john.channel);
    const { seen, progressListener } = listener();
    const message = await upload(jane, notes(), { groupTag: 'tag', properties: { a: 1 }, progressListener });
    assert.equal(message.type, 'FILE');
    assert.equal(message.user.id, jane.user.id);
    assert.equal(message.groupTag, 'tag');
    assert.deepEqual(message.properties, { a: 1 });
    const { url, ...rest } = message.file;
    assert.deepEqual(rest, { type: 'HOSTED', name: 'notes.txt', contentType: 'text/plain', size: 10 });
    assert.match(url, /^http.*\?grant=[A-Za-z0-9._~-]+$/);
    seen.onStarted.once();
    assert.deepEqual(await seen.onCompleted.next(), [COMPLETED]);
    const received = await there.onReceivedMessage.one(({ id }) => id === message.id);
    assert.equal(bare(received.file.url), bare(url));
    assert.match(received.file.url, /\?grant=/);
    assert.equal(await (await fetch(received.file.url)).text(), 'some notes');
  });

  method('sendMessage (upload)', 'is told what is wrong by the listener and the result', async (world) => {
    const [jane] = await world.together('PRIVATE');
    const stranger = await world.user('stranger');
    const { seen, progressListener } = listener();
    const result = await stranger.sendMessage({ channel: jane.channel, file: notes(), progressListener });
    assert.ok(result.failed);
    assert.match(result.error.message, /status code 40[34]/);
    assert.deepEqual(await seen.onCompleted.next(), [FAILED]);
    assert.deepEqual(succeeded(await jane.getMessages({ channel: jane.channel })).paginator.items, []);
    await upload(jane, notes());
  });

  rule('a file is found without its grant by who knows the address, and is not run', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const { file } = await upload(jane, new File(['<script>alert(1)</script>'], 'page.html', { type: 'text/html' }));
    const answer = await fetch(bare(file.url));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.match(answer.headers.get('content-disposition'), /^attachment/);
    assert.equal((await fetch(`${bare(file.url)}x`)).status, 404);
  });

  rule('replies and threads take files', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const message = await upload(jane, notes('first'));
    const reply = succeeded(await john.sendMessage({ message, file: notes('second') })).message;
    assert.ok(reply._relays.parent);
    assert.equal(await (await fetch(reply.file.url)).text(), 'second');
    if (sdk.code === 'A5') return; // it has no threads
    const { thread } = succeeded(await jane.createThread({ channel: jane.channel, name: 'Lunch' }));
    const aside = succeeded(await jane.sendMessage({ thread, file: notes('third') })).message;
    assert.equal(await (await fetch(aside.file.url)).text(), 'third');
    const { paginator } = succeeded(await jane.getMessages({ channel: jane.channel, filter: { mainThread: true } }));
    assert.deepEqual(paginator.items.map(({ id }) => id), [message.id]);
  });

  rule('a file may come as a data URI', { not: ['A5'] }, async (world) => {
    const [jane] = await world.together('PUBLIC');
    const { file } = await upload(jane, dataUri);
    assert.equal(file.name, 'pixel.png');
    assert.equal(file.contentType, 'image/png');
    const bytes = Buffer.from(await (await fetch(file.url)).arrayBuffer());
    assert.equal(bytes.toString('base64'), PNG);
  });

  rule('nothing is uploaded without a grant', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const stream = `http://${world.host}${jane.channel._streams.messages}`;
    const post = (headers) => {
      const body = new FormData();
      body.append('file', notes());
      return fetch(stream, { method: 'POST', headers, body });
    };
    for (const headers of [{}, { Grant: 'made-up' }, { Grant: '' }]) assert.ok([401, 403].includes((await post(headers)).status));
    assert.deepEqual(succeeded(await jane.getMessages({ channel: jane.channel })).paginator.items, []);
    await upload(jane, notes());
  });

  rule('browsers may upload from anywhere', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const answer = await fetch(`http://${world.host}${jane.channel._streams.messages}`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'grant' },
    });
    assert.ok(answer.ok);
    assert.match(answer.headers.get('access-control-allow-headers'), /grant/i);
    assert.match(answer.headers.get('access-control-allow-methods'), /POST/);
    assert.ok(['*', 'https://app.example'].includes(answer.headers.get('access-control-allow-origin')));
  });

  method('sendMessage (external file)', 'sends a message with a file that is elsewhere', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const there = await john.enter(john.channel);
    const file = { url: 'https://files.example.org/plan.pdf', name: 'plan.pdf', contentType: 'application/pdf', size: 4096 };
    const message = await upload(jane, file, { groupTag: 'tag', properties: { a: 1 } });
    assert.equal(message.type, 'FILE');
    assert.deepEqual({ ...message.file, url: bare(message.file.url) }, { type: 'EXTERNAL', ...file });
    assert.equal(message.groupTag, 'tag');
    await there.onReceivedMessage.next(({ id }) => id === message.id);
    const [event] = jane.events('user.message.created');
    assert.equal(event.resource.file.url, file.url);
    assert.ok(event.result);
    failed(await jane.sendMessage({ channel: jane.channel, file: { ...file, url: 'javascript:alert(1)' } }), 'ValidationError');
  });

  rule('messages with files can be listed alone', { only: ['C1', 'C2'] }, async (world) => {
    const [jane] = await world.together('PUBLIC');
    const message = await upload(jane, notes());
    succeeded(await jane.sendMessage({ channel: jane.channel, body: 'text' }));
    const filter = { type: 'FILE' };
    for (const request of [{ channel: jane.channel, filter }, { filter }]) {
      const { paginator } = succeeded(await jane.getMessages(request));
      assert.deepEqual(paginator.items.map(({ id }) => id), [message.id]);
      assert.match(paginator.items[0].file.url, /\?grant=/);
    }
  });

  method('updateCurrentUserDisplayPicture', 'stores a picture that everybody can see', async (world) => {
    const [jane, john] = await world.users('jane', 'john');
    const { seen, progressListener } = listener();
    const pixel = new File([Buffer.from(PNG, 'base64')], 'pixel.png', { type: 'image/png' });
    const file = sdk.code === 'A5' ? pixel : dataUri;
    const { user } = succeeded(await jane.updateCurrentUserDisplayPicture({ file, progressListener }));
    assert.equal(user.id, jane.user.id);
    assert.notEqual(user.displayPictureUrl, jane.user.displayPictureUrl);
    assert.deepEqual(await seen.onCompleted.next(), [COMPLETED]);
    const answer = await fetch(succeeded(await john.getUser(jane.user.id)).user.displayPictureUrl);
    assert.equal(answer.headers.get('content-type'), 'image/png');
    assert.equal(Buffer.from(await answer.arrayBuffer()).toString('base64'), PNG);
  });

  method('updateCurrentUserDisplayPicture', 'refuses what is no picture', async (world) => {
    const jane = await world.user('jane');
    const text = new File(['no picture'], 'pixel.png', { type: 'image/png' });
    const file = sdk.code === 'A5' ? text : { ...dataUri, uri: `data:image/png;base64,${btoa('no picture')}` };
    const { seen, progressListener } = listener();
    const result = await jane.updateCurrentUserDisplayPicture({ file, progressListener });
    assert.match(result.error.message, /status code 4\d\d/);
    assert.deepEqual(await seen.onCompleted.next(), [FAILED]);
    const { user } = succeeded(await jane.getCurrentUser());
    assert.equal(user.displayPictureUrl, jane.user.displayPictureUrl);
    const picture = sdk.code === 'A5' ? new File([Buffer.from(PNG, 'base64')], 'pixel.png', { type: 'image/png' }) : dataUri;
    succeeded(await jane.updateCurrentUserDisplayPicture({ file: picture })); // and takes one
  });
});
