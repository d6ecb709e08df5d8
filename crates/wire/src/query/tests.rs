//! Forms read into typed inputs, and hostile forms.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::types::{Blob, Timestamp};
use crate::uri;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Input {
    name: String,
    count: Option<i32>,
    ratio: Option<f64>,
    on: Option<bool>,
    when: Option<Timestamp>,
    bytes: Option<Blob>,
    kind: Option<Kind>,
    #[serde(alias = "NameList", alias = "AttributeName")]
    attribute_names: Option<Vec<String>>,
    tags: Vec<Tag>,
    #[serde(alias = "Attribute")]
    attributes: BTreeMap<String, String>,
    #[serde(alias = "MessageAttribute")]
    message_attributes: BTreeMap<String, Typed>,
    config: Option<Config>,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Kind {
    #[serde(rename = "CREATE")]
    Create,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Typed {
    data_type: String,
    string_value: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    inner: Option<Box<Config>>,
    size: Option<u16>,
}

fn input(form: &str) -> Result<Input, ApiError> {
    let form = Form::parse(form.as_bytes()).map_err(|error| error.for_service(Service::Sns))?;
    decode(Service::Sns, &form)
}

fn tag(key: &str, value: Option<&str>) -> Tag {
    Tag { key: key.to_owned(), value: value.map(str::to_owned) }
}

#[test]
fn scalars_are_read_from_text() {
    let read = input(
        "Action=X&Version=1&Name=a+b%26&Count=-3&Ratio=1.5&On=true&When=2024-01-01T00%3A00%3A00Z&Bytes=AA%3D%3D\
         &Kind=CREATE&Unknown.member.1.Thing=x",
    );
    let expected = Input {
        name: "a b&".to_owned(),
        count: Some(-3),
        ratio: Some(1.5),
        on: Some(true),
        when: Some(Timestamp(1_704_067_200_000)),
        bytes: Some(Blob(vec![0])),
        kind: Some(Kind::Create),
        ..Input::default()
    };
    assert_eq!(read, Ok(expected));
}

#[test]
fn lists_are_nested_flattened_gapped_or_empty() {
    let names = |form: &str| input(form).unwrap().attribute_names.map(|names| names.join(","));
    let cases = [
        ("AttributeNames.member.1=a&AttributeNames.member.2=b", Some("a,b")),
        ("AttributeName.1=a&AttributeName.2=b", Some("a,b")),
        ("AttributeName.2=b&AttributeName.1=a", Some("a,b")),
        ("AttributeName.7=b&AttributeName.18446744073709551615=c&AttributeName.0=a", Some("a,b,c")),
        ("AttributeNames=", Some("")),
        ("AttributeNames.member=", Some("")),
        ("NameList.member.10=b&NameList.member.9=a", Some("a,b")),
        ("Name=", None),
    ];
    for (form, expected) in cases {
        assert_eq!(names(form).as_deref(), expected, "{form}");
    }
    let tags = input("Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.2.Key=c").unwrap().tags;
    assert_eq!(tags, [tag("a", Some("b")), tag("c", None)]);
}

#[test]
fn maps_have_the_forms_of_each_service() {
    let forms = [
        "Attributes.entry.1.key=a&Attributes.entry.1.value=1&Attributes.entry.2.key=b&Attributes.entry.2.value=",
        "Attribute.1.Name=a&Attribute.1.Value=1&Attribute.2.Name=b&Attribute.2.Value=",
        "Attribute.9.Key=b&Attribute.9.Value=&Attribute.3.Key=a&Attribute.3.Value=1",
    ];
    let expected = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())]);
    for form in forms {
        assert_eq!(input(form).unwrap().attributes, expected, "{form}");
    }
    for prefix in ["MessageAttributes.entry.1", "MessageAttribute.1"] {
        let form = format!("{prefix}.Name=k&{prefix}.Value.DataType=String&{prefix}.Value.StringValue=v");
        let typed = Typed { data_type: "String".to_owned(), string_value: Some("v".to_owned()) };
        assert_eq!(input(&form).unwrap().message_attributes, BTreeMap::from([("k".to_owned(), typed)]));
    }
    assert_eq!(
        input("Attributes=&Config.Inner.Size=5").unwrap().config.unwrap().inner.unwrap().size,
        Some(5)
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let cases = [
        ("Count=x", "MalformedInput", "STRING_VALUE can not be converted to an Integer"),
        ("Count=", "MalformedInput", "STRING_VALUE can not be converted to an Integer"),
        ("Count=99999999999", "MalformedInput", "Unexpected field type"),
        ("On=yes", "MalformedInput", "STRING_VALUE can not be converted to a Boolean"),
        ("Name.EndpointArn=a", "MalformedInput", "Start of list found where not expected"),
        ("AttributeNames=a", "MalformedInput", "Expected list or null"),
        ("AttributeNames.member.x=a", "MalformedInput", "Unexpected list element termination"),
        ("AttributeName.18446744073709551616=a", "MalformedInput", "Unexpected list element termination"),
        (
            "Attributes.entry.1.value=a",
            "ValidationError",
            "1 validation error detected: Value null at 'attributes.1.name' failed to satisfy constraint: Member must not be null",
        ),
        (
            "Attribute.1.Name=a",
            "ValidationError",
            "1 validation error detected: Value null at 'attribute.1.value' failed to satisfy constraint: Member must not be null",
        ),
        (
            "Tags.member.3.Value=a",
            "ValidationError",
            "1 validation error detected: Value null at 'tags.3.member.key' failed to satisfy constraint: Member must not be null",
        ),
        ("Config=x", "MalformedInput", "Expected null"),
        ("Bytes=!", "MalformedInput", "Invalid base64 encoded value"),
        ("Name=%ff", "MalformedInput", "The request is not valid UTF-8"),
    ];
    for (form, code, message) in cases {
        let error = input(form).expect_err(form);
        assert_eq!((error.query_code(), error.query_message()), (code, message), "{form}");
    }
}

