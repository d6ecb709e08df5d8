//! The fields of a form or of a query string, and the tree that their dotted names describe:
//! `Tags.member.1.Key=a` is the text `a` below four names.
//!
//! A caller can send anything, so the number of fields and the depth of names are bounded, and an index is
//! only ever compared, never allocated for.

use indexmap::IndexMap;

use crate::decode::DecodeError;
use crate::uri;

/// Far more than any operation has members; fewer than would take time.
const MOST_FIELDS: usize = 10_000;
const DEEPEST_NAME: usize = 24;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// Reads `a=1&b=2`, percent-decoded, a plus being a space.
    pub fn parse(encoded: &[u8]) -> Result<Form, DecodeError> {
        let text = std::str::from_utf8(encoded).map_err(|_| not_utf8())?;
        let mut form = Form::default();
        for field in text.split('&').filter(|field| !field.is_empty()) {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            let decoded = uri::decode_form(name).zip(uri::decode_form(value)).ok_or_else(not_utf8)?;
            form.push(decoded)?;
        }
        Ok(form)
    }

    /// These fields, then those of `other`.
    pub fn extended(mut self, other: Form) -> Result<Form, DecodeError> {
        for field in other.fields {
            self.push(field)?;
        }
        Ok(self)
    }

    fn push(&mut self, field: (String, String)) -> Result<(), DecodeError> {
        if self.fields.len() == MOST_FIELDS {
            return Err(DecodeError::malformed("The request has too many parameters"));
        }
        self.fields.push(field);
        Ok(())
    }

    /// The first field of that name, as everywhere where a name is given twice.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Adds a field that the request names elsewhere, such as the queue in its path.
    pub fn set_absent(&mut self, name: &str, value: impl Into<String>) {
        if self.get(name).is_none() {
            self.fields.push((name.to_owned(), value.into()));
        }
    }

    pub(crate) fn tree(&self) -> Result<Node<'_>, DecodeError> {
        let mut root = Node::default();
        for (name, value) in &self.fields {
            if name.split('.').count() > DEEPEST_NAME {
                return Err(DecodeError::malformed("The name of a parameter is nested too deeply"));
            }
            let leaf =
                name.split('.').fold(&mut root, |node, segment| node.children.entry(segment).or_default());
            leaf.text.get_or_insert(value);
        }
        Ok(root)
    }
}

fn not_utf8() -> DecodeError {
    DecodeError::malformed("The request is not valid UTF-8")
}

#[derive(Debug, Default)]
pub(crate) struct Node<'f> {
    pub text: Option<&'f str>,
    pub children: IndexMap<&'f str, Node<'f>>,
}

impl<'f> Node<'f> {
    pub fn child(&self, names: &[&str]) -> Option<&Node<'f>> {
        names.iter().find_map(|name| self.children.get(*name))
    }

    /// The children that are numbered, in the order of their numbers. Gaps mean nothing.
    pub fn numbered(&self) -> Result<Vec<(u64, &Node<'f>)>, DecodeError> {
        let mut children = Vec::with_capacity(self.children.len());
        for (index, node) in &self.children {
            let index = index_of(index);
            children.push((
                index.ok_or_else(|| DecodeError::malformed("Unexpected list element termination"))?,
                node,
            ));
        }
        children.sort_by_key(|(index, _)| *index);
        Ok(children)
    }

    pub fn is_numbered(&self) -> bool {
        !self.children.is_empty() && self.children.keys().all(|index| index_of(index).is_some())
    }
}

fn index_of(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
