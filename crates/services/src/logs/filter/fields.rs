//! `[ip, user, …, status = 4*, bytes > 1000]`: names for the fields of a message that spaces separate, and conditions on
//! them. Text in quotes or in brackets is one field.

use super::condition::{self, Comparison, Tree};
use super::lexer::{Token, tokens};

#[derive(Debug)]
pub struct Fields {
    before: Vec<Field>,
    /// Behind `...`, which stands for any number of fields.
    after: Option<Vec<Field>>,
}

/// What is asked of one field; nothing if it is only named.
#[derive(Debug)]
struct Field(Option<Tree<Comparison>>);

impl Fields {
    pub fn parse(text: &str) -> Option<Self> {
        let tokens = tokens(text)?;
        let mut fields = Self { before: Vec::new(), after: None };
        for part in tokens.split(|token| *token == Token::Comma) {
            if part == [Token::Word("...".to_owned())] {
                if fields.after.replace(Vec::new()).is_some() {
                    return None;
                }
                continue;
            }
            let field = field(part)?;
            fields.after.as_mut().unwrap_or(&mut fields.before).push(field);
        }
        Some(fields)
    }

    pub fn matches(&self, message: &str) -> bool {
        let found = split(message);
        let after = self.after.as_deref().unwrap_or_default();
        let wanted = self.before.len() + after.len();
        let fits = if self.after.is_some() { found.len() >= wanted } else { found.len() == wanted };
        let last = found.iter().skip(found.len().saturating_sub(after.len()));
        fits && self
            .before
            .iter()
            .zip(&found)
            .chain(after.iter().zip(last))
            .all(|(field, text)| field.holds(text))
    }
}

impl Field {
    fn holds(&self, text: &str) -> bool {
        self.0.as_ref().is_none_or(|tree| tree.holds(&|comparison: &Comparison| comparison.holds(text)))
    }
}

/// A name, or conditions on one name.
fn field(part: &[Token]) -> Option<Field> {
    let name = part.iter().find_map(|token| match token {
        Token::Word(name) => Some(name),
        _ => None,
    })?;
    if let [Token::Word(_)] = part {
        return Some(Field(None));
    }
    let leaf = |rest: &mut &[Token]| {
        let is_named = condition::next(rest)? == &Token::Word(name.clone());
        if is_named { Comparison::read(rest) } else { None }
    };
    condition::parse(part, &leaf).map(Some).map(Field)
}

fn split(message: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut rest = message.trim();
    while !rest.is_empty() {
        let closing = match rest.chars().next() {
            Some('"') => Some('"'),
            Some('[') => Some(']'),
            _ => None,
        };
        let enclosed = closing.and_then(|closing| rest[1..].split_once(closing));
        let (field, after) =
            enclosed.unwrap_or_else(|| rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())));
        fields.push(field);
        rest = after.trim_start();
    }
    fields
}
