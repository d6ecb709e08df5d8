//! From the text of a call to its tree. Texts stand in single quotes; `\'`, `\{`, `\}` and `\\` are the only escapes.

use serde_json::{Number, Value};

use super::{Argument, Call, Function, IntrinsicSyntax};
use crate::path::Path;

/// AWS's limit on calls inside calls.
const MAX_NESTING: usize = 10;

pub(super) fn call(text: &str) -> Result<Call, IntrinsicSyntax> {
    let mut parser = Parser { text, at: 0 };
    let call = parser.call(1)?;
    if parser.at < text.len() {
        return parser.fail("nothing can follow the call");
    }
    Ok(call)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn call(&mut self, level: usize) -> Result<Call, IntrinsicSyntax> {
        if level > MAX_NESTING {
            return self.fail(format!("calls nest at most {MAX_NESTING} levels"));
        }
        let begin = self.at;
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '.');
        let Some(function) = Function::named(name) else {
            self.at = begin;
            return self.fail(format!("there is no intrinsic function `{name}`"));
        };
        let arguments = self.arguments(level)?;
        if !function.takes(arguments.len()) {
            return self.fail(format!("`{name}` can't be called with {} arguments", arguments.len()));
        }
        let text = self.text.get(begin..self.at).unwrap_or_default().to_owned();
        let call = Call { text, function, arguments };
        self.check_template(&call)?;
        Ok(call)
    }

    fn arguments(&mut self, level: usize) -> Result<Vec<Argument>, IntrinsicSyntax> {
        self.require('(')?;
        let mut arguments = Vec::new();
        self.skip_blanks();
        if self.take(')') {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.argument(level)?);
            self.skip_blanks();
            if self.take(')') {
                return Ok(arguments);
            }
            self.require(',')?;
            self.skip_blanks();
        }
    }

    fn argument(&mut self, level: usize) -> Result<Argument, IntrinsicSyntax> {
        match self.peek() {
            Some('\'') => self.quoted(),
            Some('$') => self.path(),
            Some('-' | '0'..='9') => self.number(),
            Some(c) if c.is_ascii_alphabetic() => self.word(level),
            _ => self.fail("an argument is expected"),
        }
    }

    fn word(&mut self, level: usize) -> Result<Argument, IntrinsicSyntax> {
        let begin = self.at;
        let value = match self.take_while(|c| c.is_ascii_alphanumeric() || c == '.') {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => {
                self.at = begin;
                return self.call(level + 1).map(Argument::Call);
            }
        };
        Ok(Argument::Literal(value))
    }

    fn number(&mut self) -> Result<Argument, IntrinsicSyntax> {
        let digits = self.take_while(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E'));
        match digits.parse::<Number>() {
            Ok(number) => Ok(Argument::Literal(Value::Number(number))),
            Err(_) => self.fail(format!("`{digits}` is no number")),
        }
    }

    fn quoted(&mut self) -> Result<Argument, IntrinsicSyntax> {
        self.take('\'');
        let begin = self.at;
        let mut value = String::new();
        while let Some(c) = self.next() {
            match c {
                '\'' => {
                    let template = self.text.get(begin..self.at - 1).unwrap_or_default().to_owned();
                    return Ok(Argument::Text { value: Value::String(value), template });
                }
                '\\' => match self.next() {
                    Some(c @ ('\'' | '{' | '}' | '\\')) => value.push(c),
                    _ => return self.fail("`\\` stands before `'`, `{`, `}` or `\\` only"),
                },
                c => value.push(c),
            }
        }
        self.fail("the text has no closing quote")
    }

    /// A path goes on to the next comma, parenthesis or blank that isn't inside its own brackets.
    fn path(&mut self) -> Result<Argument, IntrinsicSyntax> {
        let begin = self.at;
        let mut open = Vec::new();
        while let Some(c) = self.peek() {
            match c {
                '[' | '(' => open.push(c),
                '\'' | '"' if !open.is_empty() => {
                    self.skip_quoted(c);
                    continue;
                }
                ']' if open.last() == Some(&'[') => {
                    open.pop();
                }
                ')' if open.last() == Some(&'(') => {
                    open.pop();
                }
                ',' | ')' if open.is_empty() => break,
                c if c.is_whitespace() && open.is_empty() => break,
                _ => {}
            }
            self.next();
        }
        let text = self.text.get(begin..self.at).unwrap_or_default();
        match Path::parse(text) {
            Ok(path) => Ok(Argument::Path(path)),
            Err(error) => Err(IntrinsicSyntax { message: error.message, at: begin + error.at }),
        }
    }

    fn skip_quoted(&mut self, quote: char) {
        self.next();
        while let Some(c) = self.next() {
            match c {
                '\\' => {
                    self.next();
                }
                c if c == quote => return,
                _ => {}
            }
        }
    }

    /// A brace in the template of States.Format is half a placeholder unless it is escaped.
    fn check_template(&self, call: &Call) -> Result<(), IntrinsicSyntax> {
        let (Function::Format, Some(Argument::Text { template, .. })) =
            (call.function, call.arguments.first())
        else {
            return Ok(());
        };
        let mut rest = template.as_str();
        while let Some(at) = rest.find(['\\', '{', '}']) {
            let special = rest.split_at(at).1;
            rest = match special.strip_prefix("{}") {
                Some(rest) => rest,
                None if special.starts_with('\\') => special.get(2..).unwrap_or_default(),
                None => return self.fail("a brace in a template stands in `{}` or after `\\`"),
            };
        }
        Ok(())
    }

    fn skip_blanks(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.at += end;
        rest.split_at(end).0
    }

    fn take(&mut self, c: char) -> bool {
        let is_there = self.peek() == Some(c);
        if is_there {
            self.at += c.len_utf8();
        }
        is_there
    }

    fn require(&mut self, c: char) -> Result<(), IntrinsicSyntax> {
        if self.take(c) { Ok(()) } else { self.fail(format!("`{c}` is expected")) }
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    // INVARIANT: `at` only ever moves by whole characters, so it is a boundary.
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T, IntrinsicSyntax> {
        Err(IntrinsicSyntax { message: message.into(), at: self.at })
    }
}
