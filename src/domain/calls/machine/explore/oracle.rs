//! What the protocol says must come of an input, told by what became of each user, not by the machine's states.
use super::world::{At, CREATED, Input, RING, World, require};
use crate::calls::machine::{Machine, Output, Readiness, Refusal, Shape};
use model::{
    SessionKey, UserId,
    call::{CallState, EndReason, Outcome, Participant},
};

/// What one step is judged by.
struct Step<'a> {
    before: &'a World,
    input: Input,
    after: &'a World,
    machine: &'a Machine,
    lines: Vec<Line>,
    must_end: bool,
}

/// One user in one step.
struct Line {
    user: UserId,
    is_creator: bool,
    was: Option<Participant>,
    /// The device by which the user was part of the call before.
    device: Option<SessionKey>,
    /// What becomes of the user by the input, before the call may end by it.
    becomes: Option<Outcome>,
}

pub(super) fn check(
    before: &World,
    input: Input,
    readiness: Option<Readiness>,
    outputs: &[Output],
    after: &World,
) -> Result<(), String> {
    let Some(machine) = &after.machine else { return Ok(()) };
    if before.is_over() {
        return check_nothing_happens(before, readiness, outputs, machine);
    }
    let lines = lines(before, input, after, machine);
    let must_end = must_end(&lines, input, after.shape());
    let step = Step { before, input, after, machine, lines, must_end };
    step.check_readiness(readiness)?;
    step.check_end()?;
    step.lines.iter().try_for_each(|line| step.check_participant(line))?;
    step.check_outputs(outputs)?;
    step.check_deadline()
}

fn check_nothing_happens(
    before: &World,
    readiness: Option<Readiness>,
    outputs: &[Output],
    machine: &Machine,
) -> Result<(), String> {
    let timeless = |machine: &Machine| Machine { latest: CREATED, ..machine.clone() };
    let same = before.machine.as_ref().map(timeless) == Some(timeless(machine));
    require(same, || "an ended call changed".to_owned())?;
    require(outputs.is_empty(), || format!("an ended call says {outputs:?}"))?;
    require(readiness.is_none_or(|readiness| readiness == Readiness::Over), || {
        format!("an ended call answers {readiness:?}")
    })
}

fn lines(before: &World, input: Input, after: &World, machine: &Machine) -> Vec<Line> {
    let participants = before.machine.as_ref().map(Machine::participants).unwrap_or_default();
    let devices: Vec<_> = before.machine.iter().flat_map(Machine::devices).collect();
    let line = |now: Participant| {
        let mut line = Line {
            user: now.user,
            is_creator: after.user(after.creator) == now.user,
            was: participants.iter().copied().find(|participant| participant.user == now.user),
            device: devices.iter().find(|(user, _)| *user == now.user).map(|(_, device)| *device),
            becomes: None,
        };
        line.becomes = line.after(before, input);
        line
    };
    machine.participants().into_iter().map(line).collect()
}

impl Line {
    /// Did this user's device, which was part of the call, leave by the input?
    fn left_by(&self, before: &World, input: Input) -> bool {
        match input {
            Input::HangUp(at) | Input::GoElsewhere(at) | Input::LoseMedia(at) | Input::Disconnect(at) => {
                self.device.is_some() && self.device == before.session(at)
            }
            Input::Remove(removed) => before.user(removed) == self.user && self.device.is_some(),
            _ => false,
        }
    }

    fn after(&self, before: &World, input: Input) -> Option<Outcome> {
        let was = self.was.map(|participant| participant.outcome);
        let may_refuse = was == Some(Outcome::Invited) && !self.is_creator;
        let by = |at: At| before.user(at.0) == self.user;
        match input {
            Input::Start(_) => Some(Outcome::Invited),
            Input::Ready(at) if by(at) => Some(Outcome::Accepted),
            Input::Decline(at, Refusal::Declined) if by(at) && may_refuse => Some(Outcome::Declined),
            Input::Decline(at, Refusal::Busy) if by(at) && may_refuse => Some(Outcome::Busy),
            Input::Remove(user) if before.user(user) == self.user && may_refuse => Some(Outcome::Declined),
            Input::Disconnect(_) | Input::LoseMedia(_) if self.left_by(before, input) => {
                Some(Outcome::Failed)
            }
            _ if self.left_by(before, input) => match self.is_creator && !before.connected {
                true => Some(Outcome::Cancelled),
                false => Some(Outcome::Left),
            },
            Input::Deadline if was == Some(Outcome::Invited) => match self.is_creator {
                true => Some(Outcome::Cancelled),
                false => Some(Outcome::Missed),
            },
            Input::Fail if !was.is_none_or(is_gone) => Some(Outcome::Failed),
            _ => was,
        }
    }

