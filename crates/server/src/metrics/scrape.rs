//! What is read when somebody scrapes, and not kept meanwhile. Each reading is bounded: none looks through rows that could be a
//! million, and none but a word with the writer disturbs it.

use super::SecondsGauge;
use super::process::Process;
use crate::clock;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::time::Duration;
use stepwell_runner::Activity;
use stepwell_services::counts::{self, Counted, WAITS_SPAN_MS};
use stepwell_services::failure::Failure;
use stepwell_services::observed::Observed;
use stepwell_services::shard;
use stepwell_services::sqs::depths::{self, Depths};
use stepwell_services::timer;
use stepwell_store::Store;

/// Queues whose depths are shown; the oldest first.
pub const MOST_QUEUES: usize = 500;
/// Late timers and quarantined commands that are counted.
pub const MOST_COUNTED: usize = 1000;

/// All that is read for a scrape.
#[derive(Debug, Default)]
pub struct Readings {
    pub inbox_requests: usize,
    pub stalled: Duration,
    pub waiters: usize,
    pub functions: Activity,
    pub stored: Stored,
}

/// What is read from the store.
#[derive(Debug, Default)]
pub struct Stored {
    depths: Depths,
    open_waits: u64,
    /// The minute since 1970 since which the oldest waits: no earlier one needs to be looked at again.
    pub oldest_wait: Option<u64>,
    timers_late: usize,
    lateness_ms: u64,
    quarantined: usize,
    disk_bytes: u64,
}

impl Stored {
    /// Reads it from what is durable. `oldest_wait` is what the scrape before found.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn read(store: &Store, observed: &Observed, oldest_wait: u64) -> Result<Self, Failure> {
        let rows = store.snapshot();
        let now_ms = clock::now().stored_ms;
        let late = match observed.next_due_ms.filter(|due_ms| *due_ms < now_ms) {
            Some(due_ms) => timer::due_between(due_ms, now_ms, MOST_COUNTED, &rows)?,
            None => Vec::new(),
        };
        Ok(Self {
            depths: depths::depths(&observed.hidden, MOST_QUEUES, &rows)?,
            open_waits: Counted::OpenWaits.read(&rows)?,
            oldest_wait: counts::oldest_wait(oldest_wait, &rows)?,
            timers_late: late.len(),
            lateness_ms: late.first().map_or(0, |due_ms| now_ms.saturating_sub(*due_ms)),
            quarantined: shard::quarantined(MOST_COUNTED, &rows)?,
            disk_bytes: store.disk_space()?,
        })
    }

    #[cfg(test)]
    pub fn of_one_queue() -> Self {
        let name = stepwell_services::sqs::depths::QueueName {
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            name: "q".to_owned(),
        };
        let queue = depths::Depth { name, visible: 1, in_flight: 2, delayed: 3 };
        Self { depths: Depths { queues: vec![queue], left_out: 0 }, ..Self::default() }
    }

    fn oldest_wait_seconds(&self) -> f64 {
        let since_ms = self.oldest_wait.map(|minute| minute * WAITS_SPAN_MS);
        let age_ms = since_ms.map_or(0, |since_ms| clock::now().stored_ms.saturating_sub(since_ms));
        Duration::from_millis(age_ms).as_secs_f64()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueLabels {
    account: String,
    region: String,
    queue: String,
    state: &'static str,
}

/// The gauges that a scrape sets.
pub struct Gauges {
    process: Process,
    inbox_requests: Gauge,
    stalled: SecondsGauge,
    waiters: Gauge,
    functions_running: Gauge,
    functions_waiting: Gauge,
    function_processes: Gauge,
    queue_messages: Family<QueueLabels, Gauge>,
    queues_left_out: Gauge,
    open_waits: Gauge,
    oldest_wait: SecondsGauge,
    timers_late: Gauge,
    lateness: SecondsGauge,
    quarantined: Gauge,
    disk_bytes: Gauge,
}

impl Gauges {
    pub fn new(registry: &mut Registry) -> Self {
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let inbox_requests = gauge("stepwell_inbox_requests", "Requests that wait for the writer");
        let waiters = gauge("stepwell_waiters", "Long polls and event source mappings that wait");
        let functions_running = gauge("stepwell_functions_running", "Invocations of functions that run");
        let functions_waiting =
            gauge("stepwell_functions_waiting", "Invocations of functions that wait for a process");
        let function_processes =
            gauge("stepwell_function_processes", "Processes of functions, warm ones included");
        let queues_left_out =
            gauge("stepwell_queues_left_out", "Queues whose depths are not shown: there are too many");
        let open_waits = gauge("stepwell_open_waits", "Task tokens that are open");
        let timers_late =
            gauge("stepwell_timers_late", "Timers that are due and were not fired, counted up to 1000");
        let quarantined = gauge(
            "stepwell_quarantined_commands",
            "Commands of the server's own that failed for good, counted up to 1000",
        );
        let disk_bytes = gauge("stepwell_store_disk_bytes", "Disk that the store takes");
        let mut seconds = |name: &str, help: &str| {
            let gauge = SecondsGauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let stalled =
            seconds("stepwell_stalled_seconds", "For how long no commit went on although something waits");
        let oldest_wait = seconds(
            "stepwell_oldest_open_wait_age_seconds",
            "For how long the oldest task token is open, to the minute",
        );
        let lateness =
            seconds("stepwell_timer_lateness_seconds", "For how long the oldest late timer is due");
        let queue_messages = Family::default();
        registry.register(
            "stepwell_queue_messages",
            "Messages of a queue: visible, in flight, delayed",
            Family::clone(&queue_messages),
        );
        Self {
            process: Process::new(registry),
            inbox_requests,
            stalled,
            waiters,
            functions_running,
            functions_waiting,
            function_processes,
            queue_messages,
            queues_left_out,
            open_waits,
            oldest_wait,
            timers_late,
            lateness,
            quarantined,
            disk_bytes,
        }
    }

    pub fn set(&self, readings: &Readings) {
        let Readings { inbox_requests, stalled, waiters, functions, stored } = readings;
        self.process.read();
        set(&self.inbox_requests, *inbox_requests);
        self.stalled.set(stalled.as_secs_f64());
        set(&self.waiters, *waiters);
        set(&self.functions_running, functions.running);
        set(&self.functions_waiting, functions.waiting);
        set(&self.function_processes, functions.processes);
        set(&self.open_waits, stored.open_waits);
        self.oldest_wait.set(stored.oldest_wait_seconds());
        set(&self.timers_late, stored.timers_late);
        self.lateness.set(Duration::from_millis(stored.lateness_ms).as_secs_f64());
        set(&self.quarantined, stored.quarantined);
        set(&self.disk_bytes, stored.disk_bytes);
        self.set_depths(&stored.depths);
    }

    fn set_depths(&self, depths: &Depths) {
        // Queues come and go: only those that are there now are shown.
        self.queue_messages.clear();
        for depth in &depths.queues {
            let states =
                [("visible", depth.visible), ("in_flight", depth.in_flight), ("delayed", depth.delayed)];
            for (state, messages) in states {
                let labels = QueueLabels {
                    account: depth.name.account.clone(),
                    region: depth.name.region.clone(),
                    queue: depth.name.name.clone(),
                    state,
                };
                set(&self.queue_messages.get_or_create(&labels), messages);
            }
        }
        set(&self.queues_left_out, depths.left_out);
    }
}

fn set(gauge: &Gauge, value: impl TryInto<i64>) {
    gauge.set(value.try_into().unwrap_or(i64::MAX));
}
