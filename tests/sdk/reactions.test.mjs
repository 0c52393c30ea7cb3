// Reactions: emoji on messages, counted and listed.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { failed, succeeded } from './support/client.mjs';

serve();

area('reactions', { feature: 'reactions' }, ({ sdk, method, event }) => {
  const withMessage = async (world, ...words) => {
    const clients = await world.together('PUBLIC', ...words);
    const { message } = succeeded(await clients[0].sendMessage({ channel: clients[0].channel, body: 'tea?' }));
    return [message, ...clients];
  };
  const react = async (client, message, emoji) => succeeded(await client.reactToMessage({ message, emoji })).reaction;
  const reread = async (client, { id }) => {
    const { paginator } = succeeded(await client.getMessages({ channel: client.channel }));
    const message = paginator.items.find((found) => found.id === id);
    return { message, summary: sdk.code === 'A5' ? message.reactionsSummary.emojis : message.reactions };
  };

  method('reactToMessage', 'is answered with the reaction', async (world) => {
    const [message, jane] = await withMessage(world);
    const reaction = await react(jane, message, '👍');
    assert.equal(reaction.emoji.character, '👍');
    assert.ok(reaction.emoji.aliases.includes('+1'));
    assert.equal(reaction.user.id, jane.user.id);
  });

  method('reactToMessage', 'knows an emoji by itself and by its names', async (world) => {
    const [message, jane] = await withMessage(world);
    for (const emoji of ['+1', ':+1:', '👍']) assert.equal((await react(jane, message, emoji)).emoji.character, '👍');
    const { summary } = await reread(jane, message);
    assert.deepEqual(summary.map(({ emoji, count }) => [emoji.character, count]), [['👍', 1]], 'one, however often');
    failed(await jane.reactToMessage({ message, emoji: 'not an emoji' }), 'ValidationError');
  });

  method('getReactions', 'lists who reacted with what, oldest first', async (world) => {
    const [message, jane, john] = await withMessage(world, 'john');
    await react(john, message, '👍');
    await react(jane, message, '👍');
    await react(john, message, '🎉');
    const { paginator } = succeeded(await jane.getReactions({ message }));
    const seen = paginator.items.map(({ user, emoji }) => [user.id, emoji.character]);
    assert.deepEqual(seen, [[john.user.id, '👍'], [jane.user.id, '👍'], [john.user.id, '🎉']]);
    const { summary } = await reread(jane, message);
    assert.deepEqual(summary.map(({ emoji, count, users }) => [emoji.character, count, users.map(({ id }) => id)]), [
      ['👍', 2, [john.user.id, jane.user.id]],
      ['🎉', 1, [john.user.id]],
    ]);
  });

  method('removeReaction', 'takes it back', async (world) => {
    const [message, jane, john] = await withMessage(world, 'john');
    await react(jane, message, '👍');
    await react(john, message, '👍');
    const removed = succeeded(await jane.removeReaction({ message, emoji: '👍' })).reaction;
    assert.equal(removed.user.id, jane.user.id);
    assert.equal(removed.emoji.character, '👍');
    const { paginator } = succeeded(await jane.getReactions({ message }));
    assert.deepEqual(paginator.items.map(({ user }) => user.id), [john.user.id]);
  });

  event('message.reaction.created', 'shows the message and the reaction in the chat', async (world) => {
    const [message, jane, john] = await withMessage(world, 'john');
    const [here, there] = [await jane.enter(jane.channel), await john.enter(john.channel)];
    await react(john, message, '👍');
    for (const chat of [here, there]) {
      const [on, reaction] = await chat.onMessageReactionAdded.next();
      assert.equal(on.id, message.id);
      assert.equal(reaction.user.id, john.user.id);
    }
    await react(john, message, '👍');
    await jane.fence();
    here.onMessageReactionAdded.once();
  });

  event('message.reaction.removed', 'shows the message and the reaction in the chat', async (world) => {
    const [message, jane, john] = await withMessage(world, 'john');
    const here = await jane.enter(jane.channel);
    await react(john, message, '👍');
    succeeded(await john.removeReaction({ message, emoji: '👍' }));
    const [on, reaction] = await here.onMessageReactionRemoved.next();
    assert.equal(on.id, message.id);
    assert.equal(reaction.user.id, john.user.id);
  });

  event('user.reaction.created', 'is the result of reacting', async (world) => {
    const [message, jane] = await withMessage(world);
    await react(jane, message, '👍');
    const { result, topic } = jane.events('user.reaction.created')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.reactions);
  });

  event('user.reaction.removed', 'is the result of taking it back', async (world) => {
    const [message, jane] = await withMessage(world);
    await react(jane, message, '👍');
    succeeded(await jane.removeReaction({ message, emoji: '👍' }));
    const { result, topic } = jane.events('user.reaction.removed')[0];
    assert.ok(result);
    assert.equal(topic, jane.user._topics.reactions);
  });
});
