//! The process's own figures, as the kernel tells them, under the names that Prometheus gives them everywhere.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::atomic::AtomicU64;
use std::time::{SystemTime, UNIX_EPOCH};

use super::SecondsGauge;

/// The kernel tells times in hundredths of a second, whatever its own clock does.
const TICKS_PER_SECOND: f64 = 100.0;

/// The gauges of the process.
pub struct Process {
    resident_bytes: Gauge,
    cpu_seconds: Counter<f64, AtomicU64>,
    open_files: Gauge,
    threads: Gauge,
}

impl Process {
    pub fn new(registry: &mut Registry) -> Self {
        let process = Self {
            resident_bytes: Gauge::default(),
            cpu_seconds: Counter::default(),
            open_files: Gauge::default(),
            threads: Gauge::default(),
        };
        let started = SecondsGauge::default();
        started.set(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
        registry.register(
            "process_start_time_seconds",
            "When the process started, in seconds since 1970",
            started,
        );
        registry.register(
            "process_resident_memory_bytes",
            "Memory of the process that is in use",
            process.resident_bytes.clone(),
        );
        registry.register(
            "process_cpu_seconds",
            "Processor time that the process used, its functions not included",
            process.cpu_seconds.clone(),
        );
        registry.register("process_open_fds", "Files and sockets that are open", process.open_files.clone());
        registry.register("process_threads", "Threads of the process", process.threads.clone());
        process
    }

    /// Reads what the kernel says now; what it doesn't say stays as it was.
    pub fn read(&self) {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        if let Some(kilobytes) = field(&status, "VmRSS:") {
            self.resident_bytes.set(kilobytes * 1024);
        }
        if let Some(threads) = field(&status, "Threads:") {
            self.threads.set(threads);
        }
        if let Some(seconds) = cpu_seconds(&std::fs::read_to_string("/proc/self/stat").unwrap_or_default()) {
            // The kernel's own counter, which only grows; one scrape at a time comes here.
            self.cpu_seconds.inc_by(seconds - self.cpu_seconds.get());
        }
        if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
            self.open_files.set(i64::try_from(files.count()).unwrap_or(i64::MAX));
        }
    }
}

fn field(status: &str, name: &str) -> Option<i64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// User and system time of `/proc/self/stat`, whose second field may contain anything.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_words_are_read() {
        assert_eq!(field("Name:\tx\nVmRSS:\t   1234 kB\nThreads:\t7\n", "VmRSS:"), Some(1234));
        assert_eq!(field("Name:\tx\n", "VmRSS:"), None);
        let stat = "1 (a) b (c) S 1 1 1 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 7 0 100 1 1";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(cpu_seconds(""), None);
    }
}
