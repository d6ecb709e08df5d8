//! Filter patterns: terms, JSON conditions, space-delimited fields, and regular expressions.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>
//!
//! A pattern is parsed once a call and asked of each message. Regular expressions are of a dialect that matches in
//! linear time, and are bounded in size.

mod condition;
mod fields;
mod json;
mod lexer;
mod terms;

use fields::Fields;
use json::Json;
use regex::{Regex, RegexBuilder};
use terms::Terms;

/// What a compiled expression may take.
const REGEX_BYTES: usize = 1 << 20;
/// Parentheses within parentheses.
const DEEPEST: usize = 32;

/// What messages are asked.
#[derive(Debug)]
pub enum Filter {
    Everything,
    Terms(Terms),
    /// `{ $.field = value }`
    Json(Json),
    /// `[a, b = value, …]`
    Fields(Fields),
}

impl Filter {
    /// The filter of a pattern; `None` if it is none.
    #[must_use]
    pub fn parse(pattern: &str) -> Option<Self> {
        let pattern = pattern.trim();
        match pattern.chars().next() {
            None => Some(Self::Everything),
            Some('{') => Json::parse(pattern.strip_prefix('{')?.strip_suffix('}')?).map(Self::Json),
            Some('[') => Fields::parse(pattern.strip_prefix('[')?.strip_suffix(']')?).map(Self::Fields),
            Some(_) => Terms::parse(pattern).map(Self::Terms),
        }
    }

    #[must_use]
    pub fn matches(&self, message: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Terms(terms) => terms.matches(message),
            Self::Json(json) => json.matches(message),
            Self::Fields(fields) => fields.matches(message),
        }
    }
}

/// The expression between two per cent signs, somewhere in a text.
fn regex(expression: &str) -> Option<Regex> {
    RegexBuilder::new(expression).size_limit(REGEX_BYTES).dfa_size_limit(REGEX_BYTES).build().ok()
}

#[cfg(test)]
mod tests;
