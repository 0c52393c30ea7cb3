// Chat sessions: who is in the chat of a channel, and what members see of each other there.
import assert from 'node:assert/strict';
import { area, serve } from './support/cases.mjs';
import { succeeded } from './support/client.mjs';
import { until } from './support/until.mjs';

serve();

area('chat sessions', ({ sdk, method, event, rule }) => {
  method('startChatSession', 'begins with everything it watches confirmed', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const { session } = await jane.enter(jane.channel);
    assert.equal(session.channel.id, jane.channel.id);
    assert.equal(typeof session.end, 'function');
    const before = Object.values(jane.user._topics);
    const topics = jane.log.filter(({ command, headers }) => command === 'SUBSCRIBE' && headers.ack);
    const own = topics.map(({ headers }) => headers.destination).filter((topic) => !before.includes(topic));
    assert.deepEqual(own, sdk.topics.map((key) => jane.channel._topics[key]), 'itself first');
  });

  method('ChatSession.end', 'ends it, for the others too', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const seen = await jane.enter(jane.channel);
    const chat = await john.enter(john.channel);
    await seen.onParticipantEnteredChat.next(({ id }) => id === john.user.id);
    chat.session.end();
    await seen.onParticipantLeftChat.next(({ id }) => id === john.user.id);
    const unsubscribed = john.log.filter(({ command }) => command === 'UNSUBSCRIBE');
    assert.equal(unsubscribed.length, sdk.topics.length);
  });

  event('channel.participant.active', 'tells of who enters, not of oneself', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const here = await jane.enter(jane.channel);
    const there = await john.enter(john.channel);
    const user = await here.onParticipantEnteredChat.one();
    assert.equal(user.id, john.user.id);
    await john.fence();
    there.onParticipantEnteredChat.none();
    here.onParticipantEnteredChat.once();
  });

  event('channel.participant.active', 'comes once for a user with two chat sessions', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const here = await jane.enter(jane.channel);
    const tablet = await world.client(john.username);
    await tablet.begin();
    const first = await john.enter(john.channel);
    const second = await tablet.enter(john.channel);
    await here.onParticipantEnteredChat.next();
    first.session.end();
    await john.fence();
    await jane.fence();
    here.onParticipantLeftChat.none();
    second.session.end();
    await here.onParticipantLeftChat.next(({ id }) => id === john.user.id);
    here.onParticipantEnteredChat.once();
    here.onParticipantLeftChat.once();
  });

  event('channel.participant.inactive', 'tells of who ends the session of the user', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const here = await jane.enter(jane.channel);
    await john.enter(john.channel);
    await john.end();
    const user = await here.onParticipantLeftChat.one();
    assert.equal(user.id, john.user.id);
  });

  event('participant.presence.changed', 'tells of members, whether or not they are in the chat', async (world) => {
    const [jane, john, jack] = await world.together('PUBLIC', 'john', 'jack');
    const here = await jane.enter(jane.channel);
    succeeded(await john.updateCurrentUser((user) => ({ ...user, presence: { ...user.presence, status: 'DO_NOT_DISTURB' } })));
    const busy = await here.onParticipantPresenceChanged.one(({ id }) => id === john.user.id);
    assert.equal(busy.presence.status, 'DO_NOT_DISTURB');
    await jack.end();
    const gone = await here.onParticipantPresenceChanged.one(({ id }) => id === jack.user.id);
    assert.equal(gone.presence.online, false);
  });

  event('participant.presence.changed', 'does not tell of strangers', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const stranger = await world.user('stranger');
    const here = await jane.enter(jane.channel);
    await stranger.end();
    await jane.fence();
    here.onParticipantPresenceChanged.none(({ id }) => id === stranger.user.id);
  });

  method('ChatSession.setThread', 'turns to a thread without asking the server', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const { session } = await jane.enter(jane.channel);
    const topics = { messages: '/t/m', keystrokes: '/t/k', typing: '/t/t' };
    const sent = jane.log.filter(({ direction }) => direction === 'out').length;
    session.setThread({ id: 1, _topics: topics });
    await jane.fence();
    const since = jane.log.filter(({ direction }) => direction === 'out').slice(sent);
    assert.ok(since.every(({ headers }) => !Object.values(topics).includes(headers.destination)));
  });

  rule('two chat sessions of one client both work, and end one by one', async (world) => {
    const [jane, john] = await world.together('PUBLIC', 'john');
    const here = await jane.enter(jane.channel);
    const one = await john.enter(john.channel);
    const both = john.log.filter(({ command, headers }) => command === 'SUBSCRIBE' && headers.destination === john.channel._topics.self).length;
    const two = succeeded(john.startChatSession({ channel: john.channel })).session;
    await until('the second is confirmed', () => john.log.filter(({ command, headers }) => (
      command === 'SUBSCRIBE' && headers.destination === john.channel._topics.reactions
    )).length === both + 1);
    one.session.end();
    await john.fence();
    two.end();
    await here.onParticipantLeftChat.next();
    await jane.fence();
    here.onParticipantEnteredChat.once();
    here.onParticipantLeftChat.once();
  });

  rule('who is no member watches nothing', async (world) => {
    const [jane] = await world.together('PUBLIC');
    const { channel } = succeeded(await jane.createChannel({ type: 'PRIVATE', name: world.name('secret') }));
    const stranger = await world.user('stranger');
    const here = await jane.enter(channel);
    succeeded(stranger.startChatSession({ channel }));
    await until('it is refused', () => stranger.log.some(({ headers, body }) => (
      headers['subscription-id'] && JSON.parse(body).error === 'NotFoundError'
    )));
    assert.ok(!stranger.hears([channel._topics.self]));
    await jane.fence();
    here.onParticipantEnteredChat.none();
  });
});
