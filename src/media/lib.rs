//! The crate that drives `sfu` with sockets, timers and threads.
// Owned by the author of the media crate: being written right now, do not edit (the SFU's author can skip this part).
