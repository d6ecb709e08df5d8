//! A document as S3 is sent one (`<Delete>`, `<CompleteMultipartUpload>`), read into JSON: an element is its text, or an object
//! of its children, several of one name being a list. Namespaces and attributes say nothing here.
//!
//! Depth and size are bounded; no entity but XML's own five is known, so that none can grow.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde::de::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::decode::DecodeError;

/// Far deeper than any document of S3's.
const DEEPEST: usize = 16;
/// S3's own limit for a document.
const MOST_BYTES: usize = 2 << 20;

/// The content of the root element; nothing for an empty body.
pub fn read(bytes: &[u8]) -> Result<Value, DecodeError> {
    let text = std::str::from_utf8(bytes).map_err(|_| malformed())?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    if text.len() > MOST_BYTES {
        return Err(malformed());
    }
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().map_err(|_| malformed())? {
            Event::Start(tag) if root.is_none() && open.len() < DEEPEST => {
                open.push(Element::named(tag.local_name().as_ref().to_owned()));
            }
            Event::Empty(tag) if root.is_none() => {
                let empty = Element::named(tag.local_name().as_ref().to_owned());
                close(empty, &mut open, &mut root);
            }
            Event::End(_) => close(open.pop().ok_or_else(malformed)?, &mut open, &mut root),
            Event::Text(text) => push_text(&mut open, &text)?,
            Event::CData(data) => push_text(&mut open, &data)?,
            Event::GeneralRef(name) => {
                let letter = match name.resolve_char_ref().map_err(|_| malformed())? {
                    Some(letter) => letter,
                    None => entity(&name).ok_or_else(malformed)?,
                };
                push_text(&mut open, letter.encode_utf8(&mut [0; 4]))?;
            }
            Event::Eof => break,
            Event::Start(_) | Event::Empty(_) | Event::DocType(_) => return Err(malformed()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    match (open.is_empty(), root) {
        (true, Some(root)) => Ok(root),
        _ => Err(malformed()),
    }
}

/// A list that has one element may look like the element itself. For `#[serde(deserialize_with = "…")]`.
pub fn one_or_many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    let items = match value {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    items.into_iter().map(|item| T::deserialize(item).map_err(serde::de::Error::custom)).collect()
}

struct Element {
    name: String,
    text: String,
    children: Map<String, Value>,
}

impl Element {
    fn named(name: String) -> Element {
        Element { name, text: String::new(), children: Map::new() }
    }

    fn value(self) -> Value {
        if self.children.is_empty() { Value::from(self.text) } else { Value::Object(self.children) }
    }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Value>) {
    let Some(parent) = open.last_mut() else {
        *root = Some(element.value());
        return;
    };
    let name = element.name.clone();
    let value = element.value();
    match parent.children.get_mut(&name) {
        None => drop(parent.children.insert(name, value)),
        Some(Value::Array(items)) => items.push(value),
        Some(first) => {
            let first_value = first.take();
            *first = Value::Array(vec![first_value, value]);
        }
    }
}

fn push_text(open: &mut [Element], text: &str) -> Result<(), DecodeError> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(malformed()),
    }
    Ok(())
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

fn malformed() -> DecodeError {
    DecodeError::malformed(
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}
