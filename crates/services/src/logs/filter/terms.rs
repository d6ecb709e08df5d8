//! Terms: all must occur; `"…"` is one term, `?a ?b` any of them, `-a` must not occur, `%…%` is a regular expression.

use super::regex;
use regex::Regex;

#[derive(Debug, Default)]
pub struct Terms {
    required: Vec<Term>,
    excluded: Vec<Term>,
    /// Counts only where it stands alone.
    any: Vec<Term>,
}

#[derive(Debug)]
enum Term {
    Text(String),
    Regex(Regex),
}

impl Term {
    fn occurs(&self, message: &str) -> bool {
        match self {
            Self::Text(text) => message.contains(text),
            Self::Regex(regex) => regex.is_match(message),
        }
    }
}

impl Terms {
    pub fn parse(pattern: &str) -> Option<Self> {
        let mut terms = Self::default();
        let mut rest = pattern.trim_start();
        while !rest.is_empty() {
            let (list, after) = match rest.chars().next() {
                Some('?') => (&mut terms.any, &rest[1..]),
                Some('-') => (&mut terms.excluded, &rest[1..]),
                _ => (&mut terms.required, rest),
            };
            let (term, after) = term(after)?;
            list.push(term);
            rest = after.trim_start();
        }
        Some(terms)
    }

    pub fn matches(&self, message: &str) -> bool {
        let occurs = |term: &Term| term.occurs(message);
        if self.required.is_empty() && self.excluded.is_empty() {
            return self.any.iter().any(occurs);
        }
        self.required.iter().all(occurs) && !self.excluded.iter().any(occurs)
    }
}

/// One term and what follows it.
fn term(text: &str) -> Option<(Term, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (phrase, rest) = super::lexer::quoted(quoted)?;
        return Some((Term::Text(phrase), rest));
    }
    if let Some(expression) = text.strip_prefix('%') {
        let (expression, rest) = expression.split_once('%')?;
        return Some((Term::Regex(regex(expression)?), rest));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (!word.is_empty()).then(|| (Term::Text(word.to_owned()), rest))
}
