//! Text to a tree, by operator precedence (Pratt): each token knows what it means at the beginning of an expression
//! and behind one, and how tightly it binds. Then `resolve` settles paths and what lies in them.
//!
//! How deep the tree nests is bounded, so that all that follows may recurse over it.

mod ancestry;
mod lexer;
mod prefix;
mod resolve;
mod syntax;

use crate::ast::{Node, Operator};
use crate::error::Error;
use lexer::{Lexer, Token};
use syntax::{Form, Syntax};

/// How deep an expression may nest.
const MAX_HEIGHT: u32 = 1_000;
/// How long an expression may be, in bytes.
const MAX_LENGTH: usize = 4 << 20;
/// How many regular expressions may stand in one expression: each is compiled.
const MAX_REGEXES: usize = 1_000;

pub(crate) fn parse(text: &str) -> Result<Node, Box<Error>> {
    if text.len() > MAX_LENGTH {
        return Err(Error::new("S0599"));
    }
    let mut parser = Parser::new(text)?;
    let tree = parser.expression(0)?;
    if parser.token != Token::End {
        return Err(parser.unexpected("S0201"));
    }
    resolve::resolve(tree)
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    /// The token that was not taken yet.
    token: Token,
    position: usize,
    /// How many parses are within one another.
    depth: u32,
    /// How many `:=` there were: a block that has none needs no frame.
    binds: usize,
    regexes: usize,
}

impl<'s> Parser<'s> {
    fn new(text: &'s str) -> Result<Self, Box<Error>> {
        let mut lexer = Lexer::new(text);
        let (token, position) = known(lexer.next(false)?)?;
        Ok(Parser { lexer, token, position, depth: 0, binds: 0, regexes: 0 })
    }

    fn is(&self, operator: &str) -> bool {
        matches!(&self.token, Token::Operator(found) if *found == operator)
    }

    /// Takes the token. `infix`: what comes next stands behind an expression.
    fn advance(&mut self, infix: bool) -> Result<(Token, usize), Box<Error>> {
        let (token, position) = known(self.lexer.next(infix)?)?;
        let taken = std::mem::replace(&mut self.token, token);
        Ok((taken, std::mem::replace(&mut self.position, position)))
    }

    fn expect(&mut self, operator: &'static str, infix: bool) -> Result<(), Box<Error>> {
        if self.is(operator) {
            return self.advance(infix).map(|_| ());
        }
        let code = if self.token == Token::End { "S0203" } else { "S0202" };
        Err(self.unexpected(code).value(operator))
    }

    /// An error about the token that was not taken.
    fn unexpected(&self, code: &'static str) -> Box<Error> {
        let error = Error::new(code).at(self.position).token(self.token_text());
        match self.token {
            Token::Number(number) => error.detail("token", crate::value::number_json(number)),
            Token::Bool(value) => error.detail("token", value),
            Token::Null => error.detail("token", ()),
            _ => error,
        }
    }

    fn token_text(&self) -> String {
        match &self.token {
            Token::Operator(text) => (*text).to_owned(),
            Token::Name(text) | Token::Variable(text) | Token::String(text) => text.clone(),
            Token::Number(number) => crate::value::number_text(*number),
            Token::Null => "null".to_owned(),
            Token::Bool(value) => value.to_string(),
            Token::Regex { pattern, flags } => format!("/{pattern}/{flags}"),
            Token::End => "(end)".to_owned(),
        }
    }

    /// An expression, as far as its operators bind more tightly than `power`.
    fn expression(&mut self, power: u8) -> Result<Syntax, Box<Error>> {
        self.depth += 1;
        if self.depth > MAX_HEIGHT {
            return Err(too_deep(self.position));
        }
        let parsed = stacker::maybe_grow(128 << 10, 2 << 20, || self.expression_within(power));
        self.depth -= 1;
        parsed
    }

    fn expression_within(&mut self, power: u8) -> Result<Syntax, Box<Error>> {
        let (token, position) = self.advance(true)?;
        let mut left = self.prefix(token, position)?;
        while power < binding_power(&self.token) {
            let (token, position) = self.advance(false)?;
            let Token::Operator(operator) = token else { break };
            left = self.infix(operator, left, position)?;
        }
        Ok(left)
    }

    /// What an operator means behind an expression.
    fn infix(&mut self, operator: &'static str, left: Syntax, position: usize) -> Result<Syntax, Box<Error>> {
        if let Some(binary) = binary_operator(operator) {
            let right = self.expression(binding_power(&Token::Operator(operator)))?;
            return chained(left, binary, right, position);
        }
        match operator {
            "." => {
                let right = self.expression(75)?;
                joined(left, right, position)
            }
            "[" => self.predicate(left, position),
            "(" => self.call(left, position),
            "{" => {
                let pairs = self.pairs()?;
                let height = height_of_pairs(&pairs).max(left.height);
                made(Form::Group(Box::new(left), pairs), position, height)
            }
            "^" => self.order_by(left, position),
            ":=" => self.bind(left, position),
            "@" | "#" => {
                let right = self.expression(80)?;
                let Form::Variable(name) = right.kind else {
                    return Err(Error::new("S0214").at(right.position).token(operator));
                };
                let (height, left) = (left.height, Box::new(left));
                let kind = if operator == "@" { Form::Focus(left, name) } else { Form::Index(left, name) };
                made(kind, position, height)
            }
            "?" => self.condition(left, position),
            _ => {
                let right = self.expression(if operator == "~>" { 40 } else { 0 })?;
                let height = left.height.max(right.height);
                let (left, right) = (Box::new(left), Box::new(right));
                let kind = match operator {
                    "~>" => Form::Apply(left, right),
                    "?:" => Form::Default(left, right),
                    _ => Form::Coalesce(left, right),
                };
                made(kind, position, height)
            }
        }
    }

