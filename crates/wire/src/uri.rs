//! Percent-encoding as AWS has it: everything but letters, digits, `-`, `.`, `_` and `~` is encoded.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &COMPONENT.remove(b'/');

/// One name or value of a query, or one segment of a path.
pub fn encode(text: &str) -> String {
    encode_bytes(text.as_bytes())
}

pub(crate) fn encode_bytes(bytes: &[u8]) -> String {
    percent_encode(bytes, COMPONENT).to_string()
}

/// A whole path, whose slashes stay.
pub(crate) fn encode_path(path: &str) -> String {
    percent_encode(path.as_bytes(), PATH).to_string()
}

/// `None` where the bytes are no UTF-8.
pub fn decode(text: &str) -> Option<Cow<'_, str>> {
    percent_decode(text.as_bytes()).decode_utf8().ok()
}

pub(crate) fn decode_bytes(text: &str) -> Cow<'_, [u8]> {
    percent_decode(text.as_bytes()).into()
}

/// As in forms, where a plus is a space.
pub fn decode_form(text: &str) -> Option<String> {
    if text.contains('+') {
        decode(&text.replace('+', " ")).map(Cow::into_owned)
    } else {
        decode(text).map(Cow::into_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let text = "a b+c/d:é~-._\u{0}%";
        assert_eq!(encode(text), "a%20b%2Bc%2Fd%3A%C3%A9~-._%00%25");
        assert_eq!(decode(&encode(text)).as_deref(), Some(text));
        assert_eq!(decode_form("a+b%2B").as_deref(), Some("a b+"));
        assert_eq!(decode("%zz%4").as_deref(), Some("%zz%4"));
        assert_eq!(decode("%ff"), None);
        assert_eq!(encode_path("/a:b/%3A"), "/a%3Ab/%253A");
    }
}
