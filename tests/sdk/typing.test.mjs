// Typing: keystrokes, who types and who stopped.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { succeeded } from './support/client.mjs';
import { pause, until } from './support/until.mjs';

// The clients send the last of what is typed after 150 ms of silence.
const DEBOUNCE_MS = 200;

serve();

area('typing', { feature: 'typing', waits: true }, ({ sdk, method, event, rule }) => {
  const inChat = async (world, ...words) => {
    const clients = await world.together('PUBLIC', ...words);
    for (const client of clients) client.chat = await client.enter(client.channel);
    return clients;
  };
  const type = (client, keys, target = { channel: client.channel }) => client.sendKeystrokes({ ...target, keys });

  method('sendKeystrokes', 'shows what is typed to everybody in the chat', async (world) => {
    const [jane, john] = await inChat(world, 'john');
    type(jane, 'h');
    type(jane, 'hello');
    for (const { chat } of [jane, john]) {
      const keystrokes = await chat.onReceivedKeystrokes.one();
      assert.equal(keystrokes.username, jane.username);
      assert.equal(keystrokes.keys, 'hello', 'the last of it');
    }
  });

  event('thread.keystrokes.created', 'comes for each pause in typing', async (world) => {
    const [jane, john] = await inChat(world, 'john');
    for (const keys of ['he', 'hello', 'hello you']) {
      type(jane, keys);
      await john.chat.onReceivedKeystrokes.next((keystrokes) => keystrokes.keys === keys);
    }
  });

  event('thread.typing.started', 'comes once while somebody types', async (world) => {
    const [jane, john] = await inChat(world, 'john');
    for (const keys of ['he', 'hello']) {
      type(jane, keys);
      await john.chat.onReceivedKeystrokes.next((keystrokes) => keystrokes.keys === keys);
    }
    assert.equal((await john.chat.onTypingStarted.one()).id, jane.user.id);
    john.chat.onTypingStarted.once();
    john.chat.onTypingStopped.none();
  });

  event('thread.typing.stopped', 'comes when nothing more is typed', async (world) => {
    const [jane, john] = await inChat(world, 'john');
    type(jane, 'hel');
    await john.chat.onTypingStarted.next();
    assert.equal((await john.chat.onTypingStopped.one()).id, jane.user.id);
  });

  event('thread.typing.stopped', 'comes when the text is emptied, sent, or the chat is left', async (world) => {
    const [jane, john] = await inChat(world, 'john');
    const begin = async (keys) => {
      type(jane, keys);
      await john.chat.onTypingStarted.next();
    };
    const within = async (what) => {
      const begun = Date.now();
      await john.chat.onTypingStopped.next();
      assert.ok(Date.now() - begun < 4000, `${what}: not by time`);
    };
    await begin('hel');
    type(jane, '');
    await within('emptied');
    await begin('hello');
    succeeded(await jane.sendMessage({ channel: jane.channel, body: 'hello' }));
    await within('sent');
    await pause(2 * DEBOUNCE_MS);
    await begin('and');
    jane.chat.session.end();
    await within('left');
  });

  event('participant.typing.started', 'tells members that are not in the chat, but not who types', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [here, there] = [jane, john].map((client) => client.observe('onParticipantStartedTyping'));
    type(jane, 'hello');
    assert.equal((await there.one()).id, jane.user.id);
    await jane.fence();
    here.none();
  });

  event('participant.typing.stopped', 'tells members that are not in the chat', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [started, stopped] = [john.observe('onParticipantStartedTyping'), john.observe('onParticipantStoppedTyping')];
    type(jane, 'hello');
    await started.next();
    type(jane, '');
    assert.equal((await stopped.one()).id, jane.user.id);
  });

  method('onParticipantStartedTyping', 'is for members', async (world) => {
    const [jane, john] = await world.together('PRIVATE', 'john');
    const stranger = await world.user('stranger');
    const [inside, outside] = [john, stranger].map((client) => client.observe('onParticipantStartedTyping'));
    type(jane, 'hello');
    await inside.next();
    await stranger.fence();
    outside.none();
  });

  method('onParticipantStoppedTyping', 'is called once for each time somebody typed', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const stopped = john.observe('onParticipantStoppedTyping');
    type(jane, 'hello');
    await stopped.next();
    await john.fence();
    stopped.once();
  });

  rule('typing in a thread is not typing in the channel', { only: ['J1', 'C1', 'C2'], feature: 'threads' }, async (world) => {
    const [jane, john] = await inChat(world, 'john');
    const { thread } = succeeded(await jane.createThread({ channel: jane.channel, name: 'Lunch' }));
    const typing = john.observe('onParticipantStartedTyping');
    type(jane, 'noon', { thread });
    await typing.next(({ id }) => id === jane.user.id);
    await john.fence();
    john.chat.onReceivedKeystrokes.none();
    john.chat.onTypingStarted.none();
  });

  rule('who is no member types into nothing', async (world) => {
    const [jane] = await world.together('PRIVATE');
    const here = await jane.enter(jane.channel);
    const stranger = await world.user('stranger');
    type(stranger, 'hello', { channel: jane.channel });
    await until('it is refused', () => stranger.frames.some(({ direction, headers, body }) => (
      direction === 'in' && headers['receipt-id'] && body && JSON.parse(body).error === 'NotFoundError'
    )));
    await jane.fence();
    here.onReceivedKeystrokes.none();
    type(jane, 'me'); // and members do
    await here.onReceivedKeystrokes.next();
  });
});
