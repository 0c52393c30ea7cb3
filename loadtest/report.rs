//! Figures of a run.
use std::{fs, time::Duration};

/// Median, 99th percentile and maximum, as text in milliseconds.
pub fn percentiles(mut durations: Vec<Duration>) -> String {
    if durations.is_empty() {
        return "none".to_owned();
    }
    durations.sort_unstable();
    let at = |percent: usize| durations[(durations.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
    format!("p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms", at(50), at(99), at(100))
}

/// Resident memory of a process in KiB (`VmRSS` of Linux).
pub fn resident_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// CPU seconds a process has used, user and kernel (`/proc/<pid>/stat` of Linux, 100 ticks a second).
pub fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let kernel: f64 = fields.next()?.parse().ok()?;
    Some((user + kernel) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_values() {
        let durations = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentiles(durations), "p50 50.0 ms, p99 99.0 ms, max 100.0 ms");
        assert_eq!(percentiles(vec![]), "none");
    }

    #[test]
    fn this_process_uses_memory() {
        assert!(resident_kib(std::process::id()).is_some_and(|kib| kib > 100));
        assert!(cpu_seconds(std::process::id()).is_some());
    }
}
