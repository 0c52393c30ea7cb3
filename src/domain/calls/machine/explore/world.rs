//! A call and all devices of everybody, with what each device shows.
//!
//! Devices do anything at any time: ready without ringing, decline after accepting, hang up twice. What a device shows
//! follows from the outputs alone, as clients follow the events they stand for.
use super::oracle;
use crate::calls::machine::{Departure, Machine, Output, Phase, Readiness, Refusal, Setup, Shape};
use model::{
    SessionKey, Timestamp, UserId,
    call::{CallState, EndReason, Outcome},
};
use std::{collections::BTreeMap, time::Duration};

pub(super) const CREATED: Timestamp = Timestamp(1_000);
/// Longer than any run: inputs take a millisecond each, only `Deadline` jumps.
pub(super) const RING: Duration = Duration::from_secs(1_000);

/// The place of a device: user, device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At(pub(super) usize, pub(super) usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A device comes online, with a new session.
    Connect(At),
    /// The first call in the channel.
    Start(At),
    Ready(At),
    Decline(At, Refusal),
    HangUp(At),
    /// The session is gone for good.
    Disconnect(At),
    /// The device's media is lost for good.
    LoseMedia(At),
    /// The device becomes ready in another call.
    GoElsewhere(At),
    /// The user leaves the channel.
    Remove(usize),
    /// The timer fires too early.
    Tick,
    Deadline,
    /// The server stops.
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Screen {
    Idle,
    Ringing,
    Dialing,
    InCall,
}

#[derive(Clone, Copy, Debug)]
struct Device {
    /// `None`: offline.
    session: Option<SessionKey>,
    generation: u64,
    screen: Screen,
}

/// What makes two worlds different.
pub(super) type Key = (
    Vec<(usize, u8, Option<Outcome>, bool)>,
    Option<(CallState, Option<EndReason>)>,
    Vec<Vec<(bool, Screen, bool)>>,
);

#[derive(Clone)]
pub(super) struct World {
    shape: Shape,
    /// Users after these are members who are not invited.
    invited: usize,
    /// Who starts the call: any of the first so many.
    creators: usize,
    pub(super) now: Timestamp,
    pub(super) machine: Option<Machine>,
    pub(super) creator: usize,
    devices: Vec<Vec<Device>>,
    /// Two have been ready at the same time.
    pub(super) connected: bool,
}

