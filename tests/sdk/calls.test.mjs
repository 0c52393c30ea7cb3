// Calls of the oldest package, with connections that only negotiate (support/react-native-webrtc). The package with the
// newer calls is no longer published: tests/it/calls speaks its frames.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { area, serve } from './support/cases.mjs';
import { failed, succeeded } from './support/client.mjs';
import { Recorder } from './support/recorder.mjs';
import { until } from './support/until.mjs';

const { RTCPeerConnection } = createRequire(import.meta.url)('react-native-webrtc');

const CALLBACKS = [
  'onParticipantAcceptedCall', 'onParticipantRejectedCall', 'onParticipantEnteredCall', 'onParticipantLeftCall',
  'onParticipantAddedStream',
];

serve();

area('calls', { only: ['A5'] }, ({ method, event, rule }) => {
  const together = async (world, ...rest) => {
    const clients = await world.together(...rest);
    for (const client of clients) client.invites = client.observe('onCallInvite');
    return clients;
  };

  const start = async (client, request = {}) => succeeded(await client.startCall({ channel: client.channel, ...request })).call;

  // Takes part in the call, and returns once the server knows.
  const enter = async (client, call) => {
    const seen = { stream: { of: client.username } };
    const request = { call, stream: seen.stream };
    for (const name of CALLBACKS) request[name] = (seen[name] = new Recorder(`${client.username} ${name}`)).record;
    seen.session = succeeded(client.startCallSession(request)).session;
    seen.connections = () => RTCPeerConnection.connections.filter(({ streams }) => streams.includes(seen.stream));
    await until('the call has this device', () => {
      const ready = client.log.find(({ command, headers }) => command === 'SEND' && headers.destination === call._actions.ready);
      return ready && client.log.some(({ command, headers }) => command === 'RECEIPT' && headers['receipt-id'] === ready.headers.receipt);
    });
    return seen;
  };

  method('startCall', 'rings at the other members, on every device', async (world) => {
    const [jane, john, jack] = await together(world, 'PRIVATE', 'john', 'jack');
    const tablet = await world.client(john.username);
    await tablet.begin();
    const elsewhere = tablet.observe('onCallInvite');
    const call = await start(jane, { properties: { topic: 'lunch' } });
    assert.equal(call.type, 'CONFERENCE');
    assert.equal(call.state, 'PENDING');
    assert.equal(call.p2p, true);
    assert.equal(call.creator.id, jane.user.id);
    assert.deepEqual(call.properties, { topic: 'lunch' });
    for (const invites of [john.invites, elsewhere, jack.invites]) await invites.next(({ id }) => id === call.id);
    await jane.fence();
    jane.invites.none();
  });

  method('startCall', 'gives the call that is running, and refuses strangers', async (world) => {
    const [jane, john] = await together(world, 'PRIVATE', 'john');
    const call = await start(jane, { type: 'PRESENTER' });
    assert.equal(call.type, 'PRESENTER');
    assert.equal((await start(john)).id, call.id);
    const stranger = await world.user('stranger');
    failed(await stranger.startCall({ channel: jane.channel }), 'NotFoundError');
  });

  method('onCallInvite', 'is called with the whole call', async (world) => {
    const [jane, john] = await together(world, 'DIRECT', 'john');
    const call = await start(jane);
    const invited = await john.invites.one();
    assert.equal(invited.id, call.id);
    assert.equal(invited.creator.name, jane.username);
  });

  event('me.call.invited', 'is how the oldest package hears of it', async (world) => {
    const [jane, john] = await together(world, 'DIRECT', 'john');
    const call = await start(jane);
    await john.event('me.call.invited', ({ id }) => id === call.id);
  });

  event('user.call.created', 'is the result of starting one', async (world) => {
    const [jane] = await together(world, 'DIRECT', 'john');
    const call = await start(jane);
    const { result, topic, resource } = await jane.event('user.call.created');
    assert.ok(result);
    assert.equal(topic, jane.user._topics.calls);
    assert.equal(resource.id, call.id);
  });

  method('startCallSession', 'connects two who are ready, each with the stream of the other', async (world) => {
    const [jane, john] = await together(world, 'DIRECT', 'john');
    const call = await start(jane);
    const here = await enter(jane, call);
    const there = await enter(john, await john.invites.one());
    const [user] = await here.onParticipantAddedStream.next();
    assert.equal(user.id, john.user.id);
    const [other] = await there.onParticipantAddedStream.next();
    assert.equal(other.id, jane.user.id);
    const [[one], [two]] = [here.connections(), there.connections()];
    assert.equal(here.connections().length + there.connections().length, 2, 'one connection each');
    const offers = [one, two].filter(({ localDescription }) => localDescription.type === 'offer');
    assert.equal(offers.length, 1, 'exactly one side offers');
    await until('both have the description of the other', () => one.remoteDescription?.sdp === two.localDescription.sdp
      && two.remoteDescription?.sdp === one.localDescription.sdp);
  });

  event('call.signal.created', 'brings candidates after the description they belong to', async (world) => {
    const [jane, john] = await together(world, 'DIRECT', 'john');
    const call = await start(jane);
    const here = await enter(jane, call);
    const there = await enter(john, await john.invites.one());
    await until('both have a candidate', () => [here, there].every(({ connections }) => connections()[0]?.candidates.length === 1));
    const [[one], [two]] = [here.connections(), there.connections()];
    assert.match(one.candidates[0].candidate, new RegExp(`^candidate:${two.number} `));
    assert.match(two.candidates[0].candidate, new RegExp(`^candidate:${one.number} `));
  });

  rule('three who are ready are connected pair by pair', async (world) => {
    const [jane, john, jack] = await together(world, 'PRIVATE', 'john', 'jack');
    const call = await start(jane);
    const seen = [await enter(jane, call), await enter(john, await john.invites.one()), await enter(jack, await jack.invites.one())];
    for (const [index, one] of seen.entries()) {
      await until(`participant ${index} has two streams`, () => one.onParticipantAddedStream.calls.length === 2);
      assert.equal(one.connections().length, 2);
      const peers = one.onParticipantAddedStream.calls.map(([{ name }]) => name).sort();
      assert.deepEqual(peers, [jane, john, jack].filter((_, at) => at !== index).map(({ username }) => username).sort());
    }
  });

  event('call.participant.accepted', 'tells those who are in the call', async (world) => {
    const [jane, john] = await together(world, 'DIRECT', 'john');
    const call = await start(jane);
    const here = await enter(jane, call);
    const there = await enter(john, await john.invites.one());
    assert.equal((await here.onParticipantAcceptedCall.one()).id, john.user.id);
    await john.fence();
    there.onParticipantAcceptedCall.none(({ id }) => id === john.user.id);
  });

  event('call.participant.entered', 'is the older name of it', async (world) => {
    const [jane, john] = await together(world, 'DIRECT', 'john');
    const call = await start(jane);
    const here = await enter(jane, call);
    await enter(john, await john.invites.one());
    assert.equal((await here.onParticipantEnteredCall.one()).id, john.user.id);
  });

  method('rejectCall', 'ends a call of two', async (world) => {
    const [jane, john] = await together(world, 'DIRECT', 'john');
    const call = await start(jane);
    await enter(jane, call);
    const rejected = succeeded(await john.rejectCall({ call: await john.invites.one() })).call;
    assert.equal(rejected.id, call.id);
    const ended = await jane.event('call.self.ended', ({ id }) => id === call.id);
    assert.equal(ended.resource.state, 'ENDED');
    assert.ok(Date.parse(ended.resource.endTime));
  });

  event('call.participant.rejected', 'tells those who are in the call', async (world) => {
    const [jane, john, jack] = await together(world, 'PRIVATE', 'john', 'jack');
    const call = await start(jane);
    const here = await enter(jane, call);
    succeeded(await john.rejectCall({ call: await john.invites.one() }));
    assert.equal((await here.onParticipantRejectedCall.one()).id, john.user.id);
    await enter(jack, await jack.invites.one());
    await here.onParticipantAcceptedCall.next(({ id }) => id === jack.user.id);
  });

  event('user.call.declined', 'is the result of rejecting one', async (world) => {
    const [jane, john] = await together(world, 'DIRECT', 'john');
    await start(jane);
    succeeded(await john.rejectCall({ call: await john.invites.one() }));
    const { result, topic } = await john.event('user.call.declined');
    assert.ok(result);
    assert.equal(topic, john.user._topics.calls);
  });

  method('CallSession.end', 'leaves the call, which goes on for the others', async (world) => {
    const [jane, john, jack] = await together(world, 'PRIVATE', 'john', 'jack');
    const call = await start(jane);
    const here = await enter(jane, call);
    const there = await enter(john, await john.invites.one());
    await enter(jack, await jack.invites.one());
    await until('jane has two streams', () => here.onParticipantAddedStream.calls.length === 2);
    there.session.end();
    assert.equal((await here.onParticipantLeftCall.one()).id, john.user.id);
    await until('the connection to john is closed', () => here.connections().some(({ connectionState }) => connectionState === 'closed'));
    assert.equal(here.connections().filter(({ connectionState }) => connectionState === 'closed').length, 1);
    const { paginator } = succeeded(await jane.getCalls({ channel: jane.channel, filter: { active: true } }));
    assert.deepEqual(paginator.items.map(({ id }) => id), [call.id]);
  });

  event('call.participant.left', 'comes when the session of a participant ends', async (world) => {
    const [jane, john, jack] = await together(world, 'PRIVATE', 'john', 'jack');
    const call = await start(jane);
    const here = await enter(jane, call);
    await enter(john, await john.invites.one());
    await enter(jack, await jack.invites.one());
    await john.end();
    assert.equal((await here.onParticipantLeftCall.one()).id, john.user.id);
  });

  method('getCalls', 'lists the calls of a channel, and the running one', async (world) => {
    const [jane, john] = await together(world, 'DIRECT', 'john');
    const first = await start(jane);
    succeeded(await john.rejectCall({ call: await john.invites.one() }));
    const second = await start(jane);
    const { paginator } = succeeded(await jane.getCalls({ channel: jane.channel }));
    assert.deepEqual(paginator.items.map(({ id, state }) => [id, state]), [[second.id, 'PENDING'], [first.id, 'ENDED']]);
    const running = succeeded(await john.getCalls({ channel: john.channel, filter: { active: true } }));
    assert.deepEqual(running.paginator.items.map(({ id }) => id), [second.id]);
  });
});
