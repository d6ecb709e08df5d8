//! From the text of a path to its steps. Jayway is generous with names after a dot (`$.a-b`, `$.größe`); whatever holds
//! blanks, dots or brackets goes into `['…']`.

use super::{
    Path, PathSyntax, Root,
    step::{Function, Step},
};

/// Steps of one path. Longer ones are refused: nothing that is stored is nested as deeply.
const MAX_STEPS: usize = 256;

/// Parentheses and filters inside each other.
const MAX_NESTING: usize = 16;

/// AWS's limit on the name of a variable.
const MAX_VARIABLE_NAME: usize = 80;

pub(super) fn path(text: &str) -> Result<Path, PathSyntax> {
    let mut parser = Parser::new(text);
    let root = parser.root()?;
    let steps = parser.steps(Ends::WithText)?;
    Ok(Path { text: text.to_owned(), root, steps })
}

/// Whether a text may be the name of a variable: a Unicode identifier of at most 80 characters.
pub fn is_variable_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(unicode_ident::is_xid_start)
        && chars.all(unicode_ident::is_xid_continue)
        && name.chars().count() <= MAX_VARIABLE_NAME
}

/// Where a path ends: a path of its own with its text, one in a filter before the next operator.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    WithText,
    InFilter,
}

pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    nesting: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Parser<'a> {
        Parser { text, at: 0, nesting: 0 }
    }

    fn root(&mut self) -> Result<Root, PathSyntax> {
        if self.take("$$") {
            return Ok(Root::Context);
        }
        if !self.take("$") {
            return self.fail("a path begins with `$`");
        }
        let name = self.take_while(|c| c != '.' && c != '[');
        match name {
            "" => Ok(Root::Input),
            name if is_variable_name(name) => Ok(Root::Variable(name.to_owned())),
            name => self.fail(format!("`{name}` is no name of a variable")),
        }
    }

    pub(super) fn steps(&mut self, ends: Ends) -> Result<Vec<Step>, PathSyntax> {
        let mut steps = Vec::new();
        while self.step(ends, &mut steps)? {
            if steps.len() > MAX_STEPS {
                return self.fail(format!("a path has at most {MAX_STEPS} steps"));
            }
            if let [.., Step::Function(function), _] = steps.as_slice()
                && function.makes_value()
            {
                return self.fail("nothing can follow this function");
            }
        }
        Ok(steps)
    }

    /// Reads the next step; `false` at the end of the path.
    fn step(&mut self, ends: Ends, steps: &mut Vec<Step>) -> Result<bool, PathSyntax> {
        match self.peek() {
            Some('[') => steps.push(self.bracket()?),
            Some('.') => {
                self.at += 1;
                if self.take(".") {
                    steps.push(Step::Descend);
                }
                steps.push(self.after_dot(ends)?);
            }
            None => return Ok(false),
            Some(_) if ends == Ends::InFilter => return Ok(false),
            Some(c) => return self.fail(format!("`.` or `[` is expected, not `{c}`")),
        }
        Ok(true)
    }

    fn after_dot(&mut self, ends: Ends) -> Result<Step, PathSyntax> {
        if self.peek() == Some('[') {
            return self.bracket();
        }
        if self.take("*") {
            return Ok(Step::Wildcard);
        }
        let name = self.take_while(|c| match ends {
            Ends::WithText => !matches!(c, '.' | '[' | '(' | ' ' | '\t' | '\r' | '\n'),
            Ends::InFilter => {
                !matches!(c, '.' | '[' | ']' | '(' | ')' | '<' | '>' | '=' | '!' | '~' | '&' | '|' | ',')
                    && !c.is_whitespace()
            }
        });
        if name.is_empty() {
            return self.fail("a name, `*` or `[` is expected after `.`");
        }
        if self.peek() == Some('(') { self.function(name) } else { Ok(Step::Name(name.to_owned())) }
    }

    fn function(&mut self, name: &str) -> Result<Step, PathSyntax> {
        self.at += 1;
        self.skip_blanks();
        let argument = if self.peek() == Some(')') { None } else { Some(self.integer()?) };
        self.skip_blanks();
        self.require(")")?;
        match Function::named(name, argument) {
            Some(function) => Ok(Step::Function(function)),
            None => self.fail(format!("there is no function `{name}` with these arguments")),
        }
    }

    fn bracket(&mut self) -> Result<Step, PathSyntax> {
        self.at += 1;
        self.skip_blanks();
        let step = match self.peek() {
            Some('\'' | '"') => self.names()?,
            Some('*') => {
                self.at += 1;
                Step::Wildcard
            }
            Some('?') => self.filter_step()?,
            Some('0'..='9' | '-' | ':') => self.indexes()?,
            _ => return self.fail("a name in quotes, an index, `*` or `?` is expected after `[`"),
        };
        self.skip_blanks();
        self.require("]")?;
        Ok(step)
    }

    fn names(&mut self) -> Result<Step, PathSyntax> {
        let mut names = vec![self.quoted()?];
        while self.comma() {
            names.push(self.quoted()?);
        }
        match <[String; 1]>::try_from(names) {
            Ok([name]) => Ok(Step::Name(name)),
            Err(names) => Ok(Step::Names(names)),
        }
    }

    fn indexes(&mut self) -> Result<Step, PathSyntax> {
        let first = if self.peek() == Some(':') { None } else { Some(self.integer()?) };
        self.skip_blanks();
        if self.peek() == Some(':') {
            return self.slice(first);
        }
        let mut indexes: Vec<i32> = first.into_iter().collect();
        while self.comma() {
            indexes.push(self.integer()?);
        }
        match indexes.as_slice() {
            [index] => Ok(Step::Index(*index)),
            _ => Ok(Step::Indexes(indexes)),
        }
    }

    fn slice(&mut self, from: Option<i32>) -> Result<Step, PathSyntax> {
        self.at += 1;
        self.skip_blanks();
        let to = if matches!(self.peek(), Some(']' | ':')) { None } else { Some(self.integer()?) };
        self.skip_blanks();
        // Jayway reads a step width and does without it.
        if self.take(":") {
            self.skip_blanks();
            if self.peek() != Some(']') {
                self.integer()?;
            }
        }
        match (from, to) {
            (None, None) => self.fail("a slice has a beginning or an end"),
            (from, to) => Ok(Step::Slice { from, to }),
        }
    }

    fn filter_step(&mut self) -> Result<Step, PathSyntax> {
        self.at += 1;
        self.skip_blanks();
        if self.peek() != Some('(') {
            return self.fail("`(` is expected after `?`");
        }
        Ok(Step::Filter(Box::new(self.filter()?)))
    }

    /// A name or text in quotes of either kind, with JSON's escapes and any other character after `\`.
    pub(super) fn quoted(&mut self) -> Result<String, PathSyntax> {
        let Some(quote) = self.peek().filter(|c| matches!(c, '\'' | '"')) else {
            return self.fail("a text in quotes is expected");
        };
        let begin = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.next() {
            match c {
                '\\' => text.push(self.escaped()?),
                c if c == quote => return Ok(text),
                c => text.push(c),
            }
        }
        self.at = begin;
        self.fail("the text has no closing quote")
    }

    fn escaped(&mut self) -> Result<char, PathSyntax> {
        match self.next() {
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('u') => self.escaped_unicode(),
            Some(c) => Ok(c),
            None => self.fail("nothing follows `\\`"),
        }
    }

    fn escaped_unicode(&mut self) -> Result<char, PathSyntax> {
        let unit = self.hex_unit()?;
        let code = match unit {
            0xd800..=0xdbff if self.take("\\u") => {
                let low = self.hex_unit()?;
                0x10000 + ((unit - 0xd800) << 10) + low.wrapping_sub(0xdc00) % 0x400
            }
            unit => unit,
        };
        char::from_u32(code).map_or_else(|| self.fail("half a surrogate pair"), Ok)
    }

    fn hex_unit(&mut self) -> Result<u32, PathSyntax> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(unit) => {
                self.at += 4;
                Ok(unit)
            }
            None => self.fail("four hexadecimal digits are expected after `\\u`"),
        }
    }

    fn integer(&mut self) -> Result<i32, PathSyntax> {
        let begin = self.at;
        self.take("-");
        self.take_while(|c| c.is_ascii_digit());
        match self.text.get(begin..self.at).and_then(|digits| digits.parse().ok()) {
            Some(number) => Ok(number),
            None => self.fail("an integer is expected"),
        }
    }

    fn comma(&mut self) -> bool {
        self.skip_blanks();
        let is_there = self.take(",");
        self.skip_blanks();
        is_there
    }

    /// Runs `inner` one level deeper.
    pub(super) fn nested<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, PathSyntax>,
    ) -> Result<T, PathSyntax> {
        if self.nesting == MAX_NESTING {
            return self.fail(format!("filters nest at most {MAX_NESTING} levels"));
        }
        self.nesting += 1;
        let result = inner(self);
        self.nesting -= 1;
        result
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn take(&mut self, token: &str) -> bool {
        let is_there = self.rest().starts_with(token);
        if is_there {
            self.at += token.len();
        }
        is_there
    }

    pub(super) fn require(&mut self, token: &str) -> Result<(), PathSyntax> {
        if self.take(token) { Ok(()) } else { self.fail(format!("`{token}` is expected")) }
    }

    pub(super) fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.at += end;
        rest.split_at(end).0
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take_while(char::is_whitespace);
    }

    // INVARIANT: `at` only ever moves by whole characters, so it is a boundary.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn fail<T>(&self, message: impl Into<String>) -> Result<T, PathSyntax> {
        Err(PathSyntax { message: message.into(), at: self.at })
    }
}
