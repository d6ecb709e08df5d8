//! Text to tokens. Positions count UTF-16 units, as JavaScript does, and are those behind what they belong to.
//!
//! Whether a `/` divides or opens a regular expression depends on where it stands, so the parser says.

use crate::error::Error;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Operator(&'static str),
    Name(String),
    /// Without its `$`.
    Variable(String),
    String(String),
    Number(f64),
    Null,
    Bool(bool),
    Regex {
        pattern: String,
        flags: String,
    },
    End,
}

/// Longer ones first: `**` before `*`.
const OPERATORS: &[&str] = &[
    "..", ":=", "!=", ">=", "<=", "**", "~>", "?:", "??", ".", "[", "]", "{", "}", "(", ")", ",", "@", "#",
    ";", ":", "?", "+", "-", "*", "/", "%", "|", "=", "<", ">", "^", "&", "!", "~",
];

pub(crate) struct Lexer<'s> {
    text: &'s str,
    /// In bytes.
    at: usize,
    /// In UTF-16 units.
    position: usize,
}

impl<'s> Lexer<'s> {
    pub(crate) fn new(text: &'s str) -> Self {
        Lexer { text, at: 0, position: 0 }
    }

    fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        self.position += next.len_utf16();
        Some(next)
    }

    fn bump_bytes(&mut self, count: usize) -> &'s str {
        let taken = &self.rest()[..count];
        self.position += utf16_length(taken);
        self.at += count;
        taken
    }

    fn fail<T>(&self, code: &'static str) -> Result<T, Box<Error>> {
        Err(Error::new(code).at(self.position))
    }

    /// The next token and the position behind it, which is where JSONata says it is. `infix`: a `/` here divides.
    pub(crate) fn next(&mut self, infix: bool) -> Result<(Token, usize), Box<Error>> {
        self.skip_blanks()?;
        let Some(first) = self.peek() else { return Ok((Token::End, self.position)) };
        if first == '/' && !infix {
            self.bump();
            return Ok((self.regex()?, self.position));
        }
        if let Some(operator) = self.operator() {
            self.bump_bytes(operator.len());
            return Ok((Token::Operator(operator), self.position));
        }
        let token = match first {
            '"' | '\'' => self.string()?,
            '0'..='9' => self.number()?,
            '`' => self.quoted_name()?,
            _ => self.name(),
        };
        Ok((token, self.position))
    }

    fn operator(&self) -> Option<&'static str> {
        let rest = self.rest();
        // Most characters begin no operator, and it takes but one look to see it.
        rest.bytes().next().filter(u8::is_ascii_punctuation)?;
        OPERATORS.iter().find(|operator| rest.starts_with(**operator)).copied()
    }

    fn skip_blanks(&mut self) -> Result<(), Box<Error>> {
        loop {
            while self.peek().is_some_and(is_blank) {
                self.bump();
            }
            if !self.rest().starts_with("/*") {
                return Ok(());
            }
            match self.rest()[2..].find("*/") {
                Some(length) => self.bump_bytes(length + 4),
                None => return self.fail("S0106"),
            };
        }
    }

    fn string(&mut self) -> Result<Token, Box<Error>> {
        let quote = self.bump();
        let mut text = Vec::new();
        let mut units = [0; 2];
        while let Some(next) = self.peek() {
            if next == '\\' {
                self.bump();
                text.push(self.escape()?);
                continue;
            }
            self.bump();
            if Some(next) == quote {
                // A lone surrogate can't be in a Rust string: it becomes U+FFFD.
                return Ok(Token::String(String::from_utf16_lossy(&text)));
            }
            text.extend_from_slice(next.encode_utf16(&mut units));
        }
        self.fail("S0101")
    }

    /// The UTF-16 unit that stands for what follows a backslash.
    fn escape(&mut self) -> Result<u16, Box<Error>> {
        let position = self.position;
        let Some(letter) = self.bump() else { return self.fail("S0103") };
        Ok(match letter {
            '"' | '\\' | '/' => letter as u16,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'u' => {
                let digits =
                    self.rest().get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
                match digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
                    Some(unit) => {
                        self.bump_bytes(4);
                        unit
                    }
                    None => return Err(Error::new("S0104").at(position)),
                }
            }
            _ => return Err(Error::new("S0103").at(position).token(letter)),
        })
    }

    fn number(&mut self) -> Result<Token, Box<Error>> {
        let length = number_length(self.rest().as_bytes());
        let digits = &self.rest()[..length];
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => {
                self.bump_bytes(length);
                Ok(Token::Number(number))
            }
            _ => Err(Error::new("S0102").at(self.position).token(digits)),
        }
    }

    fn quoted_name(&mut self) -> Result<Token, Box<Error>> {
        self.bump();
        match self.rest().find('`') {
            Some(length) => {
                let name = self.bump_bytes(length).to_owned();
                self.bump();
                Ok(Token::Name(name))
            }
            None => {
                self.bump_bytes(self.rest().len());
                self.fail("S0105")
            }
        }
    }

    fn name(&mut self) -> Token {
        let ends = |c: char| is_blank(c) || ".[]{}(),@#;:?+-*/%|=<>^&!~".contains(c);
        let length = self.rest().find(ends).unwrap_or(self.rest().len());
        let name = self.bump_bytes(length);
        if let Some(variable) = name.strip_prefix('$') {
            return Token::Variable(variable.to_owned());
        }
        match name {
            "or" => Token::Operator("or"),
            "in" => Token::Operator("in"),
            "and" => Token::Operator("and"),
            "true" => Token::Bool(true),
            "false" => Token::Bool(false),
            "null" => Token::Null,
            _ => Token::Name(name.to_owned()),
        }
    }

    /// What stands between slashes; those within brackets or behind a backslash don't close it.
    fn regex(&mut self) -> Result<Token, Box<Error>> {
        let start = self.at;
        let mut depth = 0i64;
        let mut escaped = false;
        while let Some(next) = self.peek() {
            if next == '/' && depth == 0 && !escaped {
                let pattern = &self.text[start..self.at];
                if pattern.is_empty() {
                    return self.fail("S0301");
                }
                self.bump();
                let length = self.rest().find(|c| c != 'i' && c != 'm').unwrap_or(self.rest().len());
                let flags = self.bump_bytes(length).to_owned();
                return Ok(Token::Regex { pattern: pattern.to_owned(), flags });
            }
            if !escaped {
                depth += i64::from("([{".contains(next)) - i64::from(")]}".contains(next));
            }
            escaped = next == '\\' && !escaped;
            self.bump();
        }
        self.fail("S0302")
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}')
}

pub(crate) fn utf16_length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// The length of the number that the text begins with: no leading zeros, a fraction and an exponent if they are whole.
fn number_length(text: &[u8]) -> usize {
    let digits = |from: usize| text[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut length = if text[0] == b'0' { 1 } else { digits(0) };
    if text.get(length) == Some(&b'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    if matches!(text.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(length + 1), Some(b'+' | b'-')));
        let exponent = text.get(length + 1 + sign..).map_or(0, |_| digits(length + 1 + sign));
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}
