//! What passes after what, as tables of signals.
use super::*;

const ANN: UserId = UserId(1);
const BOB: UserId = UserId(2);
const CID: UserId = UserId(3);

/// What ann and bob send, `a:offer`, `b:answer`, `a:c1`; and what passes then, in order.
#[track_caller]
fn check(pairing: &mut Pairing, sent: &[(&str, &[&str])]) {
    for (signal, passes) in sent {
        let (who, what) = signal.split_once(':').unwrap();
        let pair = if who == "a" { (ANN, BOB) } else { (BOB, ANN) };
        let relayed = match what {
            "offer" => pairing.describe(pair, Description::Offer, what.to_owned()),
            "answer" => pairing.describe(pair, Description::Answer, what.to_owned()),
            candidate => pairing.candidate(pair, candidate.to_owned()).into_iter().collect(),
        };
        let line = |relayed: &Relayed| {
            let is_candidate = relayed.payload.starts_with('c');
            assert_eq!(relayed.kind == SignalKind::AddCandidate, is_candidate);
            assert_eq!([relayed.from, relayed.to].iter().filter(|user| [ANN, BOB].contains(user)).count(), 2);
            format!("{}:{}", if relayed.from == ANN { "a" } else { "b" }, relayed.payload)
        };
        assert_eq!(relayed.iter().map(line).collect::<Vec<_>>(), *passes, "after {signal}");
    }
}

#[test]
fn candidates_wait_for_their_description_and_for_the_answer() {
    check(
        &mut Pairing::default(),
        &[
            ("a:c1", &[]),
            ("a:offer", &["a:offer"]),
            ("a:c2", &[]),
            ("b:c3", &[]),
            ("b:c4", &[]),
            // The answer first, then what belongs to it, then what waited for it on the other side.
            ("b:answer", &["b:answer", "b:c3", "b:c4", "a:c1", "a:c2"]),
            ("a:c5", &["a:c5"]),
            ("b:c6", &["b:c6"]),
        ],
    );
}

#[test]
fn a_new_offer_closes_the_lane_until_its_answer() {
    check(
        &mut Pairing::default(),
        &[
            ("a:offer", &["a:offer"]),
            ("b:answer", &["b:answer"]),
            ("b:offer", &["b:offer"]),
            ("b:c1", &[]),
            ("a:c2", &["a:c2"]),
            ("a:answer", &["a:answer", "b:c1"]),
            ("b:c3", &["b:c3"]),
        ],
    );
}

#[test]
fn two_offers_at_once_end_with_one_answer_and_nothing_held() {
    // Both offer; ann rolls back and answers.
    check(
        &mut Pairing::default(),
        &[
            ("a:c1", &[]),
            ("a:offer", &["a:offer"]),
            ("b:offer", &["b:offer"]),
            ("b:c2", &[]),
            ("a:answer", &["a:answer", "a:c1", "b:c2"]),
            ("a:c3", &["a:c3"]),
            ("b:c4", &["b:c4"]),
        ],
    );
}

#[test]
fn an_answer_opens_only_the_lanes_it_belongs_to() {
    check(
        &mut Pairing::default(),
        &[
            ("a:c1", &[]),
            ("b:answer", &["b:answer"]),
            ("a:c2", &[]),
            ("a:offer", &["a:offer"]),
            ("a:c3", &[]),
        ],
    );
}

#[test]
fn lanes_of_different_pairs_do_not_touch() {
    let mut pairing = Pairing::default();
    assert_eq!(pairing.candidate((ANN, BOB), "c1".to_owned()), None);
    assert_eq!(pairing.candidate((ANN, CID), "c2".to_owned()), None);
    pairing.describe((ANN, CID), Description::Offer, String::new());
    let passed = pairing.describe((CID, ANN), Description::Answer, String::new());
    assert_eq!(passed.iter().map(|relayed| relayed.payload.as_str()).collect::<Vec<_>>(), ["", "c2"]);
    assert_eq!(pairing.candidate((ANN, BOB), "c3".to_owned()), None);
}

#[test]
fn a_lane_holds_so_many_and_pushes_out_the_oldest() {
    let mut pairing = Pairing::default();
    let names: Vec<String> = (0..=limits::MAX_BUFFERED_CANDIDATES).map(|n| n.to_string()).collect();
    for (n, expected) in [(limits::MAX_BUFFERED_CANDIDATES, &names[..64]), (65, &names[1..])] {
        for name in &names[..n] {
            assert_eq!(pairing.candidate((ANN, BOB), name.clone()), None);
        }
        let passed = pairing.describe((ANN, BOB), Description::Answer, String::new());
        assert_eq!(
            passed[1..].iter().map(|relayed| &relayed.payload).collect::<Vec<_>>(),
            expected.iter().collect::<Vec<_>>()
        );
        pairing.forget(ANN);
    }
}

#[test]
fn a_sender_holds_so_many_bytes_over_all_its_lanes() {
    let mut pairing = Pairing::default();
    let large = "x".repeat(limits::MAX_CANDIDATE_BYTES);
    let fit = limits::MAX_HELD_CANDIDATE_BYTES / large.len();
    let per_lane = limits::MAX_BUFFERED_CANDIDATES;
    assert_eq!(fit % per_lane, 0, "the limits fill whole lanes");
    for n in 0..fit {
        pairing.candidate((ANN, UserId(100 + (n / per_lane) as u64)), large.clone());
    }
    assert_eq!(pairing.held_bytes[&ANN], limits::MAX_HELD_CANDIDATE_BYTES);
    // At the limit: an empty lane has nothing to push out, a full one its oldest.
    pairing.candidate((ANN, BOB), "late".to_owned());
    assert_eq!(pairing.describe((ANN, BOB), Description::Answer, String::new()).len(), 1);
    pairing.candidate((ANN, UserId(100)), "late".to_owned());
    let passed = pairing.describe((ANN, UserId(100)), Description::Answer, String::new());
    assert_eq!((passed.len(), passed.last().unwrap().payload.as_str()), (1 + per_lane, "late"));
    // Others are not affected, and what has passed frees its place.
    assert_eq!(pairing.candidate((CID, BOB), "c".to_owned()), None);
    pairing.candidate((ANN, CID), "c".to_owned());
    assert_eq!(pairing.describe((ANN, CID), Description::Answer, String::new()).len(), 2);
}

#[test]
fn whoever_comes_back_starts_anew() {
    let mut pairing = Pairing::default();
    check(
        &mut pairing,
        &[
            ("a:offer", &["a:offer"]),
            ("b:answer", &["b:answer"]),
            ("a:c1", &["a:c1"]),
            ("b:offer", &["b:offer"]),
            ("b:c2", &[]),
        ],
    );
    pairing.candidate((CID, BOB), "kept".to_owned());
    pairing.candidate((CID, ANN), "dropped".to_owned());
    pairing.forget(ANN);
    check(&mut pairing, &[("a:c3", &[]), ("b:c4", &[]), ("a:offer", &["a:offer"])]);
    check(&mut pairing, &[("b:answer", &["b:answer", "b:c4", "a:c3"])]);
    let passed = pairing.describe((CID, BOB), Description::Answer, String::new());
    assert_eq!(passed.last().unwrap().payload, "kept");
    let held: usize = pairing.lanes.values().flat_map(|lane| &lane.held).map(String::len).sum();
    assert_eq!((held, pairing.held_bytes.values().sum::<usize>()), (0, 0));
}
