//! Text for people: shortened values, aligned columns, moments and durations.

use stepwell_wire::time;

/// Characters of a value that is shown in part.
pub const SHORT: usize = 80;

/// A value in one line of at most `most` characters.
pub fn shorten(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some(_) => line.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        None => line,
    }
}

/// Rows under a header, in columns as wide as their widest cell, two spaces apart.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let header = header.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let all = || std::iter::once(&header).chain(rows);
    let widths = (0..header.len())
        .map(|column| all().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect::<Vec<_>>();
    all().map(|row| columns(row, &widths)).collect()
}

/// Cells padded to their widths, without blanks at the end.
pub fn columns(cells: &[String], widths: &[usize]) -> String {
    let padded = cells.iter().enumerate().map(|(column, cell)| {
        let missing = widths.get(column).copied().unwrap_or(0).saturating_sub(width(cell));
        format!("{cell}{}", " ".repeat(missing))
    });
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// Characters that are seen: escape sequences of colours aren't.
fn width(cell: &str) -> usize {
    let mut is_escape = false;
    let seen = cell.chars().filter(|&letter| {
        let was_escape = is_escape;
        is_escape = letter == '\u{1b}' || (is_escape && letter != 'm');
        !was_escape && letter != '\u{1b}'
    });
    seen.count()
}

/// Seconds since the epoch, as AWS's JSON has them, as milliseconds.
pub fn millis(seconds: &serde_json::Value) -> Option<i64> {
    seconds.as_f64().map(|seconds| (seconds * 1000.0).round() as i64)
}

/// `2026-01-02 03:04:05.678Z`
pub fn moment(millis: i64) -> String {
    time::iso_millis(millis).replace('T', " ")
}

/// `0.005s`, `12.3s`, `3m07s`, `2h05m`, `3d04h`
pub fn duration(millis: i64) -> String {
    let millis = millis.max(0);
    let seconds = millis / 1000;
    match seconds {
        0..10 => format!("{seconds}.{:03}s", millis % 1000),
        10..60 => format!("{seconds}.{}s", millis % 1000 / 100),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn long_values_are_cut_and_lines_joined() {
        let cases = [
            ("", 5, ""),
            ("abcde", 5, "abcde"),
            ("abcdef", 5, "abcd…"),
            ("{\n  1\n}", 9, "{ 1 }"),
            ("éééé", 3, "éé…"),
        ];
        for (text, most, expected) in cases {
            assert_eq!(shorten(text, most), expected, "{text}");
        }
    }

    #[test]
    fn columns_are_as_wide_as_what_is_seen() {
        let rows = vec![
            vec!["a".to_owned(), "\u{1b}[32mgood\u{1b}[0m".to_owned(), "x".to_owned()],
            vec!["länger".to_owned(), "b".to_owned(), String::new()],
        ];
        assert_eq!(
            table(&["NAME", "STATUS", "NOTE"], &rows),
            ["NAME    STATUS  NOTE", "a       \u{1b}[32mgood\u{1b}[0m    x", "länger  b"]
        );
        assert_eq!(table(&["NAME"], &[]), ["NAME"]);
    }

    #[test]
    fn times_are_short() {
        let cases = [
            (-5, "0.000s"),
            (5, "0.005s"),
            (9_999, "9.999s"),
            (12_345, "12.3s"),
            (187_000, "3m07s"),
            (7_500_000, "2h05m"),
            (273_600_000, "3d04h"),
        ];
        for (millis, expected) in cases {
            assert_eq!(duration(millis), expected);
        }
        assert_eq!(moment(1_704_164_645_678), "2024-01-02 03:04:05.678Z");
        assert_eq!(millis(&json!(1_704_164_645.678)), Some(1_704_164_645_678));
        assert_eq!(millis(&json!("x")), None);
    }
}
