//! RFC 3339 timestamps as AWS accepts and writes them: upper-case `T`, a zone (`Z` or an offset), 0 to 9 digits of a
//! second's fraction in; UTC with milliseconds and `Z` out. Times are milliseconds since the epoch.

use std::fmt::Write;

const MS_PER_DAY: i64 = 86_400_000;

/// Milliseconds since the epoch; `None` where AWS would refuse the text. Fractions below a millisecond are cut off.
pub fn parse(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let year = digits(bytes, 0, 4)?;
    expect(bytes, 4, b'-')?;
    let month = digits(bytes, 5, 2)?;
    expect(bytes, 7, b'-')?;
    let day = digits(bytes, 8, 2)?;
    expect(bytes, 10, b'T')?;
    let hour = digits(bytes, 11, 2)?;
    expect(bytes, 13, b':')?;
    let minute = digits(bytes, 14, 2)?;
    expect(bytes, 16, b':')?;
    let second = digits(bytes, 17, 2)?;
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (fraction_ms, zone_at) = fraction(bytes, 19)?;
    let offset_minutes = zone(bytes.get(zone_at..)?)?;
    let minutes = hour * 60 + minute - offset_minutes;
    Some(days_from_civil(year, month, day) * MS_PER_DAY + minutes * 60_000 + second * 1000 + fraction_ms)
}

/// `2019-03-26T20:14:13.192Z`.
pub fn format(epoch_ms: i64) -> String {
    let (year, month, day) = civil_from_days(epoch_ms.div_euclid(MS_PER_DAY));
    let ms = epoch_ms.rem_euclid(MS_PER_DAY);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    let mut text = String::with_capacity(24);
    // INVARIANT: writing to a string can't fail. A year may have more than four digits.
    let _ = write!(text, "{year:04}-");
    let parts = [(month, 2, '-'), (day, 2, 'T'), (hour, 2, ':'), (minute, 2, ':'), (second, 2, '.')];
    for (number, width, end) in parts {
        push_digits(&mut text, number, width);
        text.push(end);
    }
    push_digits(&mut text, ms % 1000, 3);
    text.push('Z');
    text
}

/// The last digits of a number, not by `format!`: each context object has two times.
fn push_digits(text: &mut String, number: i64, width: u32) {
    let digits = (0..width).rev().map(|place| (number / 10_i64.pow(place)).rem_euclid(10));
    text.extend(digits.map(|digit| char::from(b'0' + digit as u8)));
}

fn expect(bytes: &[u8], at: usize, byte: u8) -> Option<()> {
    (bytes.get(at) == Some(&byte)).then_some(())
}

fn digits(bytes: &[u8], at: usize, count: usize) -> Option<i64> {
    let digits = bytes.get(at..at + count)?;
    digits
        .iter()
        .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

/// The milliseconds of `.123…`, if it is there, and where it ends.
fn fraction(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    if bytes.get(at) != Some(&b'.') {
        return Some((0, at));
    }
    let digits: &[u8] = bytes.get(at + 1..)?;
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&count) {
        return None;
    }
    let ms = (0..3).fold(0, |ms, place| {
        let digit =
            if place < count { digits.get(place).map_or(0, |byte| i64::from(byte - b'0')) } else { 0 };
        ms * 10 + digit
    });
    Some((ms, at + 1 + count))
}

/// Minutes east of UTC, of `Z` or `+hh:mm`, which must be all that is left. At most 18 hours, as in Java.
fn zone(bytes: &[u8]) -> Option<i64> {
    let sign = match bytes.first()? {
        b'Z' if bytes.len() == 1 => return Some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    if bytes.len() != 6 {
        return None;
    }
    let (hours, minutes) = (digits(bytes, 1, 2)?, digits(bytes, 4, 2)?);
    expect(bytes, 3, b':')?;
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= 18 * 60).then_some(sign * total)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar (years counted from March, in eras of 400).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_aws_accepts() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2016-12-05T21:29:29Z", 1_480_973_369_000),
            ("2016-12-05T21:29:29.00Z", 1_480_973_369_000),
            ("2016-12-05T21:29:29.000000Z", 1_480_973_369_000),
            ("2016-12-05T21:29:29.123456789Z", 1_480_973_369_123),
            ("2016-12-05T21:29:29.1Z", 1_480_973_369_100),
            ("2016-12-05T21:29:29+01:00", 1_480_969_769_000),
            ("2016-12-05T21:29:29-18:00", 1_481_038_169_000),
            ("2016-02-29T00:00:00Z", 1_456_704_000_000),
            ("1969-12-31T23:59:59.999Z", -1),
            ("0000-03-01T00:00:00Z", -62_162_035_200_000),
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_aws_refuses() {
        for text in [
            "",
            "2016-12-05",
            "2016-12-05T21:29:29",
            "2016-12-05 21:29:29Z",
            "2016-12-05t21:29:29Z",
            "2016-12-05T21:29:29z",
            "05-12-2016T21:29:29Z",
            "2016-13-05T21:29:29Z",
            "2015-02-29T00:00:00Z",
            "2016-12-05T24:00:00Z",
            "2016-12-05T23:59:60Z",
            "2016-12-05T21:29:29.Z",
            "2016-12-05T21:29:29.1234567890Z",
            "2016-12-05T21:29:29+0100",
            "2016-12-05T21:29:29+19:00",
            "2016-12-05T21:29:29+01:60",
            "2016-12-05T21:29:29Z ",
            "2016-12-05T21:29Z",
            "２016-12-05T21:29:29Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(format(1_553_631_253_192), "2019-03-26T20:14:13.192Z");
        let mut ms: i64 = -62_000_000_000_000;
        while ms < 200_000_000_000_000 {
            assert_eq!(parse(&format(ms)), Some(ms));
            ms += 86_399_999 * 37 + 1;
        }
    }

    #[test]
    fn any_number_can_be_written() {
        for ms in [i64::MIN, i64::MAX, -1, 0] {
            assert!(format(ms).ends_with('Z'));
        }
    }
}
