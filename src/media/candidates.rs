//! Which addresses go into ICE candidates, best first.
//!
//! | listening on | candidates |
//! | --- | --- |
//! | anything, with `public_ips` | these and no others |
//! | one address | that one |
//! | all addresses | every useful one of this machine, loopback last |
//!
//! Loopback is there for a browser on the same machine; for everybody else it is a candidate that never answers.
//! Addresses are found once, at start.
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// More would only make clients try longer.
const MAX_CANDIDATES: usize = 16;

/// The addresses to offer for a socket that listens on `listen`.
pub(crate) fn choose(listen: IpAddr, public_ips: &[IpAddr]) -> io::Result<Vec<IpAddr>> {
    if !public_ips.is_empty() || !listen.is_unspecified() {
        return Ok(among(listen, public_ips, &[]));
    }
    let interfaces = if_addrs::get_if_addrs()?;
    // Some drivers, loopback among them, do not say whether they are up.
    let is_down = |interface: &if_addrs::Interface| {
        use if_addrs::IfOperStatus::{Down, LowerLayerDown, NotPresent};
        matches!(interface.oper_status, Down | LowerLayerDown | NotPresent)
    };
    let found: Vec<IpAddr> = interfaces.iter().filter(|i| !is_down(i)).map(if_addrs::Interface::ip).collect();
    Ok(among(listen, public_ips, &found))
}

/// The choice, given what the machine has.
fn among(listen: IpAddr, public_ips: &[IpAddr], found: &[IpAddr]) -> Vec<IpAddr> {
    let mut chosen: Vec<IpAddr> = Vec::new();
    let mut add = |ip: IpAddr| {
        if chosen.len() < MAX_CANDIDATES && !chosen.contains(&ip) && !ip.is_unspecified() {
            chosen.push(ip);
        }
    };
    if !public_ips.is_empty() {
        public_ips.iter().copied().for_each(&mut add);
    } else if !listen.is_unspecified() {
        add(listen);
    } else {
        // An IPv6 socket takes IPv4 as well.
        let is_usable = |ip: &&IpAddr| (listen.is_ipv6() || ip.is_ipv4()) && !is_local_only(**ip);
        let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) =
            found.iter().filter(is_usable).partition(|ip| ip.is_ipv4());
        v4.into_iter().chain(v6).for_each(&mut add);
        let loopbacks = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        let has = |ip: &&IpAddr| ip.is_ipv4() || (listen.is_ipv6() && found.contains(*ip));
        // Even with very many addresses there is room for these.
        chosen.truncate(MAX_CANDIDATES - loopbacks.len());
        chosen.extend(loopbacks.iter().filter(has));
    }
    chosen
}

/// Reachable from this machine or this cable only.
fn is_local_only(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_link_local() || ip.is_multicast(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unicast_link_local() || ip.is_multicast(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_what_clients_can_reach_and_loopback_last() {
        let machine = "127.0.0.1 10.0.0.7 10.0.0.7 169.254.3.3 2001:db8::7 fe80::1 172.17.0.1 ::1";
        // (listen, public addresses, candidates)
        let rows = [
            ("0.0.0.0", "", "10.0.0.7 172.17.0.1 127.0.0.1"),
            ("::", "", "10.0.0.7 172.17.0.1 2001:db8::7 127.0.0.1 ::1"),
            ("10.0.0.7", "", "10.0.0.7"),
            ("127.0.0.1", "", "127.0.0.1"),
            ("::1", "", "::1"),
            ("fe80::1", "", "fe80::1"),
            ("0.0.0.0", "203.0.113.5", "203.0.113.5"),
            ("10.0.0.7", "203.0.113.5 2001:db8::5 203.0.113.5", "203.0.113.5 2001:db8::5"),
            ("0.0.0.0", "0.0.0.0 203.0.113.5", "203.0.113.5"),
        ];
        for (listen, public, expected) in rows {
            let chosen = among(listen.parse().unwrap(), &ips(public), &ips(machine));
            assert_eq!(chosen, ips(expected), "{listen} {public}");
        }
        assert_eq!(among(ips("::")[0], &[], &[]), ips("127.0.0.1"), "no IPv6 on this machine");
    }

    #[test]
    fn there_are_never_too_many() {
        let many: Vec<IpAddr> = (0..100).map(|n| IpAddr::from([10, 0, 0, n])).collect();
        let chosen = among(ips("0.0.0.0")[0], &[], &many);
        assert!(chosen.len() <= MAX_CANDIDATES);
        assert_eq!(chosen.last(), ips("127.0.0.1").first(), "loopback has its place");
        assert_eq!(among(ips("0.0.0.0")[0], &many, &[]).len(), MAX_CANDIDATES);
    }

    #[test]
    fn this_machine_has_a_candidate() {
        assert!(!choose(ips("0.0.0.0")[0], &[]).unwrap().is_empty());
    }

    fn ips(text: &str) -> Vec<IpAddr> {
        text.split_whitespace().map(|ip| ip.parse().unwrap()).collect()
    }
}
