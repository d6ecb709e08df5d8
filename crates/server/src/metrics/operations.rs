//! Latencies and answers by operation. An operation's handles are made when it is first asked for, and found by its place in the
//! table of its service from then on: there is no series for what nobody uses, and no text is hashed for a request.

use super::LATENCY_BUCKETS;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;
use stepwell_wire::Service;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    service: &'static str,
    operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    service: &'static str,
    operation: &'static str,
    status: &'static str,
}

/// The classes of HTTP status, in the order of their counters.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The operations of all services.
pub struct Operations {
    durations: Family<OperationLabels, Histogram, fn() -> Histogram>,
    answers: Family<AnswerLabels, Counter>,
    services: HashMap<Service, ServiceHandles>,
}

struct ServiceHandles {
    /// In the order of the service's table.
    known: Vec<(&'static str, OnceLock<Handles>)>,
    /// For what names no operation.
    unknown: OnceLock<Handles>,
}

struct Handles {
    duration: Histogram,
    answers: [Counter; 5],
}

impl Operations {
    pub fn new(registry: &mut Registry) -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(LATENCY_BUCKETS);
        let durations = Family::new_with_constructor(histogram);
        registry.register_with_unit(
            "stepwell_request_duration",
            "Time from a request's last byte to its answer, long polls included",
            Unit::Seconds,
            durations.clone(),
        );
        let answers = Family::<AnswerLabels, Counter>::default();
        registry.register(
            "stepwell_requests",
            "Requests that were answered, by class of status",
            answers.clone(),
        );
        let services = Service::ALL.into_iter().map(|service| {
            let table = stepwell_services::operations(service).unwrap_or_default();
            let known = table.iter().map(|operation| (operation.name, OnceLock::new())).collect();
            (service, ServiceHandles { known, unknown: OnceLock::new() })
        });
        Self { durations, answers, services: services.collect() }
    }

    /// A request was answered. `place` is that of the operation in the table of its service; `None` where it named none.
    pub fn answered(&self, service: Service, place: Option<usize>, status: u16, took: Duration) {
        let Some(handles) = self.services.get(&service) else { return };
        let handles = match place.and_then(|place| handles.known.get(place)) {
            Some((name, handles)) => handles.get_or_init(|| self.made(service, name)),
            None => handles.unknown.get_or_init(|| self.made(service, "unknown")),
        };
        handles.duration.observe(took.as_secs_f64());
        if let Some(answers) = handles.answers.get(usize::from(status / 100).wrapping_sub(1)) {
            answers.inc();
        }
    }

    fn made(&self, service: Service, operation: &'static str) -> Handles {
        let service = service.signing_name();
        let answers =
            |status| self.answers.get_or_create(&AnswerLabels { service, operation, status }).clone();
        Handles {
            duration: self.durations.get_or_create(&OperationLabels { service, operation }).clone(),
            answers: CLASSES.map(answers),
        }
    }
}
