use super::*;
use std::net::UdpSocket;

fn at_loopback() -> Socket {
    Socket::bind("127.0.0.1:0".parse().unwrap(), 1 << 20).unwrap()
}

fn receiver() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

fn queue(datagrams: &[(SocketAddr, u8, usize)]) -> Transmits {
    let mut queue = Transmits::default();
    for (to, fill, len) in datagrams.iter().copied() {
        queue.push(to, |buffer| {
            buffer[..len].fill(fill);
            len
        });
    }
    queue
}

fn receive(socket: &UdpSocket, count: usize) -> Vec<(u8, usize)> {
    let mut buffer = [0; 2000];
    let mut one = || {
        let (len, _) = socket.recv_from(&mut buffer).unwrap();
        (buffer[0], len)
    };
    (0..count).map(|_| one()).collect()
}

#[test]
fn datagrams_of_a_run_arrive_one_by_one_and_in_order() {
    let (socket, mut outgoing) = (at_loopback(), Outgoing::new(false));
    let ((a, to_a), (b, to_b)) = (receiver(), receiver());
    let mut datagrams = Vec::new();
    for n in 0..20 {
        datagrams.push((to_a, n, 1200));
        datagrams.push((to_b, n, 100 + usize::from(n)));
    }
    datagrams.push((to_a, 20, 300));
    let mut queue = queue(&datagrams);
    outgoing.flush(&socket, &mut queue);
    assert!(queue.is_empty());
    let expected: Vec<_> = (0..20).map(|n| (n, 1200)).chain([(20, 300)]).collect();
    assert_eq!(receive(&a, 21), expected);
    assert_eq!(receive(&b, 20), (0..20).map(|n| (n, 100 + usize::from(n))).collect::<Vec<_>>());
    let sent = outgoing.sent;
    assert_eq!((sent.packets, sent.overflown, sent.refused), (41, 0, 0));
    assert_eq!(sent.bytes, 20 * 1200 + 300 + (100..120).sum::<u64>());
    if socket.state.max_gso_segments() > 20 {
        assert_eq!(sent.calls, 1 + 20, "the run to A in one call, growing sizes one by one");
    }
}

#[test]
fn what_the_system_refuses_is_counted_and_forgotten() {
    let (socket, mut outgoing) = (at_loopback(), Outgoing::new(false));
    let (a, to_a) = receiver();
    let elsewhere = "[2001:db8::1]:9".parse().unwrap();
    let mut queue = queue(&[(elsewhere, 1, 10), (to_a, 2, 10)]);
    outgoing.flush(&socket, &mut queue);
    assert!(queue.is_empty());
    assert_eq!(receive(&a, 1), [(2, 10)], "the others are sent");
    assert_eq!((outgoing.sent.packets, outgoing.sent.refused), (1, 1));
}

#[test]
fn a_check_is_answered_from_where_it_came_to_and_media_stays_where_media_comes_to() {
    // All of 127.0.0.0/8 is this machine.
    let socket = Socket::bind("0.0.0.0:0".parse().unwrap(), 1 << 20).unwrap();
    let mut outgoing = Outgoing::new(true);
    let (client, to) = receiver();
    let local = |n| Some(IpAddr::from([127, 0, 0, n]));
    let from = || {
        let (_, from) = client.recv_from(&mut [0; 100]).unwrap();
        Some(from.ip())
    };
    let send = |outgoing: &mut Outgoing| outgoing.flush(&socket, &mut queue(&[(to, 1, 10)]));
    outgoing.follow_source(to, local(7));
    send(&mut outgoing);
    assert_eq!(from(), local(1), "media alone proves nothing");
    for n in [9, 8] {
        outgoing.learn_source(to, local(n));
        outgoing.answer(&socket, &mut queue(&[(to, 1, 10)]), to, local(n));
        assert_eq!(from(), local(n));
    }
    send(&mut outgoing);
    assert_eq!(from(), local(9), "the first that was checked, until media comes");
    outgoing.follow_source(to, local(8));
    send(&mut outgoing);
    assert_eq!(from(), local(8));
    // An address that is not ours, or no longer.
    outgoing.follow_source(to, Some(IpAddr::from([192, 0, 2, 77])));
    outgoing.flush(&socket, &mut queue(&[(to, 1, 10), (to, 2, 10), (to, 3, 10)]));
    assert_eq!([from(), from(), from()], [local(1); 3], "sent all the same");
    assert_eq!(outgoing.sources.as_ref().unwrap().len(), 0, "and not tried again");
    assert_eq!((outgoing.sent.packets, outgoing.sent.refused), (8, 0));
}

#[test]
fn the_memory_of_addresses_is_bounded() {
    let mut outgoing = Outgoing::new(true);
    let local = Some(IpAddr::from([127, 0, 0, 1]));
    let client = |n: usize| {
        let [_, _, a, b] = u32::try_from(n).unwrap().to_be_bytes();
        SocketAddr::from(([10, 0, a, b], 1))
    };
    for n in 0..MAX_SOURCES {
        outgoing.learn_source(client(n), local);
    }
    outgoing.learn_source(client(0), local);
    assert_eq!(outgoing.sources.as_ref().unwrap().len(), MAX_SOURCES, "known ones are no new ones");
    outgoing.learn_source(client(MAX_SOURCES), local);
    assert_eq!(outgoing.sources.as_ref().unwrap().len(), 1);
    let mut with_one = Outgoing::new(false);
    with_one.learn_source(client(0), local);
    assert!(with_one.sources.is_none());
}
