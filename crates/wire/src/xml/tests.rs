//! Values as AWS's XML.

use std::collections::BTreeMap;

use serde::Serialize;

use super::*;
use crate::types::Blob;

#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Output {
    name: &'static str,
    gone: Option<i32>,
    on: bool,
    when: Option<Timestamp>,
    bytes: Option<Blob>,
    tags: Vec<Tag>,
    attributes: BTreeMap<&'static str, &'static str>,
    kind: Option<Kind>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Kind {
    TheFirst,
}

fn element<T: Serialize>(value: &T, style: Style<'_>) -> String {
    let mut out = String::new();
    write_element(&mut out, "R", value, style).unwrap();
    out
}

fn full() -> Output {
    Output {
        name: "a<b",
        gone: None,
        on: true,
        when: Some(Timestamp(1_704_067_200_001)),
        bytes: Some(Blob(vec![0])),
        tags: vec![Tag { key: "x" }, Tag { key: "y" }],
        attributes: BTreeMap::from([("k", "v")]),
        kind: Some(Kind::TheFirst),
    }
}

#[test]
fn the_plain_form() {
    assert_eq!(
        element(&full(), Style::default()),
        "<R><Name>a&lt;b</Name><On>true</On><When>2024-01-01T00:00:00.001Z</When><Bytes>AA==</Bytes>\
         <Tags><member><Key>x</Key></member><member><Key>y</Key></member></Tags>\
         <Attributes><entry><key>k</key><value>v</value></entry></Attributes><Kind>THE_FIRST</Kind></R>"
    );
    let empty = "<R><Name></Name><On>false</On><Tags></Tags><Attributes></Attributes></R>";
    assert_eq!(element(&Output::default(), Style::default()), empty);
}

#[test]
fn the_flattened_form_and_whole_seconds() {
    let style = Style {
        flattened: &[
            Flattened::list("Tags", "Tag"),
            Flattened::map("Attributes", "Attribute", "Name", "Value"),
        ],
        timestamps: IsoPrecision::Seconds,
    };
    assert_eq!(
        element(&full(), style),
        "<R><Name>a&lt;b</Name><On>true</On><When>2024-01-01T00:00:00Z</When><Bytes>AA==</Bytes>\
         <Tag><Key>x</Key></Tag><Tag><Key>y</Key></Tag>\
         <Attribute><Name>k</Name><Value>v</Value></Attribute><Kind>THE_FIRST</Kind></R>"
    );
    assert_eq!(element(&Output::default(), style), "<R><Name></Name><On>false</On></R>");
}

#[test]
fn every_timestamp_keeps_its_milliseconds() {
    for millis in (0..4_102_444_800_000).step_by(1_234_567_891) {
        let expected = format!("<R>{}</R>", time::iso_millis(millis));
        assert_eq!(element(&Timestamp(millis), Style::default()), expected);
    }
}

#[test]
fn no_output_is_no_element() {
    assert_eq!(element(&(), Style::default()), "");
    assert_eq!(element(&None::<i32>, Style::default()), "");
}

/// A reader gets back what was written, whatever characters it had; what XML can't hold is replaced.
#[test]
fn any_text_stays_one_well_formed_text() {
    let mut hostile =
        vec!["]]>".to_owned(), "<!--".to_owned(), "&#0;&amp;".to_owned(), "a\r\nb\t".to_owned()];
    hostile.extend((0..0x1_0000_u32).filter_map(char::from_u32).map(String::from));
    for text in hostile {
        let xml = element(&text, Style::default());
        let expected: String = text
            .chars()
            .map(|letter| match letter {
                '\t' | '\n' | '\r' => letter,
                '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
                _ => letter,
            })
            .collect();
        assert_eq!(read_text(&xml), expected, "{text:?}");
    }
}

fn read_text(xml: &str) -> String {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut text = String::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(reference) => {
                let name: &str = &reference;
                let resolved = reference.resolve_char_ref().unwrap();
                match (resolved, name) {
                    (Some(letter), _) => text.push(letter),
                    (_, "lt") => text.push('<'),
                    (_, "gt") => text.push('>'),
                    (_, "amp") => text.push('&'),
                    (_, "quot") => text.push('"'),
                    other => panic!("{other:?}"),
                }
            }
            Event::Eof => return text,
            _ => {}
        }
    }
}
