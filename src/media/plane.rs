//! The media plane as the rest of the server sees it: start, stop, and the domain's port.
use crate::assembly::{assemble, bind, make_sfu, spawn};
use crate::candidates;
use crate::control::{Command, Control};
use crate::events::{Outbox, QUEUED_EVENTS};
use crate::{MediaError, MediaMetrics, MediaSettings};
use async_trait::async_trait;
use domain::Error;
use domain::ports::{CallMedia, MediaEvent, MediaOffer, Result};
use model::limits::MAX_SIGNAL_BYTES;
use model::{CallId, SessionKey};
use parking_lot::Mutex;
use sfu::{BadMedia, Certificate};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, info};

/// The running media threads. Dropping it stops them.
pub struct MediaPlane {
    controls: Vec<Arc<Control>>,
    handles: Mutex<Vec<JoinHandle<()>>>,
}

impl MediaPlane {
    /// Binds the sockets and starts the threads. Events come out of the receiver, which should be read without pause.
    ///
    /// # Errors
    /// The operator's: an address in use, no addresses, no threads.
    pub fn start(
        settings: MediaSettings,
        metrics: MediaMetrics,
    ) -> std::result::Result<(Arc<Self>, mpsc::Receiver<MediaEvent>), MediaError> {
        let (queue, events) = mpsc::channel(QUEUED_EVENTS);
        let ips =
            candidates::choose(settings.listen.ip(), &settings.public_ips).map_err(MediaError::Addresses)?;
        let certificate = Certificate::generate();
        // Whatever fails on the way, dropping this stops the threads that run already.
        let mut plane = Self { controls: Vec::new(), handles: Mutex::new(Vec::new()) };
        for (number, socket) in bind(&settings)?.into_iter().enumerate() {
            info!(
                address = %socket.local(),
                receive_buffer_bytes = socket.receive_buffer_bytes(),
                candidates = ?ips,
                "media thread {number} listens on {} (UDP)",
                socket.local(),
            );
            let make = make_sfu(&socket, &ips, certificate.clone(), settings.consent_timeout);
            let outbox = Outbox::new(queue.clone(), metrics.clone());
            let worker = assemble(socket, make, outbox, &metrics).map_err(MediaError::Thread)?;
            plane.controls.push(worker.control.clone());
            plane.handles.get_mut().push(spawn(number, worker).map_err(MediaError::Thread)?);
        }
        Ok((Arc::new(plane), events))
    }

    /// Are all threads serving?
    pub fn is_ready(&self) -> bool {
        self.controls.iter().all(|control| control.is_open())
    }

    /// Stops the threads: each follows the commands it has, ends its calls and says goodbye to their clients. Blocks until
    /// all have ended. A second call does nothing.
    pub fn stop(&self) {
        self.controls.iter().for_each(|control| control.stop());
        let handles = std::mem::take(&mut *self.handles.lock());
        for handle in handles {
            if handle.join().is_err() {
                error!("a media thread had panicked");
            }
        }
    }

    /// Tells the thread of a call.
    fn push(&self, call: CallId, command: Command) -> Result<()> {
        let threads = u64::try_from(self.controls.len()).unwrap_or(u64::MAX).max(1);
        let control = usize::try_from(call.0 % threads).ok().and_then(|index| self.controls.get(index));
        match control {
            Some(control) => control.push(command).map_err(|refused| Error::Unavailable(refused.into())),
            None => Err(Error::Unavailable("there are no media threads".into())),
        }
    }
}

impl Drop for MediaPlane {
    fn drop(&mut self) {
        self.stop();
    }
}

#[async_trait]
impl CallMedia for MediaPlane {
    async fn negotiate(&self, call: CallId, session: SessionKey, offer: MediaOffer) -> Result<String> {
        // Checked before it takes room in the queue.
        if offer.sdp.len() > MAX_SIGNAL_BYTES {
            return Err(Error::invalid("sdp", format!("at most {MAX_SIGNAL_BYTES} bytes")));
        }
        let (reply, answer) = oneshot::channel();
        let MediaOffer { sdp: offer, sources } = offer;
        self.push(call, Command::Negotiate { call, session, offer, sources, reply })?;
        match answer.await {
            Ok(Ok(sdp)) => Ok(sdp),
            Ok(Err(bad)) => Err(refusal(&bad)),
            // Its call was ended by a panic, or its thread has ended.
            Err(dropped) => Err(Error::Unavailable(dropped.into())),
        }
    }

    fn leave(&self, call: CallId, session: SessionKey) {
        // When it cannot be queued the thread is stuck or gone; the peer ends with its consent.
        drop(self.push(call, Command::Leave { call, session }));
    }

    fn end(&self, call: CallId) {
        drop(self.push(call, Command::End { call }));
    }
}

/// Whose fault, in the words of the domain.
fn refusal(bad: &BadMedia) -> Error {
    match bad {
        BadMedia::Sdp(_) | BadMedia::TooManyPublished => Error::invalid("sdp", bad.to_string()),
        BadMedia::CallFull => Error::Conflict { problem: bad.to_string() },
    }
}

#[cfg(test)]
#[path = "plane/tests.rs"]
mod tests;
