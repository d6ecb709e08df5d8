//! Policies: what AWS said of wrong ones, and which messages right ones let pass.

use super::{Body, compile};
use crate::sns::model::MessageAttributeValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn place(source: &str, column: usize) -> String {
    format!("\n at [Source: (String)\"{source}\"; line: 1, column: {column}]")
}

#[test]
fn what_can_be_no_policy_is_refused_in_the_words_that_aws_was_recorded_with() {
    let cases = [
        (r#"{"key": []}"#, "Empty arrays are not allowed", Some(10)),
        (r#"{"key": [{"suffix": 100}]}"#, "suffix match pattern must be a string", Some(22)),
        (r#"{"key": [{"suffix": null}]}"#, "suffix match pattern must be a string", Some(23)),
        (r#"{"key": [{"suffix": []}]}"#, "suffix match pattern must be a string", Some(20)),
        (r#"{"key": [{"suffix": ["test", "test2"]}]}"#, "suffix match pattern must be a string", Some(20)),
        (r#"{"key": {"suffix": "value"}}"#, r#""suffix" must be an object or an array"#, Some(19)),
        (
            r#"{"key": {"not-an-operator": "value"}}"#,
            r#""not-an-operator" must be an object or an array"#,
            Some(28),
        ),
        (r#"{"key": [{"exists": null}]}"#, "exists match pattern must be either true or false.", Some(23)),
        (r#"{"key": [{"exists": "no"}]}"#, "exists match pattern must be either true or false.", Some(20)),
        (r#"{"key": [{"cidr": ["bad-filter"]}]}"#, "prefix match pattern must be a string", Some(18)),
        (r#"{"key": [{"cidr": "bad-filter"}]}"#, "Malformed CIDR, one '/' required", None),
        (r#"{"key": [{"cidr": "bad-filter/64"}]}"#, "Nonstandard IP address: bad-filter", None),
        (r#"{"key": [{"cidr": "bad-/64filter"}]}"#, "Malformed CIDR, mask bits must be an integer", None),
        (
            r#"{"key": [{"cidr": "xxxx:db8:1234:1a00::/64"}]}"#,
            "Nonstandard IP address: xxxx:db8:1234:1a00::",
            None,
        ),
    ];
    for (text, message, column) in cases {
        let policy: Value = serde_json::from_str(text).unwrap();
        let place = column.map_or_else(String::new, |column| place(&policy.to_string(), column));
        assert_eq!(compile(text).unwrap_err(), format!("{message}{place}"), "{text}");
    }
}

#[test]
fn what_is_wrong_with_an_expression_is_said() {
    let numeric = |list: &str| format!(r#"{{"k": [{{"numeric": {list}}}]}}"#);
    let cases = [
        ("[]".to_owned(), "Filter is not an object"),
        (r#""x""#.to_owned(), "Filter is not an object"),
        ("{}".to_owned(), "Empty objects are not allowed"),
        (r#"{"k": "v"}"#.to_owned(), r#""k" must be an object or an array"#),
        (r#"{"k": [["v"]]}"#.to_owned(), "Match value must be String, number, true, false, or null"),
        (r#"{"k": [{"prefix": "a", "suffix": "b"}]}"#.to_owned(), "Only one key allowed in match expression"),
        (r#"{"k": [{"wrong-operator": true}]}"#.to_owned(), "Unrecognized match type wrong-operator"),
        (r#"{"k": [{}]}"#.to_owned(), "Match expression name not found"),
        (
            r#"{"k": [{"anything-but": {"suffix": "a"}}]}"#.to_owned(),
            "Unsupported anything-but pattern: suffix",
        ),
        (numeric("[]"), "Invalid member in numeric match: ]"),
        (numeric(r#"["x", 1]"#), "Unrecognized numeric range operator: x"),
        (numeric(r#"[">"]"#), "Value of > must be numeric"),
        (numeric(r#"["=", "1"]"#), "Value of equals must be numeric"),
        (numeric(r#"["=", 1, 2]"#), "Too many elements in numeric expression"),
        (numeric(r#"[">", 1, "<", 2, 3]"#), "Too many terms in numeric range expression"),
        (numeric(r#"[">", 1, ">", 2]"#), "Bad numeric range operator: >"),
        (numeric(r#"[">", 1, 30]"#), "Bad value in numeric range: 30"),
        (numeric(r#"[">", 2, "<", 1]"#), "Bottom must be less than top"),
        (numeric(r#"[">", 1e10]"#), "Value must be between -1.0E9 and 1.0E9, inclusive"),
    ];
    for (text, message) in cases {
        let found = compile(&text).unwrap_err();
        assert!(found.starts_with(&format!("{message}\n at [Source: ")), "{text}: {found}");
    }
    let broken = compile("{invalidjson}").unwrap_err();
    assert_eq!(
        broken,
        "failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to start field name\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]"
    );
    let token = compile("invalid-json").unwrap_err();
    assert_eq!(
        token,
        "failed to parse JSON. Unrecognized token 'invalid': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 8]"
    );
}

#[test]
fn policies_are_bounded() {
    let values = |count: usize| Value::from((0..count).collect::<Vec<_>>());
    let complex = Err("Filter policy is too complex".to_owned());
    assert!(compile(&json!({"k": values(150)}).to_string()).is_ok());
    assert_eq!(compile(&json!({"k": values(151)}).to_string()), complex);
    assert_eq!(compile(&json!({"a": values(50), "b": values(4)}).to_string()), complex);
    assert_eq!(compile(&json!({"a": {"b": values(76)}}).to_string()), complex);
    let six: serde_json::Map<_, _> = (0..6).map(|key| (key.to_string(), json!(["v"]))).collect();
    let keys = Err("Filter policy can not have more than 5 keys".to_owned());
    assert_eq!(compile(&Value::Object(six).to_string()), keys);
    for depth in [40, 5000] {
        let deep = format!("{}[1]{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
        assert!(compile(&deep).is_err(), "{depth}");
    }
    let long = format!(r#"{{"k": "{}"}}"#, "é".repeat(1000));
    assert!(compile(&long).unwrap_err().contains("[truncated 508 chars]; line: 1"), "{:?}", compile(&long));
}

#[test]
fn attributes_match_as_policies_ask() {
    let text = |value: &str| json!({"DataType": "String", "StringValue": value});
    let number = |value: &str| json!({"DataType": "Number", "StringValue": value});
    let array = |value: &str| json!({"DataType": "String.Array", "StringValue": value});
    let cases = [
        (r#"{"store":["a","b"]}"#, json!({"store": text("b")}), true),
        (r#"{"store":["a","b"]}"#, json!({}), false),
        (
            r#"{"store":["a"],"n":[{"numeric":[">=",10]}]}"#,
            json!({"store": text("a"), "n": number("9")}),
            false,
        ),
        (
            r#"{"store":["a"],"n":[{"numeric":[">=",10]}]}"#,
            json!({"store": text("a"), "n": number("10")}),
            true,
        ),
        (r#"{"store":[{"anything-but":["a"]}]}"#, json!({}), false),
        (r#"{"store":[{"anything-but":["a"]}]}"#, json!({"store": text("b")}), true),
        (r#"{"store":[{"anything-but":["a"]}]}"#, json!({"store": text("a")}), false),
        (r#"{"store":[{"anything-but":{"prefix":"a"}}]}"#, json!({"store": text("ab")}), false),
        (r#"{"store":[{"anything-but":[1, 2]}]}"#, json!({"store": number("3")}), true),
        (r#"{"store":[null,{"anything-but":"whatever"}]}"#, json!({}), false),
        (r#"{"store":[{"exists":false}]}"#, json!({}), true),
        (
            r#"{"store":[{"exists":true}]}"#,
            json!({"store": {"DataType": "Binary", "BinaryValue": "AA=="}}),
            true,
        ),
        (r#"{"store":["AA=="]}"#, json!({"store": {"DataType": "Binary", "BinaryValue": "AA=="}}), false),
        (r#"{"tags":["x"]}"#, json!({"tags": array(r#"["x","y"]"#)}), true),
        (r#"{"tags":["x"]}"#, json!({"tags": array(r#"["z","y"]"#)}), false),
        (r#"{"tags":[true]}"#, json!({"tags": array("[1, true]")}), true),
        (r#"{"n":[5]}"#, json!({"n": number("5.0")}), true),
        (r#"{"n":["5"]}"#, json!({"n": number("5")}), false),
        (r#"{"n":[5]}"#, json!({"n": text("5")}), false),
        (r#"{"n":[{"numeric":[">",0,"<=",100]}]}"#, json!({"n": number("0")}), false),
        (r#"{"n":[{"numeric":[">",0,"<=",100]}]}"#, json!({"n": number("100")}), true),
        (r#"{"n":[{"numeric":["=",99.12]}]}"#, json!({"n": number("99.12")}), true),
        (r#"{"a":[{"prefix":"or"}]}"#, json!({"a": text("order")}), true),
        (r#"{"a":[{"suffix":"er"}]}"#, json!({"a": text("order")}), true),
        (r#"{"a":[{"prefix":{"equals-ignore-case":"OR"}}]}"#, json!({"a": text("Order")}), true),
        (r#"{"a":[{"equals-ignore-case":"ORDER"}]}"#, json!({"a": text("Order")}), true),
        (r#"{"a":[{"wildcard":"a*b*c"}]}"#, json!({"a": text("a-b-b-c")}), true),
        (r#"{"a":[{"wildcard":"a*b"}]}"#, json!({"a": text("a-b-c")}), false),
        (r#"{"a":[{"wildcard":"ab*ba"}]}"#, json!({"a": text("aba")}), false),
        (r#"{"a":[{"wildcard":"a\\*b"}]}"#, json!({"a": text("a*b")}), true),
        (r#"{"a":[{"cidr":"10.0.0.0/24"}]}"#, json!({"a": text("10.0.0.255")}), true),
        (r#"{"a":[{"cidr":"10.0.0.0/24"}]}"#, json!({"a": text("10.0.1.0")}), false),
        (r#"{"a":[{"cidr":"10.0.0.0/0"}]}"#, json!({"a": text("1.2.3.4")}), true),
        (r#"{"a":[{"cidr":"2001:db8::/32"}]}"#, json!({"a": text("2001:db8:1::1")}), true),
        (r#"{"$or":[{"a":["x"]},{"b":["y"]}],"c":["z"]}"#, json!({"b": text("y"), "c": text("z")}), true),
        (r#"{"$or":[{"a":["x"]},{"b":["y"]}],"c":["z"]}"#, json!({"b": text("y")}), false),
    ];
    for (policy, attributes, expected) in cases {
        let given: BTreeMap<String, MessageAttributeValue> =
            serde_json::from_value(attributes.clone()).unwrap();
        assert_eq!(compile(policy).unwrap().matches_attributes(&given), expected, "{policy} {attributes}");
    }
}

#[test]
fn bodies_match_as_policies_ask() {
    let cases = [
        (r#"{"d":{"k":["v"]}}"#, r#"{"d":{"k":"v"}}"#, true),
        (r#"{"d":{"k":["v"]}}"#, r#"{"d":{"k":"w"}}"#, false),
        (r#"{"d":{"k":["v"]}}"#, r#"{"d":"v"}"#, false),
        (r#"{"d":{"k":["v"]}}"#, "v", false),
        (r#"{"d":{"k":["v"]}}"#, r#"["v"]"#, false),
        (r#"{"l":["x"]}"#, r#"{"l":["x","y"]}"#, true),
        (r#"{"l":[{"exists":false}]}"#, r#"{"k":1}"#, true),
        (r#"{"d":{"l":[{"exists":false}]}}"#, r#"{"k":1}"#, true),
        (r#"{"a":[null]}"#, r#"{"a":null}"#, true),
        (r#"{"a":[true]}"#, r#"{"a":true}"#, true),
        (r#"{"a":[1.0]}"#, r#"{"a":1}"#, true),
        (r#"{"a":[""]}"#, r#"{"a":""}"#, true),
        (r#"{"l":{"a":[1],"b":[2]}}"#, r#"{"l":[{"a":1,"b":2}]}"#, true),
        (r#"{"l":{"a":[1],"b":[2]}}"#, r#"{"l":[{"a":1},{"b":2}]}"#, false),
    ];
    for (policy, body, expected) in cases {
        assert_eq!(compile(policy).unwrap().matches_body(&Body::read(body)), expected, "{policy} {body}");
    }
}
