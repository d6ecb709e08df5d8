//! A period on the command line: a number and its unit, such as `90d`.

use std::time::Duration;

/// Reads `90d`, `36h`, `30m`, `45s`.
///
/// # Errors
/// In words for whoever typed it.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no period: a number with d, h, m or s is asked for, such as 90d");
    let unit_at = text.len().checked_sub(1).filter(|at| text.is_char_boundary(*at)).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(unit_at);
    let seconds: u64 = match unit {
        "d" => 86_400,
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        _ => return Err(wrong()),
    };
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = number.parse().ok().filter(|_| is_number).ok_or_else(wrong)?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_number_with_its_unit() {
        for (text, seconds) in [("90d", 7_776_000), ("36h", 129_600), ("0m", 0), ("45s", 45)] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)));
        }
        for text in
            ["", "d", "90", "-1d", "+1d", "1.5h", "1w", "9é", "99999999999999999999d", "999999999999999999d"]
        {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(&format!("`{text}` is no period")), "{error}");
        }
    }
}
