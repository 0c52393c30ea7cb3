// Replies: messages that answer messages.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { succeeded } from './support/client.mjs';

serve();

area('replies', { feature: 'replies' }, ({ sdk, method, rule }) => {
  const send = async (client, body) => succeeded(await client.sendMessage({ channel: client.channel, body })).message;
  const reply = async (client, message, body) => succeeded(await client.sendMessage({ message, body })).message;

  rule('a reply is a message of the channel that knows its parent', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const there = await john.enter(john.channel);
    const question = await send(jane, 'tea?');
    const answer = await reply(jane, question, 'coffee?');
    assert.ok(answer._relays.parent);
    assert.equal(answer.channelId, jane.channel.id);
    const [received, parent] = await there.onReceivedMessage.next(({ id }) => id === answer.id);
    assert.equal(received.body, 'coffee?');
    if (sdk.code === 'A5') assert.equal(parent, undefined);
    else assert.equal(parent.id, question.id);
  });

  method('getMessages (replies)', 'lists the replies of one message', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const [question, other] = [await send(jane, 'tea?'), await send(jane, 'cake?')];
    const first = await reply(john, question, 'yes');
    const second = await reply(jane, question, 'milk?');
    await reply(john, other, 'no');
    const { paginator } = succeeded(await john.getMessages({ message: question }));
    assert.deepEqual(paginator.items.map(({ id }) => id), [second.id, first.id], 'newest first');
  });

  method('getMessageRepliesCount', 'counts them', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const message = await send(jane, 'tea?');
    assert.equal(succeeded(await jane.getMessageRepliesCount({ message })).count, 0);
    await reply(john, message, 'yes');
    await reply(jane, message, 'fine');
    assert.equal(succeeded(await john.getMessageRepliesCount({ message })).count, 2);
    const { paginator } = succeeded(await jane.getMessages({ channel: jane.channel }));
    assert.equal(paginator.items.find(({ id }) => id === message.id).repliesCount, 2);
  });

  method('getMessageParent', 'leads back', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const message = await send(jane, 'tea?');
    const answer = await reply(john, message, 'yes');
    assert.equal(succeeded(await jane.getMessageParent({ message: answer })).message.id, message.id);
    await assert.rejects(
      async () => jane.getMessageParent({ message }),
      (thrown) => (thrown.error ?? thrown.type) === 'MessageNotAReplyError',
    );
  });

  rule('a reply to a reply is one level deeper', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const message = await send(jane, 'tea?');
    const answer = await reply(john, message, 'which?');
    const deeper = await reply(jane, answer, 'green');
    assert.deepEqual([message, answer, deeper].map(({ nestedLevel }) => nestedLevel), [0, 1, 2]);
    if (!sdk.has('getMessageParent')) return;
    assert.equal(succeeded(await john.getMessageParent({ message: deeper })).message.id, answer.id);
  });
});
