// Notifications: what members hear of a channel that they are not looking at. And muting.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { succeeded } from './support/client.mjs';

serve();

area('notifications', { feature: 'notifications' }, ({ sdk, method, event, rule }) => {
  const send = async (client, body) => succeeded(await client.sendMessage({ channel: client.channel, body })).message;

  method('onNotificationReceived', 'tells members of a message, not the sender', async (world) => {
    const [jane, john, jack] = await world.together('PUBLIC', 'john', 'jack');
    const tablet = await world.client(john.username);
    await tablet.begin();
    const [sender, here, elsewhere, other] = [jane, john, tablet, jack].map((client) => client.observe('onNotificationReceived'));
    const message = await send(jane, 'hello');
    for (const [notifications, recipient] of [[here, john], [elsewhere, john], [other, jack]]) {
      const { data, channel, title, body, muted, readTime } = await notifications.one();
      assert.equal(data.type, 'USER:SENT:MESSAGE');
      assert.equal(data.message.id, message.id);
      assert.equal(data.channelId, jane.channel.id);
      assert.equal(data.recipient.id, recipient.user.id);
      assert.equal(channel.id, jane.channel.id);
      assert.ok(title);
      assert.equal(body, 'hello');
      assert.deepEqual([muted, readTime], [false, null]);
    }
    await jane.fence();
    sender.none();
  });

  for (const type of ['user.notification.created', 'me.notification.created']) {
    event(type, 'does not come to who is in the chat', { not: ['K25'] }, async (world) => {
      const [jane, john, jack] = await world.together('PUBLIC', 'john', 'jack');
      const chat = await john.enter(john.channel);
      const message = await send(jane, 'hello');
      await jack.event(type, ({ data }) => data.message.id === message.id);
      await chat.onReceivedMessage.next();
      await john.fence();
      assert.equal(john.events(type).length, 0);
      chat.session.end();
      await john.fence();
      const another = await send(jane, 'still there?');
      await john.event(type, ({ data }) => data.message.id === another.id);
    });
  }

  rule('strangers hear nothing', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const stranger = await world.user('stranger');
    const [inside, outside] = [john, stranger].map((client) => client.observe('onNotificationReceived'));
    await send(jane, 'hello');
    await inside.next();
    await stranger.fence();
    outside.none();
  });

  rule('the author of a message hears of replies to it', { feature: 'replies' }, async (world) => {
    const [jane, john, jack] = await world.together('PUBLIC', 'john', 'jack');
    const [author, other] = [jane, jack].map((client) => client.observe('onNotificationReceived'));
    const parent = await send(jane, 'tea?');
    await other.next(({ data }) => data.message.id === parent.id);
    const { message } = succeeded(await john.sendMessage({ message: parent, body: 'yes' }));
    const { data } = await author.one();
    assert.equal(data.type, 'USER:REPLIED_TO:MESSAGE');
    assert.equal(data.message.id, message.id);
    assert.equal(data.parent.id, parent.id);
    assert.equal((await other.one()).data.type, 'USER:SENT:MESSAGE');
    await jane.fence();
    author.once();
  });

  rule('who is mentioned hears of that instead', { feature: 'mentions' }, async (world) => {
    const [jane, john, jack] = await world.together('PUBLIC', 'john', 'jack');
    const [mentioned, other] = [john, jack].map((client) => client.observe('onNotificationReceived'));
    await send(jane, `ask <@${john.username}>`);
    const { data } = await mentioned.one();
    assert.equal(data.type, 'USER:MENTIONED:USER');
    assert.equal(data.mentionedUser.id, john.user.id);
    assert.equal((await other.one()).data.type, 'USER:SENT:MESSAGE');
    await john.fence();
    mentioned.once();
  });

  rule('members of a mentioned channel hear of that', { feature: 'mentions' }, async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const notifications = john.observe('onNotificationReceived');
    const { channel } = succeeded(await jane.createChannel({ type: 'PUBLIC', name: world.name('other') }));
    succeeded(await jane.sendMessage({ channel, body: `see <#${jane.channel.name}>` }));
    const { data } = await notifications.one(({ data: { type } }) => type === 'USER:MENTIONED:CHANNEL');
    assert.equal(data.mentionedChannel.id, jane.channel.id);
    assert.equal(data.channelId, channel.id);
  });
});

area('muting', { feature: 'mute' }, ({ method, event }) => {
  method('muteChannel', 'marks the notifications of the channel', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const notifications = john.observe('onNotificationReceived');
    const { channel } = succeeded(await john.muteChannel({ channel: john.channel }));
    assert.equal(channel.id, john.channel.id);
    succeeded(await jane.sendMessage({ channel: jane.channel, body: 'hello' }));
    assert.equal((await notifications.one()).muted, true);
  });

  method('unmuteChannel', 'takes it back', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const notifications = john.observe('onNotificationReceived');
    succeeded(await john.muteChannel({ channel: john.channel }));
    const { channel } = succeeded(await john.unmuteChannel({ channel: john.channel }));
    assert.equal(channel.id, john.channel.id);
    succeeded(await jane.sendMessage({ channel: jane.channel, body: 'hello' }));
    assert.equal((await notifications.one()).muted, false);
  });

  for (const [type, actions] of [['user.channel.muted', ['muteChannel']], ['user.channel.unmuted', ['muteChannel', 'unmuteChannel']]]) {
    event(type, 'is the result', async (world) => {
      const [jane] = await world.together('PUBLIC');
      for (const action of actions) succeeded(await jane[action]({ channel: jane.channel }));
      const { result, topic, resource } = jane.events(type)[0];
      assert.ok(result);
      assert.equal(topic, jane.user._topics.channels);
      assert.equal(resource.id, jane.channel.id);
    });
  }
});
