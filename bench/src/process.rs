//! What a process used, as `/proc` tells it: CPU, memory, bytes written, and who of its threads used it.

use crate::trouble::{Doing, Trouble};
use std::collections::BTreeMap;
use std::time::Duration;

/// Linux counts the CPU time of a process in hundredths of a second, whatever its clock.
const TICKS_PER_SECOND: u64 = 100;

/// What a process has used up to now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Usage {
    pub cpu: Duration,
    pub written_bytes: u64,
    /// CPU by the name of threads; those that have ended are missing.
    pub threads: BTreeMap<String, Duration>,
    /// Times that a thread went to sleep.
    pub sleeps: u64,
}

impl Usage {
    /// # Errors
    /// If the process is gone.
    pub fn of(pid: u32) -> Result<Self, Trouble> {
        let written_bytes = field(&read(pid, "io")?, "write_bytes:")?;
        let mut usage = Self { cpu: cpu(pid)?, written_bytes, ..Self::default() };
        let tasks = format!("/proc/{pid}/task");
        for task in std::fs::read_dir(&tasks).doing(&tasks)? {
            let path = task.doing(&tasks)?.path();
            // A thread may end between the listing and the look.
            let read = |file: &str| std::fs::read_to_string(path.join(file)).ok();
            let (Some(name), Some(ran), Some(status)) = (read("comm"), read("schedstat"), read("status"))
            else {
                continue;
            };
            let ran_ns = ran.split_ascii_whitespace().next().and_then(|text| text.parse().ok());
            *usage.threads.entry(role(name.trim())).or_default() +=
                Duration::from_nanos(ran_ns.unwrap_or_default());
            usage.sleeps += field(&status, "voluntary_ctxt_switches:")?;
        }
        Ok(usage)
    }

    /// What was used since `before`.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let threads = self.threads.iter().map(|(name, ran)| {
            (name.clone(), ran.saturating_sub(before.threads.get(name).copied().unwrap_or_default()))
        });
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            written_bytes: self.written_bytes.saturating_sub(before.written_bytes),
            threads: threads.collect(),
            sleeps: self.sleeps.saturating_sub(before.sleeps),
        }
    }
}

/// Threads of one kind carry one name, whatever number stands behind it.
fn role(name: &str) -> String {
    name.trim_end_matches(|end: char| end.is_ascii_digit() || end == '-' || end == '#').to_owned()
}

/// CPU of a process, its threads that have ended included.
///
/// # Errors
/// If the process is gone.
pub fn cpu(pid: u32) -> Result<Duration, Trouble> {
    let ticks =
        cpu_ticks(&read(pid, "stat")?).ok_or_else(|| Trouble::other("/proc/PID/stat can't be read"))?;
    Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
}

/// User and system time of a `stat` line; the name, second in it, may hold spaces and brackets.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Memory of a process that is in RAM, in bytes.
///
/// # Errors
/// If the process is gone.
pub fn resident_bytes(pid: u32) -> Result<u64, Trouble> {
    Ok(field(&read(pid, "status")?, "VmRSS:")? * 1024)
}

/// The most memory that a process ever had in RAM, or since it was forgotten, in bytes.
///
/// # Errors
/// If the process is gone.
pub fn peak_bytes(pid: u32) -> Result<u64, Trouble> {
    Ok(field(&read(pid, "status")?, "VmHWM:")? * 1024)
}

/// Forgets what the most memory was up to now.
///
/// # Errors
/// If the process is gone.
pub fn forget_peak(pid: u32) -> Result<(), Trouble> {
    let path = format!("/proc/{pid}/clear_refs");
    std::fs::write(&path, "5").doing(path)
}

fn read(pid: u32, file: &str) -> Result<String, Trouble> {
    let path = format!("/proc/{pid}/{file}");
    std::fs::read_to_string(&path).doing(path)
}

/// The number behind a name at the start of a line.
fn field(text: &str, name: &str) -> Result<u64, Trouble> {
    let value = text.lines().find_map(|line| line.strip_prefix(name));
    let number = value.and_then(|value| value.split_ascii_whitespace().next()?.parse().ok());
    number.ok_or_else(|| Trouble::other(format!("there is no {name} in /proc")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_whatever_the_name() {
        let line = "12 (a) b (c)) S 1 12 12 0 -1 4194560 2070 0 4 0 53 19 0 0 20 0 9 0 100 1 1";
        assert_eq!(cpu_ticks(line), Some(72));
        for broken in ["", "12 (a) S 1 2", "12 a S"] {
            assert_eq!(cpu_ticks(broken), None, "{broken}");
        }
    }

    #[test]
    fn fields_are_found_by_name() {
        let text = "rchar: 1\nwrite_bytes: 8192\nVmRSS:\t  12 kB\n";
        assert_eq!(field(text, "write_bytes:").unwrap(), 8192);
        assert_eq!(field(text, "VmRSS:").unwrap(), 12);
        assert!(field(text, "bytes:").is_err());
    }

    #[test]
    fn threads_of_one_kind_are_one() {
        assert_eq!(role("tokio-rt-worker"), "tokio-rt-worker");
        assert_eq!(role("fjall:worker#1"), "fjall:worker");
        assert_eq!(role("pool-12"), "pool");
    }

    #[test]
    fn this_process_has_used_something() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(!usage.threads.is_empty());
        assert!(resident_bytes(std::process::id()).unwrap() > 0);
        assert_eq!(usage.since(&usage).cpu, Duration::ZERO);
    }
}
