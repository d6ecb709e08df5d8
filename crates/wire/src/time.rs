//! The ways AWS writes a moment: ISO-8601 with and without milliseconds, Lambda's variant of it, the compact
//! form of signatures, and HTTP's. A moment is milliseconds since the epoch; no clock is read here.

use std::fmt::Write;

/// `2024-01-01T00:00:00.000Z`
pub fn iso_millis(millis: i64) -> String {
    let mut text = iso_seconds(millis);
    text.pop();
    text.push('.');
    push_digits(&mut text, millis.rem_euclid(1000), 3);
    text.push('Z');
    text
}

/// `2024-01-01T00:00:00Z`
pub fn iso_seconds(millis: i64) -> String {
    let Civil { year, month, day, hour, minute, second, .. } = Civil::from_millis(millis);
    let mut text = String::with_capacity(24);
    // INVARIANT: writing to a string can't fail. A year may have more than four digits.
    let _ = write!(text, "{year:04}-");
    let parts = [(month, 2, '-'), (day, 2, 'T'), (hour, 2, ':'), (minute, 2, ':'), (second, 2, 'Z')];
    for (number, width, end) in parts {
        push_digits(&mut text, number, width);
        text.push(end);
    }
    text
}

/// The last digits of a number, not by `format!`: several times are written in each step of an execution.
fn push_digits(text: &mut String, number: i64, width: u32) {
    let digits = (0..width).rev().map(|place| (number / 10_i64.pow(place)).rem_euclid(10));
    text.extend(digits.map(|digit| char::from(b'0' + digit as u8)));
}

/// `2024-01-01T00:00:00.000+0000`, as Lambda writes `LastModified`.
pub fn iso_millis_offset(millis: i64) -> String {
    let mut text = iso_millis(millis);
    text.truncate(text.len() - 1);
    text + "+0000"
}

/// `20240101T000000Z`, as signatures have it.
pub fn amz_date(millis: i64) -> String {
    let Civil { year, month, day, hour, minute, second, .. } = Civil::from_millis(millis);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Reads `20240101T000000Z`.
pub fn parse_amz_date(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    if date.len() != 8 || time.len() != 6 {
        return None;
    }
    let field = |text: &str, from: usize, to: usize| text.get(from..to).and_then(number);
    Civil {
        year: field(date, 0, 4)?,
        month: field(date, 4, 6)?,
        day: field(date, 6, 8)?,
        hour: field(time, 0, 2)?,
        minute: field(time, 2, 4)?,
        second: field(time, 4, 6)?,
        milli: 0,
    }
    .to_millis()
}

/// Reads ISO-8601 as AWS's clients write it: a `T` or a space, an optional fraction of any length (cut to
/// milliseconds), and `Z` or an offset.
pub fn parse_iso(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let (time, offset_minutes) = split_offset(rest)?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let [year, month, day] = parts(date, '-')?;
    let [hour, minute, second] = parts(clock, ':')?;
    let millis =
        Civil { year, month, day, hour, minute, second, milli: fraction_millis(fraction)? }.to_millis()?;
    Some(millis - offset_minutes * 60_000)
}

/// A time as HTTP writes it: `Mon, 01 Jan 2024 00:00:00 GMT`.
pub fn http_date(millis: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let iso = iso_seconds(millis);
    let part = |range: std::ops::Range<usize>| iso.get(range).unwrap_or_default();
    let month = part(5..7).parse::<usize>().ok().and_then(|month| MONTHS.get(month - 1)).unwrap_or(&"Jan");
    // The epoch was a Thursday.
    let day = usize::try_from(millis.div_euclid(86_400_000).rem_euclid(7)).ok();
    let day = day.and_then(|day| DAYS.get(day)).unwrap_or(&"Thu");
    format!("{day}, {} {month} {} {} GMT", part(8..10), part(0..4), part(11..19))
}

/// Reads `Fri, 31 Dec 2021 23:59:59 GMT`, the `Date` header that some clients sign.
pub fn parse_http_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.split(' ');
    let day = number(words.next()?)?;
    let month_name = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month_name)? as i64 + 1;
    let year = number(words.next()?)?;
    let [hour, minute, second] = parts(words.next()?, ':')?;
    matches!(words.next(), Some("GMT" | "UTC" | "+0000")).then_some(())?;
    Civil { year, month, day, hour, minute, second, milli: 0 }.to_millis()
}

