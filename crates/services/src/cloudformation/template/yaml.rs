//! YAML with the place of every value, and CloudFormation's short tags spelled out: `!Ref A` becomes `{"Ref": "A"}`.
//!
//! The tree is built from the parser's events without recursion, so that a hostile document meets the depth limit before
//! the stack ends. What CloudFormation leaves out of YAML (aliases, merge keys, other tags, more documents) is refused.

use super::fault::{Fault, TemplateError};
use super::node::{Content, Members, Node, Place};
use super::parse::MAX_DEPTH;
use super::scalar;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};
use std::borrow::Cow;

/// Reads the one document of a text.
pub fn read(text: &str) -> Result<Node, TemplateError> {
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| not_well_formed(place_of(error.marker())))?;
        builder.take(event, span)?;
    }
    builder.root.ok_or_else(|| Fault::UnsupportedStructure.into())
}

fn place_of(marker: &Marker) -> Place {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Place { line: number(marker.line()), column: number(marker.col()).saturating_add(1) }
}

fn not_well_formed(place: Place) -> TemplateError {
    Fault::YamlNotWellFormed { line: place.line, column: place.column }.at(place)
}

/// What a tag makes of the value behind it.
enum Meaning {
    /// Nothing: the value speaks for itself.
    Plain,
    /// `!Sub …`: the argument of this function.
    Function(String),
    /// `!!str …`: a text, whatever it looks like.
    Text,
    /// `!!int …`, `!!bool …`: read as if it weren't quoted.
    Scalar,
}

/// The functions that have a short tag. `Ref` and `Condition` keep their name, the others are `Fn::…`.
const SHORT_TAGS: [&str; 19] = [
    "And",
    "Base64",
    "Cidr",
    "Condition",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Not",
    "Or",
    "Ref",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

fn meaning(tag: Option<Cow<'_, Tag>>, place: Place) -> Result<Meaning, TemplateError> {
    let Some(tag) = tag else { return Ok(Meaning::Plain) };
    let suffix = tag.suffix.as_str();
    if tag.is_yaml_core_schema() {
        return match suffix {
            "str" => Ok(Meaning::Text),
            "int" | "float" | "bool" | "null" => Ok(Meaning::Scalar),
            "map" | "seq" => Ok(Meaning::Plain),
            _ => Err(not_well_formed(place)),
        };
    }
    match (tag.handle.as_str(), suffix) {
        ("!", "Ref" | "Condition") => Ok(Meaning::Function(suffix.to_owned())),
        ("!", _) if SHORT_TAGS.contains(&suffix) => Ok(Meaning::Function(format!("Fn::{suffix}"))),
        ("", "!") | ("!", "") => Ok(Meaning::Text),
        _ => Err(not_well_formed(place)),
    }
}

/// A collection whose end has not come yet.
struct Open {
    place: Place,
    function: Option<String>,
    parts: Parts,
}

enum Parts {
    List(Vec<Node>),
    Map { members: Members, key: Option<String> },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), TemplateError> {
        let place = place_of(&span.start);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(not_well_formed(place));
                }
            }
            Event::Alias(_) => return Err(Fault::YamlAlias.at(place)),
            Event::Scalar(text, style, _, tag) => return self.scalar(&text, style, tag, place),
            Event::SequenceStart(_, tag) => return self.start(Parts::List(Vec::new()), tag, place),
            Event::MappingStart(_, tag) => {
                return self.start(Parts::Map { members: Members::new(), key: None }, tag, place);
            }
            Event::SequenceEnd | Event::MappingEnd => return self.end(place),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<Cow<'_, Tag>>,
        place: Place,
    ) -> Result<(), TemplateError> {
        let meaning = meaning(tag, place)?;
        if let Some(Open { parts: Parts::Map { key: key @ None, .. }, .. }) = self.open.last_mut() {
            if text == "<<" && style == ScalarStyle::Plain {
                return Err(Fault::YamlMergeKey.at(place));
            }
            if matches!(meaning, Meaning::Function(_)) {
                return Err(not_well_formed(place));
            }
            *key = Some(text.to_owned());
            return Ok(());
        }
        let as_text = || Content::Text(text.to_owned());
        match meaning {
            Meaning::Function(name) => {
                let argument = Node::new(place, as_text());
                self.add(call(name, argument))
            }
            Meaning::Text => self.add(Node::new(place, as_text())),
            Meaning::Scalar => self.add(Node::new(place, scalar::plain(text))),
            Meaning::Plain if style == ScalarStyle::Plain => self.add(Node::new(place, scalar::plain(text))),
            Meaning::Plain => self.add(Node::new(place, as_text())),
        }
    }

    fn start(&mut self, parts: Parts, tag: Option<Cow<'_, Tag>>, place: Place) -> Result<(), TemplateError> {
        if let Some(Open { parts: Parts::Map { key: None, .. }, .. }) = self.open.last() {
            // A list or map as the key of a map.
            return Err(not_well_formed(place));
        }
        if self.open.len() > MAX_DEPTH {
            return Err(Fault::TooDeep { limit: MAX_DEPTH, line: place.line, column: place.column }.at(place));
        }
        let function = match meaning(tag, place)? {
            Meaning::Function(name) => Some(name),
            Meaning::Plain => None,
            Meaning::Text | Meaning::Scalar => return Err(not_well_formed(place)),
        };
        self.open.push(Open { place, function, parts });
        Ok(())
    }

    fn end(&mut self, place: Place) -> Result<(), TemplateError> {
        let Some(done) = self.open.pop() else { return Err(not_well_formed(place)) };
        let content = match done.parts {
            Parts::List(items) => Content::List(items),
            Parts::Map { members, .. } => Content::Map(members),
        };
        let node = Node::new(done.place, content);
        self.add(match done.function {
            Some(name) => call(name, node),
            None => node,
        })
    }

    fn add(&mut self, node: Node) -> Result<(), TemplateError> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open { parts: Parts::List(items), .. }) => items.push(node),
            Some(Open { parts: Parts::Map { members, key }, .. }) => {
                let Some(key) = key.take() else { return Err(not_well_formed(node.place)) };
                members.insert(key, node);
            }
        }
        Ok(())
    }
}

fn call(function: String, argument: Node) -> Node {
    Node::new(argument.place, Content::Map(Members::from([(function, argument)])))
}
