//! From a policy's text to its rules, in the order and with the words of AWS's rule compiler (recorded).

use super::cidr::Cidr;
use super::number::{self, LARGEST, Range};
use super::tokens::{Token, Tokens};
use super::wildcard::Wildcard;
use super::{Condition, Field, FilterPolicy, Node, Pattern};

/// Keys that a policy may have.
const MOST_KEYS: usize = 5;
/// Ways in which a message could match, counted as AWS does.
const MOST_COMBINATIONS: u64 = 150;
/// Bytes of a policy.
const LONGEST: usize = 262_144;
/// How deep objects may be within each other. Ours: AWS's keys and combinations allow no more that matters.
const DEEPEST: usize = 32;
/// How much of a policy is shown in a message.
const SHOWN: usize = 500;

/// Why something can't be a policy.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    message: String,
    has_place: bool,
}

impl Problem {
    /// A problem that AWS names the place of.
    pub fn here(message: impl Into<String>) -> Self {
        Self { message: message.into(), has_place: true }
    }

    /// A problem that AWS names without a place.
    pub fn plain(message: impl Into<String>) -> Self {
        Self { message: message.into(), has_place: false }
    }
}

/// The policy of a text.
///
/// # Errors
/// What AWS says after `FilterPolicy: `.
pub fn compile(text: &str) -> Result<FilterPolicy, String> {
    if text.len() > LONGEST {
        return Err("Filter policy is too complex".to_owned());
    }
    let policy = stepwell_asl::jackson::parse(text).map_err(|error| crate::sns::json_error(&error))?;
    let mut compiler = Compiler { tokens: Tokens::of(&policy), keys: 0, depth: 0 };
    match compiler.policy() {
        Ok(root) if compiler.keys > MOST_KEYS => {
            drop(root);
            Err(format!("Filter policy can not have more than {MOST_KEYS} keys"))
        }
        Ok(root) if combinations(&root, 1) > MOST_COMBINATIONS => {
            Err("Filter policy is too complex".to_owned())
        }
        Ok(root) => Ok(FilterPolicy { root }),
        Err(Problem { message, has_place: false }) => Err(message),
        Err(Problem { message, .. }) => {
            let (shown, cut) = shorten(&compiler.tokens.source);
            let column = compiler.tokens.column();
            Err(format!("{message}\n at [Source: (String)\"{shown}\"{cut}; line: 1, column: {column}]"))
        }
    }
}

fn shorten(source: &str) -> (&str, String) {
    match source.char_indices().nth(SHOWN) {
        None => (source, String::new()),
        Some((at, _)) => {
            let (shown, rest) = source.split_at(at);
            (shown, format!("[truncated {} chars]", rest.chars().count()))
        }
    }
}

/// Values times depth, multiplied over all keys; alternatives are added.
fn combinations(node: &Node, depth: u64) -> u64 {
    let fields = node.fields.iter().map(|(_, field)| match field {
        Field::Conditions(conditions) => depth.saturating_mul(conditions.len() as u64),
        Field::Nested(node) => combinations(node, depth + 1),
    });
    let either = node
        .either
        .iter()
        .map(|nodes| nodes.iter().fold(0_u64, |sum, node| sum.saturating_add(combinations(node, depth))));
    fields.chain(either).fold(1, u64::saturating_mul)
}

struct Compiler {
    tokens: Tokens,
    keys: usize,
    depth: usize,
}

impl Compiler {
    fn policy(&mut self) -> Result<Node, Problem> {
        match self.tokens.next() {
            Token::StartObject => self.node(),
            _ => Err(Problem::here("Filter is not an object")),
        }
    }

