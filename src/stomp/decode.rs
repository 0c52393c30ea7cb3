//! Bytes to frames.
//!
//! ```text
//!   Between ─▶ Command ─▶ Headers ─▶ Body ─▶ Between        one line or one body at a time, straight from the
//!      ▲ EOLs are heart-beats                                input; only what a split cut off is kept
//! ```
//!
//! What is accepted beyond the letter of STOMP 1.2, because it is harmless: CR LF line ends, colons in values, bodies
//! on frames that need none, several frames in one WebSocket message, one frame in several, and a frame whose NUL was
//! cut off by the end of a WebSocket message ([`Decoder::end_of_message`]).
//!
//! Invariant: no buffer grows past [`Limits`], and nothing is allocated because a peer announced it.
use crate::{Command, Frame, Headers, Violation};
use std::{borrow::Cow, mem};

/// Longest first line that can still be a command.
const MAX_COMMAND_BYTES: usize = 16;

/// What one peer may send. The caller chooses; there are no defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in one frame, from the command to the NUL.
    pub frame_bytes: usize,
    /// Header lines in one frame.
    pub headers: usize,
    /// Bytes in one header line, its end not counted.
    pub header_bytes: usize,
}

/// Turns the bytes of one connection into frames.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    state: State,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    /// Bytes of the current frame so far.
    frame_bytes: usize,
}

#[derive(Debug)]
enum State {
    /// Before the first byte of a frame.
    Between {
        /// The end of a WebSocket message has stood in for the last frame's NUL, which may yet come.
        nul_may_come: bool,
    },
    Command,
    Headers(Command, Headers),
    Body {
        frame: Frame,
        /// From `content-length`; without it the body ends with the first NUL.
        announced: Option<usize>,
    },
    /// Nothing can be read after a violation.
    Failed(Violation),
}

impl State {
    const BETWEEN: Self = Self::Between { nul_may_come: false };
}

/// What one piece of input leads to.
enum Step {
    To(State),
    Done(Frame),
}

impl Decoder {
    /// For a new connection.
    pub fn new(limits: Limits) -> Self {
        Self { limits, state: State::BETWEEN, line: Vec::new(), frame_bytes: 0 }
    }