impl World {
    /// Everybody is offline. `devices` of each user; the first `invited` users are members from the start, one of the
    /// first `creators` starts the call.
    pub(super) fn new(shape: Shape, devices: &[usize], invited: usize, creators: usize) -> Self {
        let device = Device { session: None, generation: 0, screen: Screen::Idle };
        Self {
            shape,
            invited,
            creators,
            now: CREATED,
            machine: None,
            creator: 0,
            devices: devices.iter().map(|n| vec![device; *n]).collect(),
            connected: false,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.machine.as_ref().is_some_and(Machine::is_over)
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    pub(super) fn user(&self, at: usize) -> UserId {
        UserId(at as u64 + 1)
    }

    pub(super) fn session(&self, At(user, device): At) -> Option<SessionKey> {
        self.devices[user][device].session
    }

    /// Everything that can happen next.
    pub(super) fn inputs(&self) -> Vec<Input> {
        let mut inputs = Vec::new();
        for (user, devices) in self.devices.iter().enumerate() {
            for (index, device) in devices.iter().enumerate() {
                let at = At(user, index);
                match (device.session, &self.machine) {
                    (None, _) => inputs.push(Input::Connect(at)),
                    (Some(_), None) if user < self.creators => {
                        inputs.extend([Input::Start(at), Input::Disconnect(at)]);
                    }
                    (Some(_), None) => inputs.push(Input::Disconnect(at)),
                    (Some(_), Some(_)) => inputs.extend([
                        Input::Ready(at),
                        Input::Decline(at, Refusal::Declined),
                        Input::Decline(at, Refusal::Busy),
                        Input::HangUp(at),
                        Input::Disconnect(at),
                        Input::LoseMedia(at),
                        Input::GoElsewhere(at),
                    ]),
                }
            }
            if self.machine.is_some() {
                inputs.push(Input::Remove(user));
            }
        }
        if self.machine.is_some() {
            inputs.extend([Input::Tick, Input::Deadline, Input::Fail]);
        }
        inputs
    }

    /// One input, and everything that must be true after it.
    pub(super) fn step(&mut self, input: Input) -> Result<(), String> {
        let before = self.clone();
        self.now = self.time_of(input);
        let mut machine = self.machine.take();
        let readiness = self.feed(machine.as_mut(), input);
        if let Input::Start(at) = input {
            machine = Some(self.start(at));
        }
        let mut outputs = Vec::new();
        while let Some(output) = machine.as_mut().and_then(Machine::poll_output) {
            outputs.push(output);
        }
        self.machine = machine;
        for output in &outputs {
            self.show(output)?;
        }
        if let Some(machine) = &self.machine {
            self.connected |= machine.ready().count() > 1;
        }
        oracle::check(&before, input, readiness, &outputs, self)?;
        self.check_devices(&before, input)?;
        self.check_glare()
    }

    fn time_of(&self, input: Input) -> Timestamp {
        let deadline = self.machine.as_ref().and_then(Machine::poll_timeout);
        match (input, deadline) {
            (Input::Deadline, Some(deadline)) => deadline,
            (Input::Tick, Some(deadline)) => Timestamp(deadline.0 - 1).min(Timestamp(self.now.0 + 1)),
            _ => Timestamp(self.now.0 + 1),
        }
    }

    fn feed(&mut self, machine: Option<&mut Machine>, input: Input) -> Option<Readiness> {
        match (input, machine) {
            (Input::Connect(At(user, device)), _) => {
                let session = self.new_session(At(user, device));
                self.devices[user][device].session = Some(session);
            }
            (Input::Disconnect(at), machine) => {
                let device = &mut self.devices[at.0][at.1];
                let session = device.session.take().expect("it was online");
                device.screen = Screen::Idle;
                if let Some(machine) = machine {
                    machine.handle_leave(session, Departure::Lost, self.now);
                }
            }
            (Input::Ready(at), Some(machine)) => {
                return Some(machine.handle_ready(self.user(at.0), self.online(at), self.now));
            }
            (Input::Decline(at, refusal), Some(machine)) => {
                machine.handle_decline(self.user(at.0), refusal, self.now);
            }
            (Input::HangUp(at), Some(machine)) => {
                machine.handle_leave(self.online(at), Departure::HungUp, self.now);
                let screen = &mut self.devices[at.0][at.1].screen;
                // Whoever hangs up knows; whoever only rings goes on ringing.
                if *screen != Screen::Ringing {
                    *screen = Screen::Idle;
                }
            }
            (Input::LoseMedia(at), Some(machine)) => {
                machine.handle_leave(self.online(at), Departure::Unreachable, self.now);
            }
            (Input::GoElsewhere(at), Some(machine)) => {
                machine.handle_leave(self.online(at), Departure::Dropped, self.now);
            }
            (Input::Remove(user), Some(machine)) => machine.handle_removed(self.user(user), self.now),
            (Input::Tick | Input::Deadline, Some(machine)) => machine.handle_timeout(self.now),
            (Input::Fail, Some(machine)) => machine.handle_failure(self.now),
            (_, None) | (Input::Start(_), Some(_)) => {}
        }
        None
    }

    fn start(&mut self, at: At) -> Machine {
        self.creator = at.0;
        let device = self.online(at);
        let invited: Vec<usize> = (0..self.invited).filter(|user| *user != at.0).collect();
        for user in &invited {
            for device in self.devices[*user].iter_mut().filter(|device| device.session.is_some()) {
                device.screen = Screen::Ringing;
            }
        }
        self.devices[at.0][at.1].screen = Screen::Dialing;
        let setup = Setup {
            shape: self.shape,
            creator: (self.user(at.0), device),
            invited: invited.into_iter().map(|user| self.user(user)).collect(),
            ring: RING,
        };
        Machine::new(setup, self.now)
    }

    fn online(&self, at: At) -> SessionKey {
        self.session(at).expect("only devices that are online act")
    }

    /// Never the session before, never another device's.
    fn new_session(&mut self, At(user, device): At) -> SessionKey {
        let generation = &mut self.devices[user][device].generation;
        *generation = 1 - *generation;
        SessionKey(user as u64 * 100 + device as u64 * 10 + *generation)
    }

    /// What the devices make of an output.
    fn show(&mut self, output: &Output) -> Result<(), String> {
        match output {
            Output::Accepted { user, device, .. } => {
                self.stop_ringing(*user);
                self.set(*device, Screen::InCall)?;
            }
            Output::Declined { user } => self.stop_ringing(*user),
            Output::Missed { users } => users.iter().for_each(|user| self.stop_ringing(*user)),
            Output::Left { .. } => {}
            Output::Over { device } => self.set(*device, Screen::Idle)?,
            Output::Ended => {
                self.devices.iter_mut().flatten().for_each(|device| device.screen = Screen::Idle);
            }
        }
        Ok(())
    }

    fn stop_ringing(&mut self, user: UserId) {
        let devices = &mut self.devices[user.0 as usize - 1];
        for device in devices.iter_mut().filter(|device| device.screen == Screen::Ringing) {
            device.screen = Screen::Idle;
        }
    }

    fn set(&mut self, session: SessionKey, screen: Screen) -> Result<(), String> {
        let device = self.devices.iter_mut().flatten().find(|device| device.session == Some(session));
        device.ok_or(format!("{session} is told something and does not exist"))?.screen = screen;
        Ok(())
    }

    /// One winner per user, and all devices agree with the machine.
    fn check_devices(&self, before: &World, input: Input) -> Result<(), String> {
        let Some(machine) = &self.machine else { return Ok(()) };
        for (user, devices) in self.devices.iter().enumerate() {
            let id = self.user(user);
            let in_call: Vec<SessionKey> = devices
                .iter()
                .filter(|device| device.screen == Screen::InCall)
                .filter_map(|device| device.session)
                .collect();
            let ready: Vec<SessionKey> = machine.ready_device(id).into_iter().collect();
            require(in_call == ready, || {
                format!("{in_call:?} of {id} are in the call, the machine says {ready:?}")
            })?;
            let rings = machine
                .seats
                .iter()
                .any(|seat| seat.user == id && matches!(seat.phase, Phase::Ringing { .. }));
            let awaited = machine.devices().find(|(user, _)| *user == id).map(|(_, device)| device);
            for (index, device) in devices.iter().enumerate() {
                let was = before.devices[user][index];
                let goes_on = device.session.is_some() && device.session == was.session;
                require(device.screen != Screen::Ringing || rings, || format!("a device of {id} rings on"))?;
                let fell_silent =
                    goes_on && was.screen == Screen::Ringing && device.screen != Screen::Ringing;
                require(!fell_silent || !rings, || {
                    format!("a device of {id} stopped ringing for no reason")
                })?;
                let began = device.screen == Screen::Ringing && was.screen != Screen::Ringing;
                require(!began || matches!(input, Input::Start(_)), || {
                    format!("a device of {id} rings late")
                })?;
                require(device.screen != Screen::Dialing || awaited == device.session, || {
                    format!("a device of {id} dials and is not awaited")
                })?;
            }
        }
        let sessions: Vec<_> = self.devices.iter().flatten().filter_map(|device| device.session).collect();
        let gone = machine.devices().find(|(_, device)| !sessions.contains(device));
        require(gone.is_none(), || format!("the machine counts on {gone:?}, which is gone"))
    }

    /// Whoever starts a call here gets this one, and becomes ready in it: one connected call.
    fn check_glare(&self) -> Result<(), String> {
        let Some(machine) = self.machine.as_ref().filter(|machine| !machine.is_over()) else { return Ok(()) };
        let mut machine = machine.clone();
        let mut expected = BTreeMap::new();
        for (user, devices) in self.devices.iter().enumerate().take(self.invited) {
            let id = self.user(user);
            let Some(session) = machine.ready_device(id).or(devices.iter().find_map(|device| device.session))
            else {
                return Ok(());
            };
            machine.handle_ready(id, session, self.now);
            expected.insert(id, session);
        }
        let ready: BTreeMap<_, _> = machine.ready().filter(|(user, _)| expected.contains_key(user)).collect();
        require(ready == expected && machine.state() == CallState::Active, || {
            format!("everybody starts the call, and these are connected: {ready:?}")
        })
    }

    pub(super) fn key(&self) -> Key {
        let devices = |(user, devices): (usize, &Vec<Device>)| {
            let id = self.user(user);
            let part =
                self.machine.as_ref().and_then(|machine| machine.devices().find(|(user, _)| *user == id));
            let part = part.map(|(_, device)| device);
            let mut keys: Vec<_> = devices
                .iter()
                .map(|device| {
                    (
                        device.session.is_some(),
                        device.screen,
                        device.session.is_some() && device.session == part,
                    )
                })
                .collect();
            keys.sort_unstable();
            keys
        };
        let seats = self.machine.iter().flat_map(|machine| &machine.seats);
        let seats = seats.map(|seat| {
            let (phase, outcome) = match seat.phase {
                Phase::Ringing { .. } => (0, None),
                Phase::Connecting { .. } => (1, None),
                Phase::Ready { .. } => (2, None),
                Phase::Gone { outcome, .. } => (3, Some(outcome)),
            };
            (seat.user.0 as usize, phase, outcome, seat.joined.is_some())
        });
        // What an ended call does is the same whoever is online.
        let live = if self.is_over() { &[] } else { self.devices.as_slice() };
        let life = self.machine.as_ref().map(|m| (m.state(), m.end_of_call().map(|(_, reason)| reason)));
        (seats.collect(), life, live.iter().enumerate().map(devices).collect())
    }
}

pub(super) fn require(holds: bool, problem: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(problem()) }
}
