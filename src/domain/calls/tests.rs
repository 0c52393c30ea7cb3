//! What everybody hears of a call, in order: the protocol's section 7 as transcripts.
mod answering;
mod failing;
mod leaving;
mod queries;
mod races;
mod sfu;
mod signals;
