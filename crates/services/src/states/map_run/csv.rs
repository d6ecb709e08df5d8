//! One record of a CSV file (RFC 4180): fields between delimiters, in quotes where they hold one, a quote or a line's end.

/// The fields of the first record and its length in bytes with its line's end; `None` if it goes on behind these bytes.
///
/// # Errors
/// The cause, for bytes that are no UTF-8.
pub fn record(bytes: &[u8], delimiter: char, is_last: bool) -> Result<Option<(Vec<String>, usize)>, String> {
    let delimiter = delimiter as u32 as u8;
    let (mut fields, mut field) = (Vec::new(), Vec::new());
    let mut is_quoted = false;
    let mut position = 0;
    while let Some(byte) = bytes.get(position).copied() {
        position += 1;
        match byte {
            b'"' if is_quoted && bytes.get(position) == Some(&b'"') => {
                field.push(b'"');
                position += 1;
            }
            // Whether it is doubled stands behind the window.
            b'"' if is_quoted && position == bytes.len() && !is_last => return Ok(None),
            b'"' if is_quoted => is_quoted = false,
            b'"' if field.is_empty() => is_quoted = true,
            b'\n' if !is_quoted => {
                fields.push(text(&field)?);
                return Ok(Some((fields, position)));
            }
            b'\r' if !is_quoted && matches!(bytes.get(position), Some(b'\n') | None) => {}
            byte if byte == delimiter && !is_quoted => fields.push(text(&std::mem::take(&mut field))?),
            byte => field.push(byte),
        }
    }
    if !is_last {
        return Ok(None);
    }
    fields.push(text(&field)?);
    Ok(Some((fields, position)))
}

fn text(field: &[u8]) -> Result<String, String> {
    String::from_utf8(field.to_vec()).map_err(|_| "The CSV file is not valid UTF-8.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_end_where_they_say() {
        let read = |text: &str| record(text.as_bytes(), ',', true).unwrap().unwrap();
        assert_eq!(read("a,b\r\nc"), (vec!["a".to_owned(), "b".to_owned()], 5));
        assert_eq!(read("\"a,\n\"\"b\"\"\",").0, ["a,\n\"b\"", ""]);
        assert_eq!(read("a").0, ["a"]);
        assert_eq!(record(b"a,\"b", ',', false), Ok(None));
        assert_eq!(record(b"a,b", ',', false), Ok(None));
        assert!(record(b"\xff\n", ',', true).is_err());
        assert_eq!(record(b"a|b\n", '|', false).unwrap().unwrap().0, ["a", "b"]);
    }
}
