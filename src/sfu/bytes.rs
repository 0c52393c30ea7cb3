//! Big-endian reads and writes that cannot go out of bounds.

/// Reads one byte at `at`.
pub(crate) fn u8_at(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at).copied()
}

/// Reads a big-endian `u16` at `at`.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let end = at.checked_add(2)?;
    Some(u16::from_be_bytes(bytes.get(at..end)?.try_into().ok()?))
}

/// Reads a big-endian 24-bit number at `at`.
pub(crate) fn u24_at(bytes: &[u8], at: usize) -> Option<u32> {
    let end = at.checked_add(3)?;
    let [a, b, c]: [u8; 3] = bytes.get(at..end)?.try_into().ok()?;
    Some(u32::from_be_bytes([0, a, b, c]))
}

/// Reads a big-endian `u32` at `at`.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let end = at.checked_add(4)?;
    Some(u32::from_be_bytes(bytes.get(at..end)?.try_into().ok()?))
}

/// Reads a big-endian `u64` at `at`.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let end = at.checked_add(8)?;
    Some(u64::from_be_bytes(bytes.get(at..end)?.try_into().ok()?))
}

/// Copies `data` to `at`; `None` when it does not fit.
pub(crate) fn put(bytes: &mut [u8], at: usize, data: &[u8]) -> Option<()> {
    let end = at.checked_add(data.len())?;
    bytes.get_mut(at..end)?.copy_from_slice(data);
    Some(())
}