fn parts(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut fields = text.split(separator).map(number);
    let parts = [fields.next()??, fields.next()??, fields.next()??];
    fields.next().is_none().then_some(parts)
}

fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn fraction_millis(digits: &str) -> Option<i64> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.bytes().chain(*b"000").take(3).fold(0, |millis, digit| millis * 10 + i64::from(digit - b'0')))
}

fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let at = text.rfind(['+', '-'])?;
    let (time, offset) = (text.get(..at)?, text.get(at + 1..)?);
    let (hours, minutes) = match offset.split_once(':') {
        Some(pair) => pair,
        None => (offset.get(..2)?, offset.get(2..)?),
    };
    let minutes = number(hours)? * 60 + number(minutes)?;
    let sign = if text.get(at..=at) == Some("-") { -1 } else { 1 };
    Some((time, sign * minutes))
}

struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    milli: i64,
}

const DAY_MS: i64 = 86_400_000;

impl Civil {
    // Howard Hinnant's days-to-civil algorithm: years begin in March, so that the leap day is the last.
    fn from_millis(millis: i64) -> Civil {
        let (days, rest) = (millis.div_euclid(DAY_MS), millis.rem_euclid(DAY_MS));
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Civil {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            milli: rest % 1000,
        }
    }

    /// `None` where there is no such day or hour.
    fn to_millis(&self) -> Option<i64> {
        let clock =
            (0..24).contains(&self.hour) && (0..60).contains(&self.minute) && (0..60).contains(&self.second);
        if !clock || !(1..=12).contains(&self.month) || self.day < 1 || self.year > 9999 {
            return None;
        }
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted_month = if self.month > 2 { self.month - 3 } else { self.month + 9 };
        let day_of_year = (153 * shifted_month + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        let millis =
            days * DAY_MS + self.hour * 3_600_000 + self.minute * 60_000 + self.second * 1000 + self.milli;
        // 31 February would have become a day in March.
        let back = Civil::from_millis(millis);
        (back.day == self.day && back.month == self.month).then_some(millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: i64 = 1_704_164_645_678; // 2024-01-02T03:04:05.678Z

    #[test]
    fn a_date_is_written_as_http_does() {
        assert_eq!(http_date(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
    }

    #[test]
    fn a_moment_is_written_in_each_form() {
        assert_eq!(iso_millis(MOMENT), "2024-01-02T03:04:05.678Z");
        assert_eq!(iso_seconds(MOMENT), "2024-01-02T03:04:05Z");
        assert_eq!(iso_millis_offset(MOMENT), "2024-01-02T03:04:05.678+0000");
        assert_eq!(amz_date(MOMENT), "20240102T030405Z");
        assert_eq!(iso_millis(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(iso_seconds(951_782_400_000), "2000-02-29T00:00:00Z");
    }

    #[test]
    fn what_is_written_is_read() {
        for days in (-200_000..200_000).step_by(97) {
            let millis = days * DAY_MS + 45_678_901;
            assert_eq!(parse_iso(&iso_millis(millis)), Some(millis));
            assert_eq!(parse_amz_date(&amz_date(millis)), Some(millis - 901));
        }
        assert_eq!(parse_http_date("Tue, 02 Jan 2024 03:04:05 GMT"), Some(MOMENT - 678));
        for text in
            ["2024-01-02T03:04:05.678Z", "2024-01-02 05:04:05.6789+02:00", "2024-01-01T22:34:05.678-0430"]
        {
            assert_eq!(parse_iso(text), Some(MOMENT), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        let iso = [
            "",
            "T",
            "2024-01-02",
            "2024-02-30T00:00:00Z",
            "2024-01-02T24:00:00Z",
            "2024-01-02T00:00:00",
            "2024-01-02T00:00:00.xZ",
            "99999-01-01T00:00:00Z",
            "2024-01-02T00:00:00+é",
            "-024-01-01T00:00:00Z",
            "2024-13-01T00:00:00Z",
        ];
        for text in iso {
            assert_eq!(parse_iso(text), None, "{text}");
        }
        for text in ["", "Z", "20240102T030405", "20240102T0304Z", "2024é02T030405Z", "20241302T030405Z"] {
            assert_eq!(parse_amz_date(text), None, "{text}");
        }
        for text in ["", "Tue, ", "Tue, 02 Jan 2024 03:04:05 CET", "Tue, 02 Foo 2024 03:04:05 GMT"] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}
