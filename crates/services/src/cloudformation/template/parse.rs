//! From the text of a template to its tree. A text that begins with a brace or a bracket is JSON, any other is YAML.
//!
//! The text is anyone's: its length and nesting are bounded before a tree is built, so that what reads the tree may
//! recurse. Aliases are refused (as on AWS), and with them every bomb made of them.

use super::fault::{Fault, TemplateError};
use super::node::{Content, Node};
use super::{json, yaml};

/// What AWS takes from a template URL; a body in a request is held to less before it comes here.
pub const MAX_BYTES: usize = 1_000_000;

/// How deep lists and maps may be nested. Real templates stay below 40, state machine definitions inside included.
pub const MAX_DEPTH: usize = 100;

/// In which language a template was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Yaml,
}

impl Format {
    /// The language of this text, by its first character.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.trim_start().starts_with(['{', '[']) { Self::Json } else { Self::Yaml }
    }
}

/// Reads a template's text; its outermost value is a map, and nowhere in it is a null.
///
/// # Errors
/// AWS's format errors, with the place.
pub fn parse(text: &str) -> Result<Node, TemplateError> {
    if text.len() > MAX_BYTES {
        return Err(Fault::TooLong { limit: MAX_BYTES }.into());
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = match Format::of(text) {
        Format::Json => json::read(text)?,
        Format::Yaml => yaml::read(text)?,
    };
    if root.as_map().is_none() {
        return Err(Fault::UnsupportedStructure.at(root.place));
    }
    refuse_nulls(&root, &mut String::new())?;
    Ok(root)
}

fn refuse_nulls(node: &Node, path: &mut String) -> Result<(), TemplateError> {
    let mut below = |step: &str, child: &Node| {
        let length = path.len();
        path.push('/');
        path.push_str(step);
        refuse_nulls(child, path)?;
        path.truncate(length);
        Ok(())
    };
    match &node.content {
        Content::Null => Err(Fault::Null { path: path.clone() }.at(node.place)),
        Content::List(items) => {
            items.iter().enumerate().try_for_each(|(index, item)| below(&index.to_string(), item))
        }
        Content::Map(members) => members.iter().try_for_each(|(key, child)| below(key, child)),
        Content::Bool(..) | Content::Number(_) | Content::Text(_) => Ok(()),
    }
}
