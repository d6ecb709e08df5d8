//! `{ $.a.b[0] = value && … }`: conditions on the fields of a message that is a JSON object.

use super::condition::{self, Comparison, Tree};
use super::lexer::{Token, quoted, tokens};
use serde_json::Value;

#[derive(Debug)]
pub struct Json(Tree<Condition>);

#[derive(Debug)]
struct Condition {
    path: Vec<Step>,
    test: Test,
}

#[derive(Debug)]
enum Step {
    Field(String),
    Index(usize),
    /// Any field or element.
    Any,
}

#[derive(Debug)]
enum Test {
    Compare(Comparison),
    IsNull,
    IsTrue,
    IsFalse,
    Exists,
    NotExists,
}

impl Json {
    pub fn parse(text: &str) -> Option<Self> {
        condition::parse(&tokens(text)?, &leaf).map(Self)
    }

    pub fn matches(&self, message: &str) -> bool {
        let Ok(value) = serde_json::from_str::<Value>(message) else { return false };
        self.0.holds(&|condition: &Condition| condition.holds(&value))
    }
}

fn leaf(rest: &mut &[Token]) -> Option<Condition> {
    let Token::Word(selector) = condition::next(rest)? else { return None };
    let path = path(selector)?;
    let word = |token: Option<&Token>| match token {
        Some(Token::Word(word)) => word.to_ascii_uppercase(),
        _ => String::new(),
    };
    let words = (word(rest.first()), word(rest.get(1)));
    let test = match (words.0.as_str(), words.1.as_str()) {
        ("IS", "NULL") => Test::IsNull,
        ("IS", "TRUE") => Test::IsTrue,
        ("IS", "FALSE") => Test::IsFalse,
        ("NOT", "EXISTS") => Test::NotExists,
        ("EXISTS", _) => {
            condition::next(rest)?;
            return Some(Condition { path, test: Test::Exists });
        }
        _ => {
            let comparison = Comparison::read(rest)?;
            return Some(Condition { path, test: Test::Compare(comparison) });
        }
    };
    *rest = rest.get(2..)?;
    Some(Condition { path, test })
}

/// `$.a.b[0]["c d"].*`
fn path(selector: &str) -> Option<Vec<Step>> {
    let mut rest = selector.strip_prefix('$')?;
    let mut path = Vec::new();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix("[\"") {
            let (name, after) = quoted(inner)?;
            path.push(Step::Field(name));
            rest = after.strip_prefix(']')?;
        } else if let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']')?;
            path.push(if index == "*" { Step::Any } else { Step::Index(index.parse().ok()?) });
            rest = after;
        } else {
            let inner = rest.strip_prefix('.')?;
            let (name, after) = inner.split_at(inner.find(['.', '[']).unwrap_or(inner.len()));
            path.push(match name {
                "" => return None,
                "*" => Step::Any,
                name => Step::Field(name.to_owned()),
            });
            rest = after;
        }
    }
    Some(path)
}

impl Condition {
    fn holds(&self, value: &Value) -> bool {
        let found = select(&self.path, value);
        match &self.test {
            Test::NotExists => found.is_empty(),
            Test::Exists => !found.is_empty(),
            Test::IsNull => found.iter().any(|value| value.is_null()),
            Test::IsTrue => found.contains(&&Value::Bool(true)),
            Test::IsFalse => found.contains(&&Value::Bool(false)),
            Test::Compare(comparison) => found.iter().any(|value| match value {
                Value::String(text) => comparison.holds(text),
                Value::Number(number) => comparison.holds(&number.to_string()),
                Value::Bool(truth) => comparison.holds(&truth.to_string()),
                _ => false,
            }),
        }
    }
}

fn select<'v>(path: &[Step], value: &'v Value) -> Vec<&'v Value> {
    let mut found = vec![value];
    for step in path {
        found = found
            .into_iter()
            .flat_map(|value| -> Vec<&Value> {
                match (step, value) {
                    (Step::Field(name), value) => value.get(name).into_iter().collect(),
                    (Step::Index(index), value) => value.get(index).into_iter().collect(),
                    (Step::Any, Value::Object(members)) => members.values().collect(),
                    (Step::Any, Value::Array(elements)) => elements.iter().collect(),
                    (Step::Any, _) => Vec::new(),
                }
            })
            .collect();
    }
    found
}
