//! The conditions of a Choice state: comparisons and their combinations, or a JSONata expression. A value of another type than the operator
//! compares is no match, never an error; a variable or an operand that isn't there is one (but for `IsPresent`).

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::definition::Reads;
use crate::jsonata;
use crate::path::Path;
use crate::scope::Scope;
use crate::template::EvalError;
use crate::timestamp;

/// A boolean rule or a comparison.
#[derive(Clone, Debug)]
pub enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare(Comparison),
    /// A JSONata expression that has to give a boolean.
    Jsonata(jsonata::Expression),
    Constant(bool),
}

#[derive(Clone, Debug)]
pub struct Comparison {
    pub variable: Path,
    pub test: Test,
}

#[derive(Clone, Debug)]
pub enum Test {
    /// Two values of one kind, in an order.
    Ordered { kind: Kind, relation: Relation, operand: Operand },
    /// `StringMatches`
    Matches(Pattern),
    /// `IsString` and its like; the flag is the operand.
    Is(Class, bool),
}

/// What an operator's name begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    String,
    Numeric,
    Boolean,
    Timestamp,
}

/// What an operator's name ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

#[derive(Clone, Debug)]
pub enum Operand {
    Literal(Value),
    Path(Path),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Null,
    Present,
    Numeric,
    String,
    Boolean,
    Timestamp,
}

/// Every operator but `StringMatches`, which has no order and no path, by name.
pub(crate) const ORDERED: &[(&str, Kind, Relation)] = &[
    ("StringEquals", Kind::String, Relation::Equals),
    ("StringLessThan", Kind::String, Relation::LessThan),
    ("StringGreaterThan", Kind::String, Relation::GreaterThan),
    ("StringLessThanEquals", Kind::String, Relation::LessThanEquals),
    ("StringGreaterThanEquals", Kind::String, Relation::GreaterThanEquals),
    ("NumericEquals", Kind::Numeric, Relation::Equals),
    ("NumericLessThan", Kind::Numeric, Relation::LessThan),
    ("NumericGreaterThan", Kind::Numeric, Relation::GreaterThan),
    ("NumericLessThanEquals", Kind::Numeric, Relation::LessThanEquals),
    ("NumericGreaterThanEquals", Kind::Numeric, Relation::GreaterThanEquals),
    ("BooleanEquals", Kind::Boolean, Relation::Equals),
    ("TimestampEquals", Kind::Timestamp, Relation::Equals),
    ("TimestampLessThan", Kind::Timestamp, Relation::LessThan),
    ("TimestampGreaterThan", Kind::Timestamp, Relation::GreaterThan),
    ("TimestampLessThanEquals", Kind::Timestamp, Relation::LessThanEquals),
    ("TimestampGreaterThanEquals", Kind::Timestamp, Relation::GreaterThanEquals),
];

pub(crate) const CLASSES: &[(&str, Class)] = &[
    ("IsNull", Class::Null),
    ("IsPresent", Class::Present),
    ("IsNumeric", Class::Numeric),
    ("IsString", Class::String),
    ("IsBoolean", Class::Boolean),
    ("IsTimestamp", Class::Timestamp),
];

