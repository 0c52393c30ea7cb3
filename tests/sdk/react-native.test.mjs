// React Native: the same packages send every frame as a binary message there, and end incoming text at its first NUL.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { succeeded } from './support/client.mjs';

// This file is a process of its own, and no package was loaded yet.
globalThis.navigator = { product: 'ReactNative' };

serve();

area('react native', { only: ['J1', 'C1', 'A5'] }, ({ rule }) => {
  rule('a session of binary frames', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const sent = jane.frames.filter(({ direction }) => direction === 'out');
    assert.ok(sent.length > 10 && sent.every(({ isBinary }) => isBinary));
    const name = 'Grüße 日本語 👍';
    const { user } = succeeded(await jane.updateCurrentUser((current) => ({ ...current, displayName: name, properties: { name } })));
    assert.equal(user.displayName, name);
    const here = await jane.enter(jane.channel);
    await john.enter(john.channel);
    await here.onParticipantEnteredChat.next(({ id }) => id === john.user.id);
  });

  rule('messages of binary frames', { feature: 'messages' }, async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const there = await john.enter(john.channel);
    const body = 'Grüße 日本語 👍';
    const { message } = succeeded(await jane.sendMessage({ channel: jane.channel, body }));
    assert.equal(message.body, body);
    assert.equal((await there.onReceivedMessage.one()).body, body);
  });
});
