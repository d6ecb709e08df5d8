//! What a token means at the beginning of an expression: literals, names, constructors, blocks, functions.

use super::lexer::Token;
use super::syntax::{Form, Syntax};
use super::{MAX_REGEXES, Parser, height_of_pairs, made, too_deep};
use crate::error::Error;
use crate::signature::Signature;

impl Form {
    /// What an error about this piece calls it.
    pub(super) fn token_text(&self) -> Option<String> {
        Some(match self {
            Form::Name(text) | Form::Variable(text) | Form::String(text) => text.clone(),
            Form::Number(number) => crate::value::number_text(*number),
            Form::Null => "null".to_owned(),
            Form::Bool(value) => value.to_string(),
            Form::Array(_) | Form::Filtered(..) => "[".to_owned(),
            Form::Object(_) | Form::Group(..) => "{".to_owned(),
            Form::Block { .. } | Form::Call { .. } => "(".to_owned(),
            Form::Path(_) => ".".to_owned(),
            Form::Negate(_) => "-".to_owned(),
            Form::Wildcard => "*".to_owned(),
            Form::Descendant => "**".to_owned(),
            Form::Parent => "%".to_owned(),
            Form::Chain(_, links) => links.last()?.0.text().to_owned(),
            _ => return None,
        })
    }
}

