//! An answer of AWS's query protocol: elements with text and children, no attributes, in the order they came.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Element {
    pub name: String,
    pub text: String,
    pub children: Vec<Element>,
}

/// No answer of AWS's is nested deeper.
const DEEPEST: usize = 64;

impl Element {
    /// The root of a document, or why there is none.
    pub fn parse(document: &str) -> Result<Element, String> {
        let mut reader = Reader::from_str(document);
        // The outermost stands for the document itself.
        let mut open = vec![Element::default()];
        loop {
            match reader.read_event().map_err(|error| format!("it is no XML: {error}"))? {
                Event::Start(start) if open.len() <= DEEPEST => {
                    open.push(Element::named(start.local_name().as_ref()))
                }
                Event::Start(_) => return Err("its XML is nested too deep".to_owned()),
                Event::Empty(start) => add(&mut open, Element::named(start.local_name().as_ref())),
                Event::End(_) => {
                    let finished = open.pop().unwrap_or_default();
                    add(&mut open, finished);
                }
                Event::Text(text) => push(&mut open, &text.xml10_content()),
                Event::CData(text) => push(&mut open, &text.xml10_content()),
                Event::GeneralRef(reference) => push(&mut open, &resolved(&reference)?),
                Event::Eof if open.len() > 1 => return Err("its XML ends early".to_owned()),
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        open.pop().and_then(|document| document.children.into_iter().next()).ok_or("it has no XML".to_owned())
    }

    fn named(name: &str) -> Element {
        Element { name: name.to_owned(), ..Element::default() }
    }

    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child; empty where there is none.
    pub fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.trim())
    }

    /// The members of a list.
    pub fn members(&self, list: &str) -> impl Iterator<Item = &Element> {
        self.child(list).into_iter().flat_map(|list| &list.children).filter(|child| child.name == "member")
    }
}

fn add(open: &mut [Element], child: Element) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(child);
    }
}

fn push(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn resolved(reference: &BytesRef<'_>) -> Result<String, String> {
    let unknown = || format!("its XML has an unknown entity `{}`", &**reference);
    if let Some(letter) = reference.resolve_char_ref().map_err(|_| unknown())? {
        return Ok(letter.to_string());
    }
    quick_xml::escape::resolve_predefined_entity(reference).map(str::to_owned).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_with_its_lists() {
        let document = "<?xml version=\"1.0\"?>\n<R xmlns=\"http://x/\"><Stacks><member><Name>a &amp; b&#xD;</Name>\
            <Empty/></member><member><Name> c </Name></member></Stacks></R>";
        let root = Element::parse(document).unwrap();
        assert_eq!(root.name, "R");
        let names = root.members("Stacks").map(|stack| stack.text_of("Name")).collect::<Vec<_>>();
        assert_eq!(names, ["a & b", "c"]);
        assert_eq!(root.members("Stacks").next().unwrap().text_of("Empty"), "");
        assert_eq!(root.members("Other").count(), 0);
        assert_eq!(root.text_of("Other"), "");
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let deep = "<a>".repeat(DEEPEST + 1);
        let cases = [
            "",
            "hello",
            "<a>",
            "<a></b>",
            "<a>&unknown;</a>",
            "<a>&#0;</a>",
            "</a>",
            "{\"a\":1}",
            deep.as_str(),
            "<a",
        ];
        for document in cases {
            assert!(Element::parse(document).is_err(), "{document}");
        }
    }
}
