//! Which peer an authenticated address belongs to: looked up for every media datagram.
//!
//! The standard hasher costs more than the rest of the routing. Only addresses that proved a password get in here, and
//! the hash is keyed, so a cheap multiplicative one is enough.
use crate::deadlines::PeerId;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::net::SocketAddr;

/// Authenticated addresses.
pub(crate) type Addresses = HashMap<SocketAddr, PeerId, Keyed>;

/// Makes hashers with a secret start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keyed(pub(crate) u64);

impl BuildHasher for Keyed {
    type Hasher = AddressHasher;

    fn build_hasher(&self) -> AddressHasher {
        AddressHasher(self.0)
    }
}

/// Folds what it is given by multiplication.
pub(crate) struct AddressHasher(u64);

impl AddressHasher {
    fn fold(&mut self, value: u64) {
        // An odd constant with well spread bits: 2^64 divided by the golden ratio.
        self.0 = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }
}

impl Hasher for AddressHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (place, byte) in word.iter_mut().zip(chunk) {
                *place = *byte;
            }
            self.fold(u64::from_le_bytes(word));
        }
    }

    fn write_u16(&mut self, value: u16) {
        self.fold(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.fold(u64::from(value));
    }

    fn write_usize(&mut self, value: usize) {
        self.fold(u64::try_from(value).unwrap_or_default());
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn neighbouring_addresses_spread() {
        let keyed = Keyed(7);
        let mut low_bits = BTreeSet::new();
        for port in 0..1024_u16 {
            let address = SocketAddr::from(([10, 0, 0, 1], 40_000 + port));
            low_bits.insert(keyed.hash_one(address) & 0x3ff);
        }
        assert!(low_bits.len() > 512, "{} of 1024 buckets", low_bits.len());
        let a = SocketAddr::from(([10, 0, 0, 1], 1));
        assert_ne!(keyed.hash_one(a), Keyed(8).hash_one(a), "the key matters");
    }
}
