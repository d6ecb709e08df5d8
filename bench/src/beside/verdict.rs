//! What a disturbance may do to the callbacks and to the server's memory, and whether it did more.

use super::Disturbance;
use crate::figures::Report;
use std::fmt::{Display, Formatter, Result};

/// The bounds of one disturbance.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The 99th percentile of `SendTaskSuccess` may be so many times what it is alone,
    factor: f64,
    /// or so many ms, whichever is more.
    floor_ms: f64,
    /// So much of the asked rate is served.
    share: f64,
    /// So many MB may the server take more than alone, at its peak.
    memory_mb: f64,
}

impl Bounds {
    /// A brief run is for any machine and any build: it asks whether callbacks go on at all and memory stays bounded.
    #[must_use]
    pub fn of(disturbance: Disturbance, is_brief: bool) -> Self {
        let memory_mb = match disturbance {
            // What bodies and unread answers may take for all clients together, and what the allocator keeps of it.
            Disturbance::SlowClient => 600.0,
            // 64 MiB of what is owed, and the store's memtables.
            Disturbance::StuckSubscriber => 250.0,
            Disturbance::PassLoop | Disturbance::Map | Disturbance::Purge | Disturbance::Timers => 200.0,
            Disturbance::BigPayloads => 300.0,
        };
        match is_brief {
            true => Self { factor: 1.0, floor_ms: 4000.0, share: 0.15, memory_mb },
            false => Self { factor: 4.0, floor_ms: 50.0, share: 0.95, memory_mb },
        }
    }

    /// In words, each bound that is broken.
    #[must_use]
    pub fn broken(&self, report: &Report, rate: f64) -> Vec<String> {
        let median = |name: &str| {
            let found = report.figures.iter().find(|figure| figure.name == name);
            found.map_or(f64::NAN, |figure| figure.median)
        };
        let most_ms = (self.factor * median("SendTaskSuccess alone, p99")).max(self.floor_ms);
        let memory = median("server memory beside, peak") - median("server memory alone, peak");
        // A figure that isn't there is no number, and keeps no bound.
        let kept = [
            (median("SendTaskSuccess beside, p99") <= most_ms, format!("p99 above {most_ms:.0} ms")),
            (median("round trips beside") >= self.share * rate, "too few round trips".to_owned()),
            (memory <= self.memory_mb, format!("{memory:.0} MB more memory")),
            (median("lost") == 0.0 && median("doubled") == 0.0, "round trips lost or doubled".to_owned()),
        ];
        kept.into_iter().filter(|(is_kept, _)| !is_kept).map(|(_, broken)| broken).collect()
    }
}

impl Display for Bounds {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { factor, floor_ms, share, memory_mb } = self;
        write!(
            f,
            "p99 at most {factor} times that alone or {floor_ms} ms, {share} of the rate, {memory_mb} MB more"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Figures;

    fn broken(p99: f64, round_trips: f64, memory: f64, lost: f64) -> usize {
        let mut figures = Figures::default();
        for (name, value) in [
            ("SendTaskSuccess alone, p99", 5.0),
            ("SendTaskSuccess beside, p99", p99),
            ("round trips beside", round_trips),
            ("server memory alone, peak", 50.0),
            ("server memory beside, peak", 50.0 + memory),
            ("lost", lost),
            ("doubled", 0.0),
        ] {
            figures.add(name, "", value);
        }
        Bounds::of(Disturbance::Purge, false).broken(&Report::of("", &[figures]), 200.0).len()
    }

    #[test]
    fn each_bound_is_judged() {
        assert_eq!(broken(50.0, 199.0, 200.0, 0.0), 0);
        assert_eq!(broken(51.0, 199.0, 200.0, 0.0), 1);
        assert_eq!(broken(50.0, 150.0, 201.0, 1.0), 3);
        let nothing = Report::of("", &[Figures::default()]);
        assert_eq!(Bounds::of(Disturbance::Purge, true).broken(&nothing, 20.0).len(), 4);
    }
}
