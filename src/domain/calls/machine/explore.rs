//! Every interleaving of everything that devices, the clock and the server can do to one call.
//!
//! ```text
//!   World = machine + what every device shows      world.rs
//!     │ each possible input
//!     ▼
//!   World' ─▶ oracle: outcomes, times, outputs, end, from the protocol's words      oracle.rs
//!          ─▶ devices: one winner, everyone agrees, nobody rings who should not     world.rs
//! ```
//!
//! States that differ only in times, in the generation of sessions, or in the order of one user's devices behave the
//! same: they are visited once. A failure prints the shortest way to it.
mod oracle;
mod world;

use super::Shape;
use std::collections::{HashSet, VecDeque};
use world::{Input, Key, World};

struct Explored {
    states: usize,
    transitions: usize,
    ended: usize,
}

/// Breadth first, so that the first way to a state is a shortest one.
fn explore(name: &str, start: World) -> Explored {
    let mut visited: HashSet<Key> = HashSet::from([start.key()]);
    let mut nodes: Vec<(World, Option<(usize, Input)>)> = vec![(start, None)];
    let mut queue = VecDeque::from([0]);
    let mut found = Explored { states: 1, transitions: 0, ended: 0 };
    while let Some(index) = queue.pop_front() {
        for input in nodes[index].0.inputs() {
            let mut next = nodes[index].0.clone();
            found.transitions += 1;
            if let Err(problem) = next.step(input) {
                panic!("{name}: {problem}\n{}", way(&nodes, index, input));
            }
            // Whatever reaches an ended call has been shown to change nothing.
            if !nodes[index].0.is_over() && visited.insert(next.key()) {
                found.states += 1;
                found.ended += usize::from(next.is_over());
                queue.push_back(nodes.len());
                nodes.push((next, Some((index, input))));
            }
        }
    }
    println!("{name}: {} states ({} ended), {} transitions", found.states, found.ended, found.transitions);
    found
}

fn way(nodes: &[(World, Option<(usize, Input)>)], mut index: usize, last: Input) -> String {
    let mut inputs = vec![last];
    while let Some((parent, input)) = nodes[index].1 {
        inputs.push(input);
        index = parent;
    }
    let steps: Vec<String> = inputs.iter().rev().map(|input| format!("  {input:?}")).collect();
    format!("after:\n{}", steps.join("\n"))
}

#[test]
fn two_users_with_three_devices_each_in_a_one_to_one_call() {
    let found = explore("one to one, 2 x 3", World::new(Shape::OneToOne, &[3, 3], 2, 2));
    assert!(found.states >= 189 && found.ended >= 17, "the exploration has shrunk");
}

#[test]
fn two_users_with_three_devices_each_in_a_group_call() {
    let found = explore("group, 2 x 3", World::new(Shape::Group, &[3, 3], 2, 2));
    assert!(found.states >= 189 && found.ended >= 17, "the exploration has shrunk");
}

#[test]
fn three_users_and_a_late_member_in_a_group_call() {
    let found = explore("group, 2 + 1 + 1 + late 1", World::new(Shape::Group, &[2, 1, 1, 1], 3, 2));
    assert!(found.states > 5_000 && found.ended > 500, "the exploration has shrunk");
}