    fn condition(&mut self, left: Syntax, position: usize) -> Result<Syntax, Box<Error>> {
        let then = self.expression(0)?;
        let mut height = left.height.max(then.height);
        let mut otherwise = None;
        if self.is(":") {
            self.advance(false)?;
            let parsed = self.expression(0)?;
            height = height.max(parsed.height);
            otherwise = Some(Box::new(parsed));
        }
        made(Form::Condition(Box::new(left), Box::new(then), otherwise), position, height)
    }

    fn bind(&mut self, left: Syntax, position: usize) -> Result<Syntax, Box<Error>> {
        let Form::Variable(name) = left.kind else {
            let token = left.kind.token_text();
            let error = Error::new("S0212").at(left.position);
            return Err(if let Some(token) = token { error.token(token) } else { error });
        };
        let value = self.expression(9)?;
        self.binds += 1;
        let height = value.height;
        made(Form::Bind(name, Box::new(value)), position, height)
    }

    fn order_by(&mut self, left: Syntax, position: usize) -> Result<Syntax, Box<Error>> {
        self.expect("(", false)?;
        let mut terms = Vec::new();
        let mut height = left.height;
        loop {
            let descending = self.is(">");
            if descending || self.is("<") {
                self.advance(false)?;
            }
            let term = self.expression(0)?;
            height = height.max(term.height);
            terms.push((descending, term));
            if !self.is(",") {
                break;
            }
            self.advance(false)?;
        }
        self.expect(")", false)?;
        made(Form::Sort(Box::new(left), terms), position, height)
    }

    /// `[…]` behind an expression; empty, it keeps a single result an array.
    fn predicate(&mut self, mut left: Syntax, position: usize) -> Result<Syntax, Box<Error>> {
        if self.is("]") {
            match &mut left.kind {
                Form::Filtered(inner, _) => inner.keep_array = true,
                _ => left.keep_array = true,
            }
            self.advance(false)?;
            return Ok(left);
        }
        let filter = self.expression(0)?;
        self.expect("]", true)?;
        if let Form::Filtered(_, filters) = &mut left.kind {
            left.height = left.height.max(filter.height + 1);
            filters.push((position, filter));
            return bounded(left);
        }
        let height = left.height.max(filter.height);
        made(Form::Filtered(Box::new(left), vec![(position, filter)]), position, height)
    }
}

/// The lexer ends names at two characters that are no operators.
fn known(token: (Token, usize)) -> Result<(Token, usize), Box<Error>> {
    match token {
        (Token::Operator(text @ ("!" | "~")), position) => Err(Error::new("S0204").at(position).token(text)),
        token => Ok(token),
    }
}

fn binary_operator(text: &str) -> Option<Operator> {
    Some(match text {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Modulo,
        "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "&" => Operator::Concatenate,
        "in" => Operator::In,
        "and" => Operator::And,
        "or" => Operator::Or,
        _ => return None,
    })
}

fn binding_power(token: &Token) -> u8 {
    let Token::Operator(operator) = token else { return 0 };
    match *operator {
        "[" | "(" | "@" | "#" => 80,
        "." => 75,
        "{" => 70,
        "*" | "/" | "%" => 60,
        "+" | "-" | "&" => 50,
        "=" | "!=" | "<" | "<=" | ">" | ">=" | "^" | "~>" | "?:" | "??" | "in" => 40,
        "and" => 30,
        "or" => 25,
        "?" => 20,
        ":=" => 10,
        _ => 0,
    }
}

fn too_deep(position: usize) -> Box<Error> {
    Error::new("S0599").at(position)
}

/// A node over others, the highest of which has `height`.
fn made(kind: Form, position: usize, height: u32) -> Result<Syntax, Box<Error>> {
    bounded(Syntax { kind, position, keep_array: false, height: height + 1 })
}

fn bounded(tree: Syntax) -> Result<Syntax, Box<Error>> {
    if tree.height > MAX_HEIGHT { Err(too_deep(tree.position)) } else { Ok(tree) }
}

/// `left operator right`; a chain grows longer, not higher.
fn chained(
    mut left: Syntax,
    operator: Operator,
    right: Syntax,
    position: usize,
) -> Result<Syntax, Box<Error>> {
    if let Form::Chain(_, links) = &mut left.kind
        && !left.keep_array
    {
        left.height = left.height.max(right.height + 1);
        left.position = position;
        links.push((operator, position, right));
        return bounded(left);
    }
    let height = left.height.max(right.height);
    made(Form::Chain(Box::new(left), vec![(operator, position, right)]), position, height)
}

fn joined(mut left: Syntax, right: Syntax, position: usize) -> Result<Syntax, Box<Error>> {
    if let Form::Path(steps) = &mut left.kind
        && !left.keep_array
    {
        left.height = left.height.max(right.height + 1);
        steps.push(right);
        return bounded(left);
    }
    let height = left.height.max(right.height);
    made(Form::Path(vec![left, right]), position, height)
}

fn height_of_pairs(pairs: &[(Syntax, Syntax)]) -> u32 {
    pairs.iter().map(|(key, value)| key.height.max(value.height)).max().unwrap_or(0)
}