    /// The fields of an object whose beginning was taken.
    fn node(&mut self) -> Result<Node, Problem> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Problem::plain("Filter policy is too complex"));
        }
        let mut node = Node { fields: Vec::new(), either: Vec::new() };
        while let Token::Field(name) = self.tokens.next() {
            match self.tokens.next() {
                Token::StartArray if name == "$or" => node.either.push(self.alternatives()?),
                Token::StartArray => {
                    self.keys += 1;
                    let conditions = self.conditions()?;
                    node.fields.push((name, Field::Conditions(conditions)));
                }
                Token::StartObject => {
                    let nested = self.node()?;
                    node.fields.push((name, Field::Nested(nested)));
                }
                _ => return Err(Problem::here(format!("\"{name}\" must be an object or an array"))),
            }
        }
        if node.fields.is_empty() && node.either.is_empty() {
            return Err(Problem::here("Empty objects are not allowed"));
        }
        self.depth -= 1;
        Ok(node)
    }

    fn alternatives(&mut self) -> Result<Vec<Node>, Problem> {
        let mut nodes = Vec::new();
        loop {
            match self.tokens.next() {
                Token::StartObject => nodes.push(self.node()?),
                Token::EndArray if nodes.len() < 2 => {
                    return Err(Problem::here("There must have at least 2 Objects in $or relationship."));
                }
                Token::EndArray => return Ok(nodes),
                _ => return Err(Problem::here("Only objects are allowed in $or relationship.")),
            }
        }
    }

    /// The conditions of a field whose array's beginning was taken.
    fn conditions(&mut self) -> Result<Vec<Condition>, Problem> {
        let mut conditions = Vec::new();
        loop {
            conditions.push(match self.tokens.next() {
                Token::EndArray if conditions.is_empty() => {
                    return Err(Problem::here("Empty arrays are not allowed"));
                }
                Token::EndArray => return Ok(conditions),
                Token::StartObject => self.match_expression()?,
                Token::Text(text) => Condition::Text(text),
                Token::Number(number, _) => Condition::Number(number::check(number)?),
                Token::Bool(truth) => Condition::Bool(truth),
                Token::Null => Condition::Null,
                _ => {
                    return Err(Problem::here("Match value must be String, number, true, false, or null"));
                }
            });
        }
    }

    fn match_expression(&mut self) -> Result<Condition, Problem> {
        let Token::Field(kind) = self.tokens.next() else {
            return Err(Problem::here("Match expression name not found"));
        };
        let condition = match kind.as_str() {
            "numeric" => Condition::Range(self.numeric()?),
            "exists" => match self.tokens.next() {
                Token::Bool(truth) => Condition::Exists(truth),
                _ => return Err(Problem::here("exists match pattern must be either true or false.")),
            },
            // AWS's compiler says `prefix` of an address range too.
            "cidr" => Condition::Cidr(Cidr::parse(&self.text("prefix")?)?),
            "anything-but" => Condition::AnythingBut(self.anything_but()?),
            "prefix" | "suffix" if *self.tokens.peek() == Token::StartObject => {
                Condition::Pattern(self.ignoring_case(&kind)?)
            }
            "prefix" => Condition::Pattern(Pattern::Prefix(self.text("prefix")?)),
            "suffix" => Condition::Pattern(Pattern::Suffix(self.text("suffix")?)),
            "equals-ignore-case" => Condition::Pattern(self.equals_ignore_case()?),
            "wildcard" => Condition::Pattern(Pattern::Wildcard(Wildcard::parse(&self.text("wildcard")?)?)),
            _ => return Err(Problem::here(format!("Unrecognized match type {kind}"))),
        };
        self.end_of_expression()?;
        Ok(condition)
    }

    fn end_of_expression(&mut self) -> Result<(), Problem> {
        match self.tokens.next() {
            Token::EndObject => Ok(()),
            _ => Err(Problem::here("Only one key allowed in match expression")),
        }
    }

    fn text(&mut self, kind: &str) -> Result<String, Problem> {
        match self.tokens.next() {
            Token::Text(text) => Ok(text),
            _ => Err(Problem::here(format!("{kind} match pattern must be a string"))),
        }
    }

    fn equals_ignore_case(&mut self) -> Result<Pattern, Problem> {
        Ok(Pattern::EqualsIgnoreCase(self.text("equals-ignore-case")?.to_lowercase()))
    }

    /// `{"prefix": {"equals-ignore-case": "x"}}`.
    fn ignoring_case(&mut self, kind: &str) -> Result<Pattern, Problem> {
        self.tokens.next();
        match self.tokens.next() {
            Token::Field(name) if name == "equals-ignore-case" => {
                let text = self.text("equals-ignore-case")?.to_lowercase();
                self.end_of_expression()?;
                let is_prefix = kind == "prefix";
                Ok(if is_prefix { Pattern::PrefixIgnoreCase(text) } else { Pattern::SuffixIgnoreCase(text) })
            }
            _ => Err(Problem::here(format!("Unsupported {kind} pattern"))),
        }
    }

    fn anything_but(&mut self) -> Result<Vec<Pattern>, Problem> {
        match self.tokens.next() {
            Token::Text(text) => Ok(vec![Pattern::Text(text)]),
            Token::Number(number, _) => Ok(vec![Pattern::Number(number::check(number)?)]),
            Token::StartArray => self.anything_but_list(),
            Token::StartObject => {
                let pattern = self.anything_but_pattern()?;
                self.end_of_expression()?;
                Ok(pattern)
            }
            _ => Err(Problem::here("Value of anything-but must be an array or single string/number value.")),
        }
    }

    fn anything_but_list(&mut self) -> Result<Vec<Pattern>, Problem> {
        let mut values = Vec::new();
        loop {
            values.push(match self.tokens.next() {
                Token::EndArray => break,
                Token::Text(text) => Pattern::Text(text),
                Token::Number(number, _) => Pattern::Number(number::check(number)?),
                _ => {
                    return Err(Problem::here(
                        "Inside anything but list, start|null|boolean is not supported.",
                    ));
                }
            });
        }
        let numbers = values.iter().filter(|value| matches!(value, Pattern::Number(_))).count();
        if values.is_empty() || (numbers != 0 && numbers != values.len()) {
            return Err(Problem::here(
                "Inside anything but list, either all values are number or string, mixed type is not supported",
            ));
        }
        Ok(values)
    }

    fn anything_but_pattern(&mut self) -> Result<Vec<Pattern>, Problem> {
        let Token::Field(kind) = self.tokens.next() else {
            return Err(Problem::here("Anything-But expression name not found"));
        };
        let make: fn(String) -> Result<Pattern, Problem> = match kind.as_str() {
            "prefix" => |text| Ok(Pattern::Prefix(text)),
            "equals-ignore-case" => |text| Ok(Pattern::EqualsIgnoreCase(text.to_lowercase())),
            "wildcard" => |text| Ok(Pattern::Wildcard(Wildcard::parse(&text)?)),
            _ => return Err(Problem::here(format!("Unsupported anything-but pattern: {kind}"))),
        };
        if *self.tokens.peek() != Token::StartArray {
            return Ok(vec![make(self.text(&kind)?)?]);
        }
        self.tokens.next();
        let mut patterns = Vec::new();
        while *self.tokens.peek() != Token::EndArray {
            patterns.push(make(self.text(&kind)?)?);
        }
        self.tokens.next();
        if patterns.is_empty() { Err(Problem::here("Empty arrays are not allowed")) } else { Ok(patterns) }
    }

    fn numeric(&mut self) -> Result<Range, Problem> {
        if self.tokens.next() != Token::StartArray {
            return Err(Problem::here("Value of numeric must be an array."));
        }
        let operator = match self.tokens.next() {
            Token::Text(operator) => operator,
            other => return Err(Problem::here(format!("Invalid member in numeric match: {}", other.text()))),
        };
        let everything = Range { bottom: -LARGEST, open_bottom: false, top: LARGEST, open_top: false };
        let range = match operator.as_str() {
            "=" => {
                let number = self.operand("equals")?;
                Range { bottom: number, top: number, ..everything }
            }
            "<" | "<=" => Range { top: self.operand(&operator)?, open_top: operator == "<", ..everything },
            ">" | ">=" => {
                let bottom = self.operand(&operator)?;
                let range = Range { bottom, open_bottom: operator == ">", ..everything };
                return self.rest_of_range(range);
            }
            _ => return Err(Problem::here(format!("Unrecognized numeric range operator: {operator}"))),
        };
        match self.tokens.next() {
            Token::EndArray => Ok(range),
            _ => Err(Problem::here("Too many elements in numeric expression")),
        }
    }

    fn operand(&mut self, of: &str) -> Result<f64, Problem> {
        match self.tokens.next() {
            Token::Number(number, _) => number::check(number),
            _ => Err(Problem::here(format!("Value of {of} must be numeric"))),
        }
    }

    /// What may follow after the bottom of a range.
    fn rest_of_range(&mut self, range: Range) -> Result<Range, Problem> {
        let operator = match self.tokens.next() {
            Token::EndArray => return Ok(range),
            Token::Text(operator) => operator,
            other => return Err(Problem::here(format!("Bad value in numeric range: {}", other.text()))),
        };
        let top = self.operand(&operator)?;
        if self.tokens.next() != Token::EndArray {
            return Err(Problem::here("Too many terms in numeric range expression"));
        }
        if !matches!(operator.as_str(), "<" | "<=") {
            return Err(Problem::here(format!("Bad numeric range operator: {operator}")));
        }
        if range.bottom >= top {
            return Err(Problem::here("Bottom must be less than top"));
        }
        Ok(Range { top, open_top: operator == "<", ..range })
    }
}
