//! JSON texts as AWS reads them: what is broken is reported in the words of Jackson, the reader that AWS uses, since
//! these words stand in InvalidDefinition, InvalidExecutionInput and InvalidOutput. A text that is valid takes the
//! short way through serde_json; only a broken one is read again here, for the sake of the message.

use std::fmt;

use serde_json::Value;

/// Why a text isn't JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Jackson's message without the place.
    pub message: String,
    /// `[Source: (String)"…"; line: 1, column: 4]`
    pub source: String,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for JsonError {}

/// Reads a whole text as one JSON value.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    serde_json::from_str(text).map_err(|error| explain(text, &error))
}

/// Finds Jackson's words for what serde_json refused.
fn explain(text: &str, error: &serde_json::Error) -> JsonError {
    let mut reader = Reader { text, at: 0 };
    let problem = match reader.document() {
        Err(problem) => problem,
        // Jackson would read it and serde_json does not: nesting, lone surrogates, numbers beyond a double.
        Ok(()) => Problem { message: own_words(error), at: text.len() },
    };
    JsonError { message: problem.message, source: source(text, problem.at) }
}

fn own_words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let words = text.split(" at line ").next().unwrap_or_default();
    if words == "recursion limit exceeded" {
        "the JSON is nested too deeply".to_owned()
    } else {
        words.to_owned()
    }
}