    /// The next frame of `input`, which moves past what was read. `None`: all of `input` is read, more must come.
    /// A violation is final: it is the answer to every later call.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, Violation> {
        loop {
            match mem::replace(&mut self.state, State::BETWEEN) {
                State::Failed(violation) => {
                    self.state = State::Failed(violation);
                    return Err(violation);
                }
                state if input.is_empty() => {
                    self.state = state;
                    return Ok(None);
                }
                state => match self.advance(state, input) {
                    Ok(Step::To(state)) => self.state = state,
                    Ok(Step::Done(frame)) => return Ok(Some(frame)),
                    Err(violation) => self.state = State::Failed(violation),
                },
            }
        }
    }

    /// A WebSocket message has ended. Some clients lose the NUL at its end: a frame that is complete but for the NUL is
    /// returned. That is one with the whole body that `content-length` announced, or with neither. (A body of unknown
    /// length may go on in the next message, so it is left alone.)
    pub fn end_of_message(&mut self) -> Option<Frame> {
        let State::Body { frame, announced } = &mut self.state else {
            return None;
        };
        if frame.body.len() != announced.unwrap_or_default() {
            return None;
        }
        let frame =
            Frame { headers: mem::take(&mut frame.headers), body: mem::take(&mut frame.body), ..*frame };
        self.state = State::Between { nul_may_come: true };
        Some(frame)
    }

    /// Reads one piece of a non-empty input.
    fn advance(&mut self, state: State, input: &mut &[u8]) -> Result<Step, Violation> {
        match state {
            State::Between { nul_may_come } => match input.split_first() {
                Some((0, rest)) if nul_may_come => {
                    *input = rest;
                    Ok(Step::To(State::BETWEEN))
                }
                Some((b'\r' | b'\n', rest)) => {
                    *input = rest;
                    Ok(Step::To(State::Between { nul_may_come }))
                }
                _ => {
                    self.frame_bytes = 0;
                    Ok(Step::To(State::Command))
                }
            },
            State::Command => {
                let unknown = Violation::UnknownCommand;
                let Some(line) = self.take_line(input, MAX_COMMAND_BYTES, unknown, unknown)? else {
                    return Ok(Step::To(State::Command));
                };
                let command = Command::parse(&line).ok_or(Violation::UnknownCommand)?;
                Ok(Step::To(State::Headers(command, Headers::new())))
            }
            State::Headers(command, headers) => self.take_header(command, headers, input).map(Step::To),
            State::Body { frame, announced: Some(length) } => self.take_announced(frame, length, input),
            State::Body { frame, announced: None } => self.take_until_nul(frame, input),
            State::Failed(violation) => Err(violation),
        }
    }

    fn take_header(
        &mut self,
        command: Command,
        mut headers: Headers,
        input: &mut &[u8],
    ) -> Result<State, Violation> {
        let limit = self.limits.header_bytes;
        let nul = Violation::HeadersNotEnded(command);
        let Some(line) = self.take_line(input, limit, Violation::HeaderTooLong { limit }, nul)? else {
            return Ok(State::Headers(command, headers));
        };
        if !line.is_empty() {
            if headers.len() == self.limits.headers {
                return Err(Violation::TooManyHeaders { limit: self.limits.headers });
            }
            push_header(&mut headers, command, &line)?;
            return Ok(State::Headers(command, headers));
        }
        let announced = match headers.get("content-length") {
            Some(text) => Some(length(text).ok_or(Violation::BadContentLength(command))?),
            None => None,
        };
        self.check_frame_bytes(announced.unwrap_or_default().saturating_add(1))?;
        Ok(State::Body { frame: Frame { command, headers, body: Vec::new() }, announced })
    }

    fn take_announced(
        &mut self,
        mut frame: Frame,
        length: usize,
        input: &mut &[u8],
    ) -> Result<Step, Violation> {
        let missing = length.saturating_sub(frame.body.len());
        let (piece, rest) = input.split_at(missing.min(input.len()));
        frame.body.extend_from_slice(piece);
        *input = rest;
        match rest.split_first() {
            None => Ok(Step::To(State::Body { frame, announced: Some(length) })),
            Some((0, rest)) => {
                *input = rest;
                Ok(Step::Done(frame))
            }
            Some(_) => Err(Violation::WrongContentLength(frame.command)),
        }
    }

    fn take_until_nul(&mut self, mut frame: Frame, input: &mut &[u8]) -> Result<Step, Violation> {
        let end = input.iter().position(|byte| *byte == 0);
        let (piece, rest) = input.split_at(end.unwrap_or(input.len()));
        self.check_frame_bytes(piece.len().saturating_add(1))?;
        self.frame_bytes += piece.len();
        frame.body.extend_from_slice(piece);
        *input = rest.get(1..).unwrap_or_default();
        Ok(if end.is_some() { Step::Done(frame) } else { Step::To(State::Body { frame, announced: None }) })
    }

    /// The next line without its end, or `None` when its end has not come yet.
    fn take_line<'a>(
        &mut self,
        input: &mut &'a [u8],
        limit: usize,
        too_long: Violation,
        nul: Violation,
    ) -> Result<Option<Cow<'a, [u8]>>, Violation> {
        let end = input.iter().position(|byte| matches!(byte, b'\n' | 0));
        let (piece, rest) = input.split_at(end.unwrap_or(input.len()));
        self.check_piece(piece, limit, too_long)?;
        self.frame_bytes += piece.len() + usize::from(end.is_some());
        let Some((found, rest)) = rest.split_first() else {
            self.line.extend_from_slice(piece);
            *input = rest;
            return Ok(None);
        };
        if *found == 0 {
            return Err(nul);
        }
        *input = rest;
        let line = if self.line.is_empty() {
            Cow::Borrowed(piece.strip_suffix(b"\r").unwrap_or(piece))
        } else {
            let mut line = mem::take(&mut self.line);
            line.extend_from_slice(piece);
            line.truncate(line.strip_suffix(b"\r").unwrap_or(&line).len());
            Cow::Owned(line)
        };
        if line.len() > limit { Err(too_long) } else { Ok(Some(line)) }
    }

    /// May `piece` still belong to this line and this frame? When to neither, the limit that comes first in the bytes
    /// is the one that was exceeded, so that a split changes nothing.
    fn check_piece(&self, piece: &[u8], limit: usize, too_long: Violation) -> Result<(), Violation> {
        // One more than the limit may be the CR of the line's end.
        let line_ends = limit.saturating_add(2).saturating_sub(self.line.len());
        let frame_ends = self.limits.frame_bytes.saturating_sub(self.frame_bytes);
        if piece.len() >= line_ends && line_ends <= frame_ends {
            return Err(too_long);
        }
        self.check_frame_bytes(piece.len().saturating_add(1))
    }

    /// May `more` bytes still belong to this frame?
    fn check_frame_bytes(&self, more: usize) -> Result<(), Violation> {
        let limit = self.limits.frame_bytes;
        if self.frame_bytes.saturating_add(more) > limit {
            Err(Violation::FrameTooLarge { limit })
        } else {
            Ok(())
        }
    }
}

fn push_header(headers: &mut Headers, command: Command, line: &[u8]) -> Result<(), Violation> {
    let line = std::str::from_utf8(line).map_err(|_| Violation::NotUtf8(command))?;
    let (name, value) = line.split_once(':').ok_or(Violation::MalformedHeader(command))?;
    if name.is_empty() || line.contains('\r') {
        return Err(Violation::MalformedHeader(command));
    }
    if command.has_raw_headers() || !line.contains('\\') {
        headers.push(name, value);
        return Ok(());
    }
    let (name, value) = (unescape(name), unescape(value));
    let (Some(name), Some(value)) = (name, value) else {
        return Err(Violation::UnknownEscape(command));
    };
    headers.push(&name, &value);
    Ok(())
}

/// Digits only. More than a `usize` holds is more than any limit.
fn length(text: &str) -> Option<usize> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(usize::MAX))
}

/// `None` at an escape sequence that STOMP does not know.
fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next()? {
                '\\' => '\\',
                'n' => '\n',
                'r' => '\r',
                'c' => ':',
                _ => return None,
            },
            other => other,
        });
    }
    Some(plain)
}

#[cfg(test)]
mod tests;