impl Condition {
    pub fn holds(&self, scope: &mut Scope) -> Result<bool, EvalError> {
        match self {
            Condition::And(all) => {
                for condition in all {
                    if !condition.holds(scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Or(any) => {
                for condition in any {
                    if condition.holds(scope)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Condition::Not(condition) => Ok(!condition.holds(scope)?),
            Condition::Compare(comparison) => comparison.holds(scope),
            Condition::Jsonata(expression) => expression.boolean(scope),
            Condition::Constant(holds) => Ok(*holds),
        }
    }

    pub(crate) fn reads<'a>(&'a self, reads: &mut Reads<'a>) {
        match self {
            Condition::And(conditions) | Condition::Or(conditions) => {
                conditions.iter().for_each(|condition| condition.reads(reads));
            }
            Condition::Not(condition) => condition.reads(reads),
            Condition::Compare(comparison) => {
                reads.path(&comparison.variable);
                if let Test::Ordered { operand: Operand::Path(path), .. } = &comparison.test {
                    reads.path(path);
                }
            }
            Condition::Jsonata(expression) => reads.jsonata(expression),
            Condition::Constant(_) => {}
        }
    }
}

impl Comparison {
    fn holds(&self, scope: &Scope) -> Result<bool, EvalError> {
        if let Test::Is(Class::Present, operand) = self.test {
            return Ok(self.variable.is_present(scope) == operand);
        }
        let value = self.variable.read(scope).map_err(|_| no_such_value(&self.variable))?;
        match &self.test {
            Test::Ordered { kind, relation, operand: Operand::Literal(operand) } => {
                Ok(compare(*kind, *relation, &value, operand))
            }
            Test::Ordered { kind, relation, operand: Operand::Path(path) } => {
                let operand = path.read(scope).map_err(|_| no_such_value(path))?;
                Ok(compare(*kind, *relation, &value, &operand))
            }
            Test::Matches(pattern) => Ok(value.as_str().is_some_and(|text| pattern.matches(text))),
            Test::Is(class, operand) => Ok(is(*class, &value) == *operand),
        }
    }
}

fn no_such_value(path: &Path) -> EvalError {
    EvalError::runtime(format!(
        "Invalid path '{}': The choice state's condition path references an invalid value.",
        path.text()
    ))
}

fn is(class: Class, value: &Value) -> bool {
    match class {
        Class::Null => value.is_null(),
        Class::Present => true,
        Class::Numeric => value.is_number(),
        Class::String => value.is_string(),
        Class::Boolean => value.is_boolean(),
        Class::Timestamp => value.as_str().is_some_and(|text| timestamp::parse(text).is_some()),
    }
}

fn compare(kind: Kind, relation: Relation, left: &Value, right: &Value) -> bool {
    let ordering = match (kind, left, right) {
        (Kind::String, Value::String(left), Value::String(right)) => Some(utf16_order(left, right)),
        (Kind::Numeric, Value::Number(left), Value::Number(right)) => numeric_order(left, right),
        (Kind::Boolean, Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Kind::Timestamp, Value::String(left), Value::String(right)) => {
            timestamp::parse(left).zip(timestamp::parse(right)).map(|(left, right)| left.cmp(&right))
        }
        _ => None,
    };
    ordering.is_some_and(|ordering| relation.allows(ordering))
}

impl Relation {
    fn allows(self, ordering: Ordering) -> bool {
        match self {
            Relation::Equals => ordering.is_eq(),
            Relation::LessThan => ordering.is_lt(),
            Relation::GreaterThan => ordering.is_gt(),
            Relation::LessThanEquals => ordering.is_le(),
            Relation::GreaterThanEquals => ordering.is_ge(),
        }
    }
}

/// Java compares texts by UTF-16 code units: a surrogate pair comes before U+E000 and beyond.
fn utf16_order(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

/// Integers compare as integers, beyond the 53 bits of a double, too.
fn numeric_order(left: &Number, right: &Number) -> Option<Ordering> {
    match (integer(left), integer(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn integer(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

/// The pattern of `StringMatches`: `*` stands for any text; `\*` is a star, `\\` a backslash.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The literal texts between the stars; one more than there are stars.
    pieces: Vec<String>,
}

impl Pattern {
    pub fn parse(text: &str) -> Pattern {
        let mut pieces = vec![String::new()];
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '*' => pieces.push(String::new()),
                '\\' => {
                    let escaped = chars.next_if(|next| matches!(next, '*' | '\\')).unwrap_or('\\');
                    push(&mut pieces, escaped);
                }
                c => push(&mut pieces, c),
            }
        }
        Pattern { pieces }
    }

    /// Linear in the text for each piece: the first place of a piece is as good as any later one.
    pub fn matches(&self, text: &str) -> bool {
        let [first, between @ .., last] = self.pieces.as_slice() else {
            return self.pieces.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for piece in between {
            match rest.find(piece.as_str()) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

fn push(pieces: &mut [String], c: char) {
    if let Some(piece) = pieces.last_mut() {
        piece.push(c);
    }
}

#[cfg(test)]
mod tests;