/// Jackson shows the first 500 characters of the text.
fn source(text: &str, at: usize) -> String {
    const SHOWN: usize = 500;
    let before = &text[..at.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let total = text.chars().count();
    let shown: String = text.chars().take(SHOWN).collect();
    let rest = if total > SHOWN { format!("[truncated {} chars]", total - SHOWN) } else { String::new() };
    format!("[Source: (String)\"{shown}\"{rest}; line: {line}, column: {column}]")
}

struct Problem {
    message: String,
    /// The byte where Jackson stands when it gives up.
    at: usize,
}

type Read<T> = Result<T, Problem>;

/// An array or object that is open, and where it began.
#[derive(Clone, Copy)]
struct Open {
    kind: char,
    at: usize,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// The open arrays and objects are a list, not the stack: a hostile text may open a million.
    fn document(&mut self) -> Read<()> {
        let mut open: Vec<Open> = Vec::new();
        self.value(&mut open)?;
        while let Some(Open { kind, .. }) = open.last().copied() {
            self.after_value(kind, &mut open)?;
        }
        match self.peek() {
            Some(c) if c.is_alphanumeric() => {
                self.unexpected(c, "Expected space separating root-level values")
            }
            _ => self.nothing_more(),
        }
    }

    fn nothing_more(&mut self) -> Read<()> {
        self.blanks();
        match self.peek() {
            None => Ok(()),
            Some(c) => self.unexpected(c, "was expecting the end of the text after the value"),
        }
    }

    /// One value; of arrays and objects, up to the first one that isn't an array or object with content.
    fn value(&mut self, open: &mut Vec<Open>) -> Read<()> {
        loop {
            self.blanks();
            let Some(c) = self.peek() else { return self.end_of_input(open) };
            match c {
                '{' | '[' => {
                    open.push(Open { kind: c, at: self.at });
                    self.bump();
                    self.blanks();
                    if self.peek() == Some(if c == '{' { '}' } else { ']' }) {
                        self.bump();
                        open.pop();
                        return Ok(());
                    }
                    if c == '{' {
                        self.field_name(open)?;
                    }
                }
                '"' => return self.string(),
                '-' | '0'..='9' => return self.number(),
                c if c.is_alphabetic() || c == '_' || c == '$' => return self.token(),
                c => {
                    return self.unexpected(
                        c,
                        "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
                    );
                }
            }
        }
    }

    fn after_value(&mut self, kind: char, open: &mut Vec<Open>) -> Read<()> {
        self.blanks();
        let Some(c) = self.peek() else { return self.end_of_input(open) };
        match (kind, c) {
            ('{', '}') | ('[', ']') => {
                self.bump();
                open.pop();
                Ok(())
            }
            ('[', ',') => {
                self.bump();
                self.value(open)
            }
            ('{', ',') => {
                self.bump();
                self.blanks();
                self.field_name(open)?;
                self.value(open)
            }
            ('{', c) => self.unexpected(c, "was expecting comma to separate Object entries"),
            (_, c) => self.unexpected(c, "was expecting comma to separate Array entries"),
        }
    }

    fn field_name(&mut self, open: &[Open]) -> Read<()> {
        match self.peek() {
            None => self.end_of_input(open),
            Some('"') => {
                self.string()?;
                self.blanks();
                match self.peek() {
                    Some(':') => {
                        self.bump();
                        Ok(())
                    }
                    Some(c) => self.unexpected(c, "was expecting a colon to separate field name and value"),
                    None => self.end_of_input(open),
                }
            }
            Some(c) => self.unexpected(c, "was expecting double-quote to start field name"),
        }
    }

    fn string(&mut self) -> Read<()> {
        self.bump();
        loop {
            match self.peek() {
                None => {
                    return self.fail_here(
                        "Unexpected end-of-input: was expecting closing quote for a string value",
                    );
                }
                Some('"') => {
                    self.bump();
                    return Ok(());
                }
                Some('\\') => self.escape()?,
                Some(c) if c < ' ' => {
                    let code = u32::from(c);
                    self.bump();
                    return self.fail_here(format!(
                        "Illegal unquoted character ((CTRL-CHAR, code {code})): \
                         has to be escaped using backslash to be included in string value"
                    ));
                }
                Some(_) => self.bump(),
            }
        }
    }

    fn escape(&mut self) -> Read<()> {
        self.bump();
        match self.peek() {
            Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => self.bump(),
            Some('u') => {
                self.bump();
                for _ in 0..4 {
                    match self.peek() {
                        Some(c) if c.is_ascii_hexdigit() => self.bump(),
                        Some(c) => {
                            return self.unexpected(c, "expected a hex-digit for character escape sequence");
                        }
                        None => {
                            return self.fail_here("Unexpected end-of-input in character escape sequence");
                        }
                    }
                }
            }
            Some(c) => {
                self.bump();
                return self
                    .fail_here(format!("Unrecognized character escape '{c}' (code {})", u32::from(c)));
            }
            None => return self.fail_here("Unexpected end-of-input in character escape sequence"),
        }
        Ok(())
    }

    fn number(&mut self) -> Read<()> {
        if self.peek() == Some('-') {
            self.bump();
        }
        match self.peek() {
            Some('0') => {
                self.bump();
                if self.peek().is_some_and(|c| c.is_ascii_digit()) {
                    return self.fail_here("Invalid numeric value: Leading zeroes not allowed");
                }
            }
            Some('1'..='9') => self.digits(),
            Some(c) => {
                return self.unexpected_in_number(
                    c,
                    "expected digit (0-9) to follow minus sign, for valid numeric value",
                );
            }
            None => return self.fail_here("Unexpected end-of-input within a Number"),
        }
        if self.peek() == Some('.') {
            self.bump();
            self.some_digits("Decimal point not followed by a digit")?;
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.bump();
            if matches!(self.peek(), Some('+' | '-')) {
                self.bump();
            }
            self.some_digits("Exponent indicator not followed by a digit")?;
        }
        Ok(())
    }

    fn some_digits(&mut self, otherwise: &str) -> Read<()> {
        match self.peek() {
            Some(c) if c.is_ascii_digit() => {
                self.digits();
                Ok(())
            }
            Some(c) => self.unexpected_in_number(c, otherwise),
            None => self.fail_here("Unexpected end-of-input within a Number"),
        }
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.bump();
        }
    }

    /// `true`, `false`, `null`, or a word that is none of them.
    fn token(&mut self) -> Read<()> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
        let word = &rest[..end];
        self.at += end;
        if matches!(word, "true" | "false" | "null") {
            return Ok(());
        }
        // Jackson shows at most 256 characters of the word.
        let shown: String = word.chars().take(256).collect();
        self.fail_here(format!(
            "Unrecognized token '{shown}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        ))
    }

    fn end_of_input<T>(&self, open: &[Open]) -> Read<T> {
        let Some(Open { kind, at }) = open.last().copied() else {
            return self.fail_here("No content to map due to end-of-input");
        };
        let marker = if kind == '{' { "Object" } else { "Array" };
        let start = source(self.text, at);
        self.fail_here(format!(
            "Unexpected end-of-input: expected close marker for {marker} (start marker at {start})"
        ))
    }

    fn unexpected<T>(&mut self, c: char, why: &str) -> Read<T> {
        self.bump();
        self.fail_here(format!("Unexpected character ('{c}' (code {}{})): {why}", u32::from(c), wide_note(c)))
    }

    fn unexpected_in_number<T>(&mut self, c: char, why: &str) -> Read<T> {
        self.bump();
        self.fail_here(format!(
            "Unexpected character ('{c}' (code {}{})) in numeric value: {why}",
            u32::from(c),
            wide_note(c)
        ))
    }

    fn fail_here<T>(&self, message: impl Into<String>) -> Read<T> {
        Err(Problem { message: message.into(), at: self.at })
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.bump();
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }
}

/// Jackson adds the hexadecimal code of characters beyond Latin-1.
fn wide_note(c: char) -> String {
    if u32::from(c) > 255 { format!(" / 0x{:04x}", u32::from(c)) } else { String::new() }
}

#[cfg(test)]
mod tests;
