//! What is served is what the documentation says.

use super::*;
use std::collections::BTreeSet;
use stepwell_wire::Service;

/// Name and type of each metric, as served. Info and counters are told with the endings that their samples have.
fn served() -> BTreeSet<(String, String)> {
    let metrics = Metrics::new();
    // Families without a series are not served.
    metrics.operations.answered(Service::States, Some(0), 200, Duration::from_millis(1));
    let readings = Readings { stored: scrape::Stored::of_one_queue(), ..Readings::default() };
    let text = metrics.text(&readings);
    assert!(text.ends_with("# EOF\n"), "{text}");
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).map(|line| {
        let (name, kind) = line.split_once(' ').unwrap();
        let ending = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        (format!("{name}{ending}"), kind.to_owned())
    });
    types.collect()
}

/// The table of the documentation: `| `name` | type | …`.
fn documented() -> BTreeSet<(String, String)> {
    let page = include_str!("../../../../docs/operating.md");
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
        let name = cells.next()?.trim_end_matches('`');
        // The other tables quote whole expressions.
        let is_metric = name.starts_with("stepwell_") || name.starts_with("process_");
        let is_metric = is_metric && !name.contains(' ');
        is_metric.then(|| Some((name.to_owned(), cells.next()?.to_owned())))?
    });
    rows.collect()
}

#[test]
fn the_table_of_the_documentation_is_what_is_served() {
    let (served, documented) = (served(), documented());
    let missing: Vec<_> = served.difference(&documented).collect();
    let invented: Vec<_> = documented.difference(&served).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "not documented: {missing:?}; not served: {invented:?}"
    );
}

#[test]
fn an_operation_has_a_series_once_it_is_used_and_only_then() {
    let metrics = Metrics::new();
    let operations = stepwell_services::operations(Service::States).unwrap();
    let place = operations.iter().position(|operation| operation.name == "SendTaskSuccess").unwrap();
    for (status, took) in [(200, 0.0007), (200, 0.0002), (400, 45.0)] {
        metrics.operations.answered(Service::States, Some(place), status, Duration::from_secs_f64(took));
    }
    metrics.operations.answered(Service::Sqs, None, 400, Duration::ZERO);
    let text = metrics.text(&Readings::default());
    for line in [
        "stepwell_requests_total{service=\"states\",operation=\"SendTaskSuccess\",status=\"2xx\"} 2",
        "stepwell_requests_total{service=\"states\",operation=\"SendTaskSuccess\",status=\"4xx\"} 1",
        "stepwell_request_duration_seconds_bucket{le=\"0.0005\",service=\"states\",operation=\"SendTaskSuccess\"} 1",
        "stepwell_request_duration_seconds_bucket{le=\"0.001\",service=\"states\",operation=\"SendTaskSuccess\"} 2",
        "stepwell_request_duration_seconds_bucket{le=\"60.0\",service=\"states\",operation=\"SendTaskSuccess\"} 3",
        "stepwell_requests_total{service=\"sqs\",operation=\"unknown\",status=\"4xx\"} 1",
    ] {
        assert!(text.lines().any(|served| served == line), "{line}\nis not in\n{text}");
    }
    assert!(!text.contains("StartExecution"));
}
