//! The events that functions are invoked with: JSON, and not too much of it.

use crate::failure::Failure;
use crate::lambda::errors;
use serde::de::IgnoredAny;

/// AWS's limit for a synchronous invocation.
const SYNCHRONOUS_BYTES: usize = 6_291_456;
/// AWS's limit for an asynchronous one.
const ASYNCHRONOUS_BYTES: usize = 1_048_576;

/// The event of a synchronous invocation. No bytes at all stand for `{}`.
///
/// # Errors
/// For too many bytes, and for what isn't JSON.
pub fn synchronous(bytes: &[u8]) -> Result<String, Failure> {
    if bytes.len() > SYNCHRONOUS_BYTES {
        return Err(errors::request_too_large(format!(
            "Request must be smaller than {SYNCHRONOUS_BYTES} bytes for the InvokeFunction operation"
        ))
        .into());
    }
    json(bytes)
}

/// The event of an asynchronous invocation.
///
/// # Errors
/// As [`synchronous`].
pub fn asynchronous(bytes: &[u8]) -> Result<String, Failure> {
    if bytes.len() > ASYNCHRONOUS_BYTES {
        return Err(errors::request_too_large(format!(
            "{} byte payload is too large for the Event invocation type (limit {ASYNCHRONOUS_BYTES} bytes)",
            bytes.len()
        ))
        .into());
    }
    json(bytes)
}

fn json(bytes: &[u8]) -> Result<String, Failure> {
    if bytes.is_empty() {
        return Ok("{}".to_owned());
    }
    match (serde_json::from_slice::<IgnoredAny>(bytes), std::str::from_utf8(bytes)) {
        (Ok(_), Ok(text)) => Ok(text.to_owned()),
        (Err(error), _) => Err(unreadable(bytes, error.line(), error.column())),
        // JSON's own texts are the only ones that can hold other bytes.
        (Ok(_), Err(error)) => Err(unreadable(bytes, 1, error.valid_up_to() + 1)),
    }
}

/// As the parser of AWS words it, for the character that it stopped at.
fn unreadable(bytes: &[u8], line: usize, column: usize) -> Failure {
    let start = bytes
        .split(|byte| *byte == b'\n')
        .take(line.saturating_sub(1))
        .map(|line| line.len() + 1)
        .sum::<usize>();
    let found = bytes.get(start + column.saturating_sub(1)).or(bytes.last()).copied().unwrap_or_default();
    let shown = match found {
        b' '..=b'~' => format!("'{}' (code {found})", char::from(found)),
        _ => format!("(CTRL-CHAR, code {found})"),
    };
    let text = format!(
        "Could not parse request body into json: Could not parse payload into json: Unexpected character ({shown}): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {}, column: {}]",
        line.max(1),
        column.max(1)
    );
    errors::invalid_request_content(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: &[u8]) -> String {
        match synchronous(bytes) {
            Err(Failure::Refused(error)) => error.message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn json_passes_as_it_was_written() {
        for (given, event) in
            [("", "{}"), ("null", "null"), (" { \"b\":1,\"a\" : 1e3 } ", " { \"b\":1,\"a\" : 1e3 } ")]
        {
            assert_eq!(synchronous(given.as_bytes()).unwrap(), event);
        }
    }

    #[test]
    fn what_isnt_json_is_refused_with_its_place() {
        let text = message(b"\x99");
        assert!(text.contains("Unexpected character ((CTRL-CHAR, code 153))"), "{text}");
        assert!(text.ends_with("line: 1, column: 1]"), "{text}");
        let text = message(b"{\n  oops}");
        assert!(text.contains("('o' (code 111))") && text.contains("line: 2, column: 3"), "{text}");
        for bytes in [&b"{"[..], b"\"\xff\"", b"1 2", b"nul", b"\n\n\n"] {
            assert!(message(bytes).starts_with("Could not parse request body into json"));
        }
    }

    #[test]
    fn too_much_is_refused() {
        let big = vec![b'1'; SYNCHRONOUS_BYTES + 1];
        assert!(message(&big).starts_with("Request must be smaller than 6291456 bytes"));
        assert!(matches!(asynchronous(&big), Err(Failure::Refused(error)) if error.status == 413));
    }
}
