//! Broken JSON texts and Jackson's words for them.

use super::parse;

/// Broken text → Jackson's message, and the place.
const BROKEN: &[(&str, &str, &str)] = &[
    (
        "not a definition",
        "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
        "[Source: (String)\"not a definition\"; line: 1, column: 4]",
    ),
    (
        "{'not': 'json'",
        "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
        "[Source: (String)\"{'not': 'json'\"; line: 1, column: 3]",
    ),
    (
        "{\"a\": 1",
        "Unexpected end-of-input: expected close marker for Object \
         (start marker at [Source: (String)\"{\"a\": 1\"; line: 1, column: 1])",
        "[Source: (String)\"{\"a\": 1\"; line: 1, column: 8]",
    ),
    (
        "{\"a\": 1,\n }",
        "Unexpected character ('}' (code 125)): was expecting double-quote to start field name",
        "[Source: (String)\"{\"a\": 1,\n }\"; line: 2, column: 3]",
    ),
    (
        "[1 2]",
        "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries",
        "[Source: (String)\"[1 2]\"; line: 1, column: 5]",
    ),
    (
        "{\"a\" 1}",
        "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
        "[Source: (String)\"{\"a\" 1}\"; line: 1, column: 7]",
    ),
    (
        "[01]",
        "Invalid numeric value: Leading zeroes not allowed",
        "[Source: (String)\"[01]\"; line: 1, column: 3]",
    ),
    (
        "[\"\n\"]",
        "Illegal unquoted character ((CTRL-CHAR, code 10)): \
         has to be escaped using backslash to be included in string value",
        "[Source: (String)\"[\"\n\"]\"; line: 2, column: 1]",
    ),
    (
        "\"\\x\"",
        "Unrecognized character escape 'x' (code 120)",
        "[Source: (String)\"\"\\x\"\"; line: 1, column: 4]",
    ),
    (
        "]",
        "Unexpected character (']' (code 93)): expected a valid value \
         (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
        "[Source: (String)\"]\"; line: 1, column: 2]",
    ),
];

#[test]
fn a_broken_text_is_explained_in_jacksons_words() {
    for (text, message, source) in BROKEN {
        let error = parse(text).unwrap_err();
        assert_eq!(error.message, *message, "{text}");
        assert_eq!(error.source, *source, "{text}");
    }
}

#[test]
fn a_long_text_is_shown_in_part() {
    let text = format!("{{{}", " ".repeat(600));
    let error = parse(&text).unwrap_err();
    assert!(error.source.contains("[truncated 101 chars]"), "{}", error.source);
}

#[test]
fn hostile_texts_are_refused_and_harm_nothing() {
    for text in
        ["[".repeat(1_000_000), "{\"a\":".repeat(500_000), "\"\\ud800\"".to_owned(), "1e999".to_owned()]
    {
        let error = parse(&text).unwrap_err();
        assert!(!error.message.is_empty());
    }
    let nested = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(parse(&nested).unwrap_err().message, "the JSON is nested too deeply");
}