#[test]
fn hostile_forms_are_bounded() {
    let deep = format!("{}=x", "a.".repeat(100_000));
    assert!(input(&deep).unwrap_err().message.contains("nested too deeply"));
    let many = "a=b&".repeat(10_001);
    assert!(input(&many).unwrap_err().message.contains("too many"));
    assert!(input(&"Tags.member.1.Key=a&".repeat(10_000)).is_ok());
}

/// Any bytes, any structure: an answer, never a panic. The alphabet is made of what the parser looks at.
#[test]
fn no_form_makes_it_panic() {
    const PIECES: [&str; 24] = [
        "&",
        "=",
        ".",
        "Tags",
        "member",
        "entry",
        "1",
        "2",
        "0",
        "99999999999999999999",
        "Attribute",
        "Name",
        "Value",
        "key",
        "value",
        "%",
        "%41",
        "%ff",
        "+",
        "Config",
        "Inner",
        "é",
        "Count",
        "AttributeName",
    ];
    let mut seed = 1_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    for _ in 0..20_000 {
        let form: String = (0..next() % 24).map(|_| PIECES[next() % PIECES.len()]).collect();
        if let Ok(form) = Form::parse(form.as_bytes()) {
            let _ = from_form::<Input>(&form);
            let _ = from_form::<BTreeMap<String, Value>>(&form);
        }
    }
}

/// A tree of strings, lists and structures comes back as it was written, nested or flattened.
#[test]
fn a_structure_survives_the_round_trip() {
    let original = serde_json::json!({
        "Name": "a&b=c+d é",
        "Tags": [{"Key": "k1", "Value": "v.1"}, {"Key": "k2", "Value": ""}],
        "Config": {"Inner": {"Size": "7"}},
        "AttributeNames": ["x", "y", "z"],
    });
    for nested in [true, false] {
        let mut fields = Vec::new();
        write_fields(&original, "", nested, &mut fields);
        let form = Form::parse(fields.join("&").as_bytes()).unwrap();
        let read: Input = from_form(&form).unwrap();
        assert_eq!(read.name, "a&b=c+d é");
        assert_eq!(read.tags, [tag("k1", Some("v.1")), tag("k2", Some(""))]);
        assert_eq!(read.config.unwrap().inner.unwrap().size, Some(7));
        assert_eq!(read.attribute_names.unwrap(), ["x", "y", "z"]);
        assert_eq!(from_form::<Value>(&form).unwrap(), original);
    }
}

fn write_fields(value: &Value, name: &str, nested: bool, fields: &mut Vec<String>) {
    let below =
        |segment: &str| if name.is_empty() { segment.to_owned() } else { format!("{name}.{segment}") };
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, member)| write_fields(member, &below(key), nested, fields))
        }
        Value::Array(elements) => elements.iter().enumerate().for_each(|(at, element)| {
            let place =
                if nested { below(&format!("member.{}", at + 1)) } else { below(&(at + 1).to_string()) };
            write_fields(element, &place, nested, fields);
        }),
        other => fields.push(format!("{}={}", uri::encode(name), uri::encode(other.as_str().unwrap()))),
    }
}
