//! Which addresses are believed, and for how long.
use super::*;
use crate::transport::testing::{Check, ICE_CONTROLLED, address, credentials, start, take};
use rtc_stun::attributes::ATTR_ERROR_CODE;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_SUCCESS, Message, MessageType};
use std::time::Duration;

/// The agent, its clock, its way out.
struct Desk {
    agent: Agent,
    now: Instant,
    out: Transmits,
}

impl Desk {
    fn new() -> Self {
        let now = start();
        Self {
            agent: Agent::new(&credentials("us"), &credentials("them"), now),
            now,
            out: Transmits::default(),
        }
    }

    /// A datagram a second later. Says whether it was believed, and the answer.
    fn receive(&mut self, port: u16, datagram: &[u8]) -> (bool, Option<Vec<u8>>) {
        self.now += Duration::from_secs(1);
        let believed = self.agent.handle_stun(address(port), datagram, self.now, &mut self.out).is_ok();
        let mut answers = take(&mut self.out);
        assert!(answers.len() <= 1);
        let answer = answers.pop().map(|(to, answer)| {
            assert_eq!(to, address(port), "answers go where the request came from");
            answer
        });
        (believed, answer)
    }

    fn check(&mut self, port: u16, check: &Check) -> bool {
        self.receive(port, &check.write()).0
    }

    fn selected(&self) -> Option<u16> {
        self.agent.selected().map(|address| address.port())
    }
}

fn check() -> Check {
    Check::new("us", "them")
}

/// The number of an error, 0 for success.
fn number(answer: &[u8]) -> u16 {
    let mut read = Message::new();
    read.unmarshal_binary(answer).unwrap();
    if read.typ == BINDING_SUCCESS {
        return 0;
    }
    let code = read.get(ATTR_ERROR_CODE).unwrap();
    u16::from(code[2]) * 100 + u16::from(code[3])
}

#[test]
fn the_first_check_selects_and_a_nomination_overrides() {
    let mut desk = Desk::new();
    assert_eq!(desk.selected(), None);
    // (port, nominated, selected afterwards)
    for (port, is_nominated, expected) in
        [(1, false, 1), (2, false, 1), (2, true, 2), (1, false, 2), (3, true, 3), (1, true, 1)]
    {
        let check = if is_nominated { check().nominating() } else { check() };
        assert!(desk.check(port, &check));
        assert_eq!(desk.selected(), Some(expected));
        assert!(desk.agent.accepts(address(port)));
        assert_eq!(desk.agent.last_check(), desk.now);
    }
    assert!(!desk.agent.accepts(address(4)));
}

#[test]
fn what_is_not_authentic_is_answered_and_changes_nothing() {
    let no_username = Check { username: None, ..check() };
    let no_integrity = Check { pwd: None, ..check() };
    let wrong_password = Check { pwd: Some("password-of-them".to_owned()), ..check() };
    let another_peer = Check { username: Some("us:others".to_owned()), ..check() };
    let no_peer = Check { username: Some("us".to_owned()), ..check() };
    let rows = [
        (no_username, 400),
        (no_integrity, 400),
        (wrong_password, 401),
        (another_peer, 401),
        (no_peer, 401),
        (check().with(0x0019, &[0; 4]).nominating(), 420),
        (check().with(ICE_CONTROLLED, &[9; 8]).nominating(), 487),
    ];
    let mut desk = Desk::new();
    let began = desk.now;
    for (check, expected) in rows {
        let request = check.write();
        let (is_believed, answer) = desk.receive(7, &request);
        let answer = answer.expect("an answer");
        assert!(!is_believed);
        assert_eq!(number(&answer), expected);
        assert!(answer.len() <= request.len(), "nothing is amplified");
        assert_eq!((desk.selected(), desk.agent.accepts(address(7))), (None, false));
        assert_eq!(desk.agent.last_check(), began);
    }
    assert!(desk.check(7, &check()), "and takes nothing away");
}

#[test]
fn what_is_no_request_is_not_answered() {
    let mut desk = Desk::new();
    let class = |class| MessageType { class, ..BINDING_SUCCESS };
    let rows = [
        Check { typ: BINDING_SUCCESS, ..check() }.write(),
        Check { typ: class(rtc_stun::message::CLASS_INDICATION), ..check() }.write(),
        Check { typ: class(rtc_stun::message::CLASS_ERROR_RESPONSE), ..check() }.write(),
        Check { has_fingerprint: false, ..check() }.write(),
        vec![0; 20],
        Vec::new(),
    ];
    for datagram in rows {
        assert_eq!(desk.receive(7, &datagram), (false, None));
    }
    assert_eq!(desk.selected(), None);
}