    fn changed(&self) -> bool {
        self.was.map(|participant| participant.outcome) != self.becomes
    }
}

fn is_gone(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::Invited | Outcome::Accepted)
}

fn must_end(lines: &[Line], input: Input, shape: Shape) -> bool {
    let somebody_went = lines.iter().any(|line| line.changed() && line.becomes.is_some_and(is_gone));
    let count = |outcome, creator: bool| {
        lines.iter().filter(|line| line.becomes == Some(outcome) && line.is_creator == creator).count()
    };
    let ringing = count(Outcome::Invited, false);
    let present =
        count(Outcome::Accepted, false) + count(Outcome::Accepted, true) + count(Outcome::Invited, true);
    let lonely = match shape {
        Shape::OneToOne => lines.iter().any(|line| line.becomes.is_some_and(is_gone)),
        Shape::Group => present == 0 || (present == 1 && ringing == 0),
    };
    input == Input::Fail || (somebody_went && lonely)
}

impl Step<'_> {
    fn end_reason(&self) -> EndReason {
        let became =
            |outcome| self.lines.iter().any(|line| !line.is_creator && line.becomes == Some(outcome));
        let creator_is_gone =
            self.lines.iter().any(|line| line.is_creator && line.becomes.is_some_and(is_gone));
        if self.input == Input::Fail {
            EndReason::Failed
        } else if self.before.connected {
            EndReason::Completed
        } else if creator_is_gone {
            EndReason::Cancelled
        } else if became(Outcome::Left) {
            EndReason::Completed
        } else if became(Outcome::Failed) {
            EndReason::Failed
        } else if became(Outcome::Missed) {
            EndReason::Missed
        } else if became(Outcome::Declined) {
            EndReason::Declined
        } else {
            EndReason::Busy
        }
    }

    fn check_readiness(&self, readiness: Option<Readiness>) -> Result<(), String> {
        let Input::Ready(at) = self.input else { return Ok(()) };
        let user = self.before.user(at.0);
        let line = self.lines.iter().find(|line| line.user == user).ok_or("whoever is ready has no part")?;
        let expected = match line.was.map(|participant| participant.outcome) {
            Some(Outcome::Accepted) if line.device == self.before.session(at) => Readiness::Already,
            Some(Outcome::Accepted) => Readiness::Over,
            _ => Readiness::Joined,
        };
        require(readiness == Some(expected), || format!("ready is answered {readiness:?}, not {expected:?}"))
    }

    fn check_end(&self) -> Result<(), String> {
        let expected = self.must_end.then(|| (self.after.now, self.end_reason()));
        let end = self.machine.end_of_call();
        require(end == expected, || format!("the end is {end:?}, not {expected:?}"))?;
        require(self.machine.is_over() == end.is_some(), || "an end without a reason".to_owned())?;
        let state = match (end, self.after.connected) {
            (Some(_), _) => CallState::Ended,
            (None, true) => CallState::Active,
            (None, false) => CallState::Pending,
        };
        require(self.machine.state() == state, || {
            format!("the call is {:?}, not {state:?}", self.machine.state())
        })?;
        let active = match self.before.connected {
            true => self.before.machine.as_ref().and_then(Machine::active_time),
            false => self.after.connected.then_some(self.after.now),
        };
        require(self.machine.active_time() == active, || {
            format!("active since {:?}, not {active:?}", self.machine.active_time())
        })
    }

    fn check_participant(&self, line: &Line) -> Result<(), String> {
        let outcome = match line.becomes {
            Some(Outcome::Accepted) if self.must_end => Outcome::Left,
            Some(Outcome::Invited) if self.must_end => Outcome::Cancelled,
            Some(outcome) => outcome,
            None => return Err(format!("{} has no part in this", line.user)),
        };
        let changed = line.was.map(|participant| participant.outcome) != Some(outcome);
        let joins = outcome == Outcome::Accepted && changed;
        let expected = Participant {
            user: line.user,
            outcome,
            invited_time: line.was.map_or(self.after.now, |was| was.invited_time),
            joined_time: line.was.and_then(|was| was.joined_time).or(joins.then_some(self.after.now)),
            left_time: match line.was {
                _ if !is_gone(outcome) => None,
                _ if changed => Some(self.after.now),
                was => was.and_then(|was| was.left_time),
            },
        };
        let is = self.machine.participants().into_iter().find(|participant| participant.user == line.user);
        require(is == Some(expected), || format!("{is:?} should be {expected:?}"))?;
        let times = [Some(expected.invited_time), expected.joined_time, expected.left_time];
        require(times.iter().flatten().is_sorted(), || format!("time runs backwards: {expected:?}"))
    }

    fn check_outputs(&self, outputs: &[Output]) -> Result<(), String> {
        let n_before = self.before.machine.as_ref().map_or(0, |machine| machine.seats.len());
        require(self.lines.len() >= n_before, || "somebody was forgotten".to_owned())?;
        let expected = self.expected_outputs();
        require(outputs == expected, || format!("the outputs are {outputs:?}, not {expected:?}"))
    }

    /// The devices of all others that took part before.
    fn others(&self, user: UserId) -> Vec<SessionKey> {
        let ready = self.before.machine.iter().flat_map(Machine::ready);
        ready.filter(|(other, _)| *other != user).map(|(_, device)| device).collect()
    }

    fn expected_outputs(&self) -> Vec<Output> {
        let mut outputs = Vec::new();
        let mut missed = Vec::new();
        let mut left = Vec::new();
        for line in self.lines.iter().filter(|line| line.changed()) {
            let user = line.user;
            match (self.input, line.becomes) {
                (Input::Ready(at), _) => {
                    let others = self.others(user);
                    let activated = !self.before.connected && !others.is_empty();
                    let device = self.before.session(at).expect("it is online");
                    outputs.push(Output::Accepted { user, device, others, activated });
                    // The creator answered with another device than it called with.
                    let dialing = line.device.filter(|dialing| *dialing != device);
                    outputs.extend(dialing.map(|device| Output::Over { device }));
                }
                (Input::Decline(..), _) | (Input::Remove(_), Some(Outcome::Declined)) => {
                    outputs.push(Output::Declined { user });
                }
                (Input::Deadline, Some(Outcome::Missed)) => missed.push(user),
                (Input::Start(_) | Input::Fail, _) => {}
                (Input::Deadline, _) if self.must_end => {}
                (input, _) => left.extend(self.leaving(line, input)),
            }
        }
        if !missed.is_empty() && !self.must_end {
            outputs.push(Output::Missed { users: missed });
        }
        outputs.extend(left);
        if self.must_end {
            outputs.push(Output::Ended);
        }
        outputs
    }

    fn leaving(&self, line: &Line, input: Input) -> Vec<Output> {
        let device = line.device.expect("whoever leaves was part of it");
        let was_ready = line.was.is_some_and(|was| was.outcome == Outcome::Accepted);
        let paired_with = if was_ready { self.others(line.user) } else { Vec::new() };
        let mut outputs = vec![Output::Left { user: line.user, device, paired_with }];
        let knows = matches!(input, Input::HangUp(_) | Input::Disconnect(_));
        if !knows && !self.must_end {
            outputs.push(Output::Over { device });
        }
        outputs
    }

    fn check_deadline(&self) -> Result<(), String> {
        let awaited = !self.must_end && self.lines.iter().any(|line| line.becomes == Some(Outcome::Invited));
        let started = self.lines.first().map(|line| line.was.map_or(self.after.now, |was| was.invited_time));
        let expected = started.filter(|_| awaited).map(|started| started + RING);
        let deadline = self.machine.poll_timeout();
        require(deadline == expected, || format!("the deadline is {deadline:?}, not {expected:?}"))
    }
}
