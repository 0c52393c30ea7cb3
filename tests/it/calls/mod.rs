//! Calls over the wire: signalling of peer-to-peer calls, outcomes, several devices.
mod devices;
mod outcomes;
mod p2p;