#[test]
fn a_retransmission_gets_the_same_answer() {
    let mut desk = Desk::new();
    for request in [check().nominating().write(), check().with(ICE_CONTROLLED, &[9; 8]).write()] {
        let first = desk.receive(7, &request);
        assert!(first.1.is_some());
        assert_eq!(desk.receive(7, &request), first);
    }
    assert_eq!(desk.agent.proven.len(), 1);
}

#[test]
fn addresses_are_kept_up_to_the_limit_and_the_most_silent_goes() {
    let mut desk = Desk::new();
    let most = u16::try_from(MAX_ADDRESSES).unwrap();
    for port in 1..=most {
        assert!(desk.check(port, &check()));
    }
    // The first is selected, the second is still heard of.
    assert!(desk.check(2, &check()));
    assert!(desk.check(most + 1, &check()));
    let accepted = |desk: &Desk| -> Vec<u16> {
        (1..=most + 2).filter(|port| desk.agent.accepts(address(*port))).collect()
    };
    assert!(!desk.agent.accepts(address(3)), "one past the limit");
    assert_eq!(accepted(&desk).len(), MAX_ADDRESSES);
    assert!(desk.agent.accepts(address(1)) && desk.agent.accepts(address(2)));
    // However many come, the selected one stays.
    for port in 100..200 {
        assert!(desk.check(port, &check()));
        assert_eq!(desk.selected(), Some(1));
        assert!(desk.agent.accepts(address(1)) && desk.agent.accepts(address(port)));
        assert_eq!(desk.agent.proven.len(), MAX_ADDRESSES);
    }
}

#[test]
fn a_restart_keeps_the_old_credentials_until_the_new_ones_are_used() {
    let mut desk = Desk::new();
    let (old, new) = (check(), Check::new("us2", "them2"));
    assert!(!desk.check(1, &new));
    assert!(desk.check(1, &old));
    desk.agent.restart(&credentials("us2"), &credentials("them2"));
    assert_eq!(["us", "us2", "u", "us2:"].map(|ufrag| desk.agent.knows(ufrag)), [true, true, false, false]);
    assert_eq!(desk.selected(), Some(1), "nothing is taken away");
    let (is_believed, answer) = desk.receive(2, &old.clone().nominating().write());
    assert!(is_believed);
    assert_eq!(desk.selected(), Some(2), "the old session goes on");
    let mut read = Message::new();
    read.unmarshal_binary(&answer.unwrap()).unwrap();
    let provider = rtc_crypto::default_provider().unwrap();
    let old_pwd = credentials("us").pwd;
    MessageIntegrity::check(&mut read, old_pwd.as_bytes(), provider.crypto())
        .expect("signed with the old password");

    let mixed = Check { username: Some("us2:them".to_owned()), ..new.clone() };
    assert!(!desk.check(3, &mixed), "one generation or the other");
    assert!(desk.check(3, &new));
    assert_eq!(desk.selected(), Some(3), "the first check of the new session selects");
    assert!(!desk.check(1, &old), "the old session is over");
    assert_eq!(["us", "us2"].map(|ufrag| desk.agent.knows(ufrag)), [false, true]);
    assert!(desk.agent.accepts(address(1)), "its addresses are not");
    assert!(desk.check(1, &new));
    assert_eq!(desk.selected(), Some(3));
}

#[test]
fn restarts_that_were_never_used_do_not_take_the_working_one_away() {
    let mut desk = Desk::new();
    assert!(desk.check(1, &check()));
    for generation in 2..6 {
        desk.agent.restart(&credentials(&format!("us{generation}")), &credentials("them"));
    }
    assert!(desk.check(1, &check()));
    assert!(!desk.check(1, &Check::new("us4", "them")), "replaced before it was used");
    assert!(desk.check(1, &Check::new("us5", "them")));
    assert!(!desk.check(1, &check()));
    // The first one of all counts as working as long as nothing better is known.
    let mut desk = Desk::new();
    desk.agent.restart(&credentials("us2"), &credentials("them2"));
    assert!(desk.check(1, &check()));
    assert_eq!(desk.selected(), Some(1));
    assert!(desk.check(2, &Check::new("us2", "them2")));
    assert_eq!(desk.selected(), Some(2));
}

#[test]
fn a_password_is_not_printed() {
    let printed = format!("{:?}", credentials("us"));
    assert!(printed.contains("us") && !printed.contains("password"), "{printed}");
}