impl Parser<'_> {
    pub(super) fn prefix(&mut self, token: Token, position: usize) -> Result<Syntax, Box<Error>> {
        let kind = match token {
            Token::End => Form::End,
            Token::Null => Form::Null,
            Token::Bool(value) => Form::Bool(value),
            Token::Number(number) => Form::Number(number),
            Token::String(text) => Form::String(text),
            Token::Name(name) => Form::Name(name),
            Token::Variable(name) => Form::Variable(name),
            Token::Regex { pattern, flags } => {
                self.regexes += 1;
                if self.regexes > MAX_REGEXES {
                    return Err(too_deep(position));
                }
                Form::Regex { pattern, flags }
            }
            Token::Operator(operator) => return self.prefix_operator(operator, position),
        };
        made(kind, position, 0)
    }

    fn prefix_operator(&mut self, operator: &'static str, position: usize) -> Result<Syntax, Box<Error>> {
        match operator {
            "and" | "or" | "in" => made(Form::Name(operator.to_owned()), position, 0),
            "*" => made(Form::Wildcard, position, 0),
            "**" => made(Form::Descendant, position, 0),
            "%" => made(Form::Parent, position, 0),
            "-" => {
                let operand = self.expression(70)?;
                let height = operand.height;
                made(Form::Negate(Box::new(operand)), position, height)
            }
            "(" => self.block(position),
            "[" => self.array(position),
            "{" => {
                let pairs = self.pairs()?;
                let height = height_of_pairs(&pairs);
                made(Form::Object(pairs), position, height)
            }
            "|" => self.transform(position),
            _ => Err(Error::new("S0211").at(position).token(operator)),
        }
    }

    fn block(&mut self, position: usize) -> Result<Syntax, Box<Error>> {
        let binds_before = self.binds;
        let mut expressions = Vec::new();
        while !self.is(")") {
            expressions.push(self.expression(0)?);
            if !self.is(";") {
                break;
            }
            self.advance(false)?;
        }
        self.expect(")", true)?;
        let height = height_of(&expressions);
        made(Form::Block { expressions, binds: self.binds > binds_before }, position, height)
    }

    fn array(&mut self, position: usize) -> Result<Syntax, Box<Error>> {
        let mut items = Vec::new();
        while !self.is("]") {
            let mut item = self.expression(0)?;
            if self.is("..") {
                let (_, position) = self.advance(false)?;
                let to = self.expression(0)?;
                let height = item.height.max(to.height);
                item = made(Form::Range(Box::new(item), Box::new(to)), position, height)?;
            }
            items.push(item);
            if !self.is(",") {
                break;
            }
            self.advance(false)?;
            if self.is("]") {
                // JSONata goes on to read an expression here, and finds none.
                return Err(Error::new("S0211").at(self.position).token("]"));
            }
        }
        self.expect("]", true)?;
        let height = height_of(&items);
        made(Form::Array(items), position, height)
    }

    /// The pairs of an object constructor or a grouping, up to the closing brace.
    pub(super) fn pairs(&mut self) -> Result<Vec<(Syntax, Syntax)>, Box<Error>> {
        let mut pairs = Vec::new();
        if !self.is("}") {
            loop {
                let key = self.expression(0)?;
                self.expect(":", false)?;
                pairs.push((key, self.expression(0)?));
                if !self.is(",") {
                    break;
                }
                self.advance(false)?;
            }
        }
        self.expect("}", true)?;
        Ok(pairs)
    }

    fn transform(&mut self, position: usize) -> Result<Syntax, Box<Error>> {
        let pattern = self.expression(0)?;
        self.expect("|", false)?;
        let update = self.expression(0)?;
        let mut height = pattern.height.max(update.height);
        let mut delete = None;
        if self.is(",") {
            self.advance(false)?;
            let parsed = self.expression(0)?;
            height = height.max(parsed.height);
            delete = Some(Box::new(parsed));
        }
        self.expect("|", false)?;
        let (pattern, update) = (Box::new(pattern), Box::new(update));
        made(Form::Transform { pattern, update, delete }, position, height)
    }

    /// `left(…)`: a call, a partial application, or, when the name is `function` or `λ`, a function's definition.
    pub(super) fn call(&mut self, left: Syntax, position: usize) -> Result<Syntax, Box<Error>> {
        let mut arguments = Vec::new();
        let mut partial = false;
        if !self.is(")") {
            loop {
                if self.is("?") {
                    partial = true;
                    arguments.push(made(Form::Placeholder, self.position, 0)?);
                    self.advance(false)?;
                } else {
                    arguments.push(self.expression(0)?);
                }
                if !self.is(",") {
                    break;
                }
                self.advance(false)?;
            }
        }
        self.expect(")", true)?;
        if matches!(&left.kind, Form::Name(name) if name == "function" || name == "λ") {
            return self.lambda(arguments, position);
        }
        let height = height_of(&arguments).max(left.height);
        made(Form::Call { procedure: Box::new(left), arguments, partial }, position, height)
    }

    fn lambda(&mut self, arguments: Vec<Syntax>, position: usize) -> Result<Syntax, Box<Error>> {
        let mut parameters = Vec::new();
        for (index, argument) in arguments.into_iter().enumerate() {
            match argument.kind {
                Form::Variable(name) => parameters.push(name),
                other => {
                    let error = Error::new("S0208").at(argument.position).value(index + 1);
                    return Err(if let Some(text) = other.token_text() { error.token(text) } else { error });
                }
            }
        }
        let signature = if self.is("<") { Some(self.signature()?) } else { None };
        self.expect("{", false)?;
        let body = self.expression(0)?;
        self.expect("}", false)?;
        let height = body.height;
        made(Form::Lambda { parameters, signature, body: Box::new(body) }, position, height)
    }

    /// `<…>` behind the parameters. The lexer knows nothing of signatures: their text is put together from tokens.
    fn signature(&mut self) -> Result<Signature, Box<Error>> {
        let start = self.position;
        let mut text = "<".to_owned();
        let mut depth = 1;
        while depth > 0 && !self.is("{") && self.token != Token::End {
            self.advance(false)?;
            depth += i32::from(self.is("<")) - i32::from(self.is(">"));
            if self.token != Token::End {
                text.push_str(&self.token_text());
            }
        }
        self.expect(">", false)?;
        Signature::parse(&text).map_err(|(error, offset)| error.at(start + offset))
    }
}

fn height_of(list: &[Syntax]) -> u32 {
    list.iter().map(|item| item.height).max().unwrap_or(0)
}
