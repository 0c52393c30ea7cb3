use super::*;

#[test]
fn credentials_are_of_the_ice_alphabet_and_differ() {
    let mut state = 7_u8;
    let mut random = move |bytes: &mut [u8]| {
        for byte in bytes {
            state = state.wrapping_mul(101).wrapping_add(41);
            *byte = state;
        }
    };
    let (first, second) = (credentials(&mut random), credentials(&mut random));
    assert_eq!((first.ufrag.len(), first.pwd.len()), (UFRAG_CHARS, PASSWORD_CHARS));
    let is_ice_char = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
    assert!(first.ufrag.chars().chain(first.pwd.chars()).all(is_ice_char));
    assert_ne!(first.ufrag, second.ufrag);
    assert_ne!(first.pwd, second.pwd);
}
