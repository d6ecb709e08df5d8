//! Figures: what one run measured, the median of several, and how they are shown.

use crate::trouble::{Doing, Trouble};
use hdrhistogram::Histogram;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// Latencies in microseconds, from one to a minute, to three digits.
pub struct Latency(Histogram<u64>);

impl Default for Latency {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, 60_000_000, 3).expect("the bounds are in order"))
    }
}

impl Latency {
    pub fn record(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// In milliseconds.
    #[must_use]
    pub fn at(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / 1000.0
    }
}

/// What one run measured, in the order in which it is shown.
#[derive(Debug, Default)]
pub struct Figures(Vec<(String, &'static str, f64)>);

impl Figures {
    pub fn add(&mut self, name: impl Into<String>, unit: &'static str, value: f64) {
        self.0.push((name.into(), unit, value));
    }

    /// The median and the 99th percentile.
    pub fn add_latency(&mut self, name: &str, latency: &Latency) {
        self.add(format!("{name}, p50"), "ms", latency.at(0.5));
        self.add(format!("{name}, p99"), "ms", latency.at(0.99));
    }
}

/// The runs of one scenario.
#[derive(Debug, Serialize)]
pub struct Report {
    pub scenario: String,
    pub figures: Vec<Figure>,
    /// Where figures are judged, how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
}

/// One figure of all runs.
#[derive(Debug, Serialize)]
pub struct Figure {
    pub name: String,
    pub unit: &'static str,
    pub median: f64,
    pub runs: Vec<f64>,
}

impl Report {
    /// The median of each figure over all runs.
    #[must_use]
    pub fn of(scenario: impl Into<String>, runs: &[Figures]) -> Self {
        let mut figures: Vec<Figure> = Vec::new();
        for (name, unit, value) in runs.iter().flat_map(|run| &run.0) {
            match figures.iter_mut().find(|figure| figure.name == *name) {
                Some(figure) => figure.runs.push(*value),
                None => figures.push(Figure { name: name.clone(), unit, median: 0.0, runs: vec![*value] }),
            }
        }
        for figure in &mut figures {
            figure.median = median(&figure.runs);
        }
        Self { scenario: scenario.into(), figures, verdict: None }
    }

    #[must_use]
    pub fn with_verdict(self, verdict: String) -> Self {
        Self { verdict: Some(verdict), ..self }
    }

    /// As a table: the median, and the least and the most where there were several runs.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = format!("\n{}\n", self.scenario);
        for Figure { name, unit, median, runs } in &self.figures {
            let range = match runs.len() {
                1 => String::new(),
                _ => {
                    let least = runs.iter().copied().fold(f64::INFINITY, f64::min);
                    let most = runs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    format!("  ({} to {})", number(least), number(most))
                }
            };
            table.push_str(&format!("  {name:<44} {:>12} {unit}{range}\n", number(*median)));
        }
        table.extend(self.verdict.iter().map(|verdict| format!("  {verdict}\n")));
        table
    }
}

/// Writes all reports as JSON.
///
/// # Errors
/// What the disk said.
pub fn write_json(path: &Path, reports: &[Report]) -> Result<(), Trouble> {
    let text = serde_json::to_string_pretty(reports).doing("writing JSON")?;
    std::fs::write(path, text + "\n").doing(path.display())
}

/// The middle one, or the mean of the two in the middle; 0 of nothing.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle), sorted.len() % 2) {
        (None, _) => 0.0,
        (Some(upper), 1) => *upper,
        (Some(upper), _) => (sorted[middle - 1] + upper) / 2.0,
    }
}

/// Three digits that mean something, and thousands apart.
fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        let digits = if value.abs() < 10.0 { 2 } else { 1 };
        let text = format!("{value:.*}", if value.abs() < 0.1 { 4 } else { digits });
        return if value == value.trunc() { format!("{value:.0}") } else { text };
    }
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        for (values, expected) in
            [(&[][..], 0.0), (&[3.0], 3.0), (&[1.0, 9.0, 2.0], 2.0), (&[4.0, 1.0, 2.0, 3.0], 2.5)]
        {
            assert_eq!(median(values), expected, "{values:?}");
        }
    }

    #[test]
    fn numbers_are_short_and_readable() {
        for (value, expected) in [
            (0.0, "0"),
            (0.0312, "0.0312"),
            (1.234, "1.23"),
            (12.34, "12.3"),
            (5.0, "5"),
            (999.6, "1,000"),
            (1_234_567.8, "1,234,568"),
            (-1234.0, "-1,234"),
        ] {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn runs_are_brought_together_by_name() {
        let mut runs = vec![Figures::default(), Figures::default()];
        runs[0].add("rate", "/s", 10.0);
        runs[1].add("rate", "/s", 20.0);
        runs[1].add("lost", "", 0.0);
        let report = Report::of("case", &runs);
        assert_eq!(report.figures[0].median, 15.0);
        assert_eq!(report.figures[1].runs, [0.0]);
        assert!(report.table().contains("(10 to 20)"), "{}", report.table());
    }

    #[test]
    fn percentiles_come_in_milliseconds() {
        let mut latency = Latency::default();
        for ms in 1..=100 {
            latency.record(Duration::from_millis(ms));
        }
        latency.record(Duration::from_secs(1000));
        assert!((latency.at(0.5) - 51.0).abs() < 1.0, "{}", latency.at(0.5));
        assert_eq!(latency.count(), 101);
    }
}
