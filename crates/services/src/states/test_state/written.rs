//! Values in the form in which the caller wrote them: AWS gives back a part of the input or of a mocked result with its own
//! white space, and writes compactly what a state made itself (recorded for arrays).

use serde_json::Value;

/// The texts that a test was given.
pub struct Sources<'a>(pub Vec<&'a str>);

impl Sources<'_> {
    /// A value as it stands in one of the sources, or compactly.
    pub fn text(&self, value: &Value) -> String {
        let has_space = |text: &str| text.bytes().any(|byte| byte.is_ascii_whitespace());
        let found = match value {
            Value::Array(_) | Value::Object(_) => {
                self.0.iter().filter(|source| has_space(source)).find_map(|source| part(source, value))
            }
            _ => None,
        };
        found.map_or_else(|| value.to_string(), str::to_owned)
    }

    /// The same for a value that is JSON text already.
    pub fn of_json(&self, text: &str) -> String {
        serde_json::from_str(text).map_or_else(|_| text.to_owned(), |value| self.text(&value))
    }
}

/// The first part of a JSON text that says the same as a value.
fn part<'a>(source: &'a str, value: &Value) -> Option<&'a str> {
    let opening = if value.is_array() { b'[' } else { b'{' };
    let mut is_text = false;
    let mut is_escaped = false;
    for (position, byte) in source.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if byte == opening && !is_text => {
                let rest = source.get(position..)?;
                let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
                if values.next().and_then(Result::ok).as_ref() == Some(value) {
                    return rest.get(..values.byte_offset());
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_part_of_a_source_keeps_its_white_space() {
        let sources = Sources(vec![r#"{"a": {"b": [1, "]\" ["]}, "c":[ 2 ]}"#, "[ 3 ]"]);
        for (value, text) in [
            (json!([1, "]\" ["]), r#"[1, "]\" ["]"#),
            (json!({"b": [1, "]\" ["]}), r#"{"b": [1, "]\" ["]}"#),
            (json!([2]), "[ 2 ]"),
            (json!([3]), "[ 3 ]"),
            (json!([1, 2]), "[1,2]"),
            (json!("c"), "\"c\""),
        ] {
            assert_eq!(sources.text(&value), text);
        }
        assert_eq!(sources.of_json("[2]"), "[ 2 ]");
    }
}
