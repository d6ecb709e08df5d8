//! Conditions joined by `&&` and `||`, with parentheses; and what a value is compared with.

use super::lexer::Token;
use super::{DEEPEST, regex};
use regex::Regex;

/// A tree of conditions over `C`.
#[derive(Debug)]
pub enum Tree<C> {
    One(C),
    All(Vec<Tree<C>>),
    Any(Vec<Tree<C>>),
}

impl<C> Tree<C> {
    pub fn holds(&self, one: &impl Fn(&C) -> bool) -> bool {
        match self {
            Self::One(condition) => one(condition),
            Self::All(trees) => trees.iter().all(|tree| tree.holds(one)),
            Self::Any(trees) => trees.iter().any(|tree| tree.holds(one)),
        }
    }
}

/// Reads a whole tree; `leaf` reads one condition from the tokens that are left.
pub fn parse<C>(tokens: &[Token], leaf: &impl Fn(&mut &[Token]) -> Option<C>) -> Option<Tree<C>> {
    let mut rest = tokens;
    let tree = any(&mut rest, leaf, 0)?;
    rest.is_empty().then_some(tree)
}

fn any<C>(rest: &mut &[Token], leaf: &impl Fn(&mut &[Token]) -> Option<C>, depth: usize) -> Option<Tree<C>> {
    let mut trees = vec![all(rest, leaf, depth)?];
    while take(rest, &Token::Or) {
        trees.push(all(rest, leaf, depth)?);
    }
    Some(if trees.len() == 1 { trees.remove(0) } else { Tree::Any(trees) })
}

fn all<C>(rest: &mut &[Token], leaf: &impl Fn(&mut &[Token]) -> Option<C>, depth: usize) -> Option<Tree<C>> {
    let mut trees = vec![one(rest, leaf, depth)?];
    while take(rest, &Token::And) {
        trees.push(one(rest, leaf, depth)?);
    }
    Some(if trees.len() == 1 { trees.remove(0) } else { Tree::All(trees) })
}

fn one<C>(rest: &mut &[Token], leaf: &impl Fn(&mut &[Token]) -> Option<C>, depth: usize) -> Option<Tree<C>> {
    if !take(rest, &Token::Open) {
        return leaf(rest).map(Tree::One);
    }
    let tree = any(rest, leaf, depth.checked_add(1).filter(|depth| *depth <= DEEPEST)?)?;
    take(rest, &Token::Close).then_some(tree)
}

/// Takes a token, if it is the next.
pub fn take(rest: &mut &[Token], token: &Token) -> bool {
    match rest.split_first() {
        Some((first, after)) if first == token => {
            *rest = after;
            true
        }
        _ => false,
    }
}

/// The next token, taken.
pub fn next<'t>(rest: &mut &'t [Token]) -> Option<&'t Token> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    Some(first)
}

/// An operator and a value.
#[derive(Debug)]
pub struct Comparison {
    operator: &'static str,
    operand: Operand,
}

#[derive(Debug)]
enum Operand {
    Number(f64),
    /// With stars, which stand for any text.
    Text(Vec<String>),
    Regex(Regex),
}

impl Comparison {
    pub fn read(rest: &mut &[Token]) -> Option<Self> {
        let Token::Operator(operator) = next(rest)? else { return None };
        let operand = match next(rest)? {
            Token::Regex(expression) => Operand::Regex(regex(expression)?),
            Token::Quoted(text) => Operand::Text(pieces(text)),
            Token::Word(word) => match word.parse() {
                Ok(number) => Operand::Number(number),
                Err(_) => Operand::Text(pieces(word)),
            },
            _ => return None,
        };
        let is_ordered = !matches!(*operator, "=" | "!=");
        (!is_ordered || matches!(operand, Operand::Number(_))).then_some(Self { operator, operand })
    }

    /// Whether a value fulfils it. A number in a message is a text that can be read as one.
    pub fn holds(&self, text: &str) -> bool {
        let equals = match &self.operand {
            Operand::Number(number) => {
                let Ok(found) = text.parse::<f64>() else { return self.operator == "!=" };
                return match self.operator {
                    "=" => found == *number,
                    "!=" => found != *number,
                    "<" => found < *number,
                    "<=" => found <= *number,
                    ">" => found > *number,
                    _ => found >= *number,
                };
            }
            Operand::Text(pieces) => covers(pieces, text),
            Operand::Regex(regex) => regex.is_match(text),
        };
        equals == (self.operator == "=")
    }
}

fn pieces(text: &str) -> Vec<String> {
    text.split('*').map(str::to_owned).collect()
}

/// Whether the text consists of the pieces, in order, with anything between them.
fn covers(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else {
        return pieces.first().is_some_and(|only| only == text);
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        match rest.split_once(piece.as_str()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}
