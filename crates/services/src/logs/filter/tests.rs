//! Filter patterns as cases: a pattern, a message, and whether it matches.

use super::*;

const ACCESS: &str =
    r#"127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 404 2326"#;
const JSON: &str =
    r#"{"level":"ERROR","code":503,"ok":false,"none":null,"user":{"name":"ann b","tags":["x","y"]},"a.b":1}"#;

#[test]
fn patterns_match_or_not() {
    let cases = [
        ("", "anything", true),
        ("ERROR", "[ERROR] no", true),
        ("ERROR", "error", false),
        ("ERROR no", "no ERROR", true),
        ("ERROR no", "ERROR", false),
        (r#""no way""#, "there is no way out", true),
        (r#""no way""#, "no other way", false),
        (r#""a \"b\"""#, r#"say a "b""#, true),
        ("?ERROR ?WARN", "a WARN b", true),
        ("?ERROR ?WARN", "INFO", false),
        ("ERROR -EXITING", "ERROR now", true),
        ("ERROR -EXITING", "ERROR EXITING", false),
        ("-DEBUG", "INFO", true),
        (r"%ERR\d+%", "an ERR42 here", true),
        (r"%ERR\d+%", "an ERR here", false),
        ("ERROR ?WARN", "ERROR", true),
        (r#"{ $.level = "ERROR" }"#, JSON, true),
        (r#"{$.level="ERR*"}"#, JSON, true),
        (r#"{ $.level = ERROR }"#, JSON, true),
        (r#"{ $.level != "ERROR" }"#, JSON, false),
        ("{ $.code = 503 }", JSON, true),
        ("{ $.code >= 500 && $.code < 600 }", JSON, true),
        ("{ $.code > 503 || $.code = 1e3 }", JSON, false),
        (r#"{ ($.code = 1 || $.level = "ERROR") && $.ok IS FALSE }"#, JSON, true),
        ("{ $.none IS NULL }", JSON, true),
        ("{ $.missing IS NULL }", JSON, false),
        ("{ $.missing NOT EXISTS }", JSON, true),
        ("{ $.user.name EXISTS }", JSON, true),
        ("{ $.ok IS TRUE }", JSON, false),
        (r#"{ $.user.name = "ann b" }"#, JSON, true),
        (r#"{ $.user.tags[1] = "y" }"#, JSON, true),
        (r#"{ $.user.tags[*] = "x" }"#, JSON, true),
        (r#"{ $["a.b"] = 1 }"#, JSON, true),
        (r"{ $.level = %^E.+R$% }", JSON, true),
        ("{ $.code = 503 }", "not JSON", false),
        ("[ip, id, user, timestamp, request, status_code, size]", ACCESS, true),
        ("[ip, id, user, timestamp, request, status_code]", ACCESS, false),
        ("[ip, id, user, timestamp, request, status_code = 4*, size]", ACCESS, true),
        ("[ip, id, user, timestamp, request, status_code = 404, size > 3000]", ACCESS, false),
        ("[..., status_code != 2*, size]", ACCESS, true),
        ("[ip, ..., size < 3000 && size > 2000]", ACCESS, true),
        (r#"[ip, id, user, timestamp, request = "*pb.gif*", ...]"#, ACCESS, true),
        ("[w1=ERROR || w1=%WARN%, w2]", "WARNING x", true),
        ("[w1=ERROR || w1=%WARN%, w2]", "INFO x", false),
        ("[...]", "", true),
    ];
    for (pattern, message, expected) in cases {
        let filter = Filter::parse(pattern).unwrap_or_else(|| panic!("no filter: {pattern}"));
        assert_eq!(filter.matches(message), expected, "{pattern} {message}");
    }
}

#[test]
fn what_is_no_pattern_is_refused() {
    let deep = format!("{{{}$.a = 1{}}}", "(".repeat(10_000), ")".repeat(10_000));
    let large = format!("%{}%", "(a{1000}){1000}");
    let cases = [
        "{",
        "{}",
        "{ a = 1 }",
        "{ $.a }",
        "{ $.a = }",
        "{ $.a > x }",
        "{ $.a = 1 && }",
        "{ ($.a = 1 }",
        "{ $.a = \"x }",
        "{ $..a = 1 }",
        "{ $.a[x] = 1 }",
        "{ $.a & 1 }",
        "[a, b",
        "[a, , b]",
        "[..., ...]",
        "[a = 1 && b = 2]",
        "\"open",
        "%open",
        "%(%",
        "- ",
        "?",
        &deep,
        &large,
    ];
    for pattern in cases {
        assert!(Filter::parse(pattern).is_none(), "{pattern:.60}");
    }
}

#[test]
fn hostile_patterns_take_no_time() {
    let filter = Filter::parse(&format!("{{ $.a = \"{}\" }}", "*a".repeat(500))).unwrap();
    let message = format!(r#"{{"a":"{}b"}}"#, "a".repeat(100_000));
    assert!(!filter.matches(&message));
    let filter = Filter::parse("%(a+)+$%").unwrap();
    assert!(!filter.matches(&message));
}
