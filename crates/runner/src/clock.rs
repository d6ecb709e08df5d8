//! Wall time as the logs of a function show it.
//!
//! Function timeouts, log lines and deadlines touch the outside, so they follow the host's clock and never the
//! server's virtual one.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970. A host clock before that reads as zero.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// `2024-01-31T23:59:59.123Z`
pub(crate) fn iso8601(ms: u64) -> String {
    let (year, month, day) = civil_date(ms / 86_400_000);
    let second = ms / 1000 % 86_400;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        second / 3600,
        second / 60 % 60,
        second % 60,
        ms % 1000
    )
}

/// `2024/01/31`, the first part of a log stream's name.
pub(crate) fn date_path(ms: u64) -> String {
    let (year, month, day) = civil_date(ms / 86_400_000);
    format!("{year:04}/{month:02}/{day:02}")
}

/// Days since 1970 to the Gregorian date, by the usual trick of years that begin in March.
fn civil_date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let cases = [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_164_799_999, "2024-02-28T23:59:59.999Z"),
            (1_709_251_199_001, "2024-02-29T23:59:59.001Z"),
            (1_735_689_599_000, "2024-12-31T23:59:59.000Z"),
            (4_102_444_800_000, "2100-01-01T00:00:00.000Z"),
        ];
        for (ms, expected) in cases {
            assert_eq!(iso8601(ms), expected);
        }
        assert_eq!(date_path(1_709_251_199_001), "2024/02/29");
    }
}
