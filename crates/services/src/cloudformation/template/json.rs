//! JSON with the place of every value. serde_json gives no places, and AWS's errors name the line and column.
//!
//! AWS's column points behind the first character that can't be: `{"a"=1}` fails at column 6.

use super::fault::{Fault, TemplateError};
use super::node::{Content, Members, Node, Place};
use super::parse::MAX_DEPTH;
use serde_json::Number;
use std::str::Chars;

/// Reads one JSON value, alone in its text.
pub fn read(text: &str) -> Result<Node, TemplateError> {
    let mut reader = Reader { rest: text.chars(), place: Place { line: 1, column: 1 } };
    reader.skip_space();
    let node = reader.value(0)?;
    reader.skip_space();
    if reader.peek().is_some() {
        return Err(reader.unexpected());
    }
    Ok(node)
}

struct Reader<'t> {
    rest: Chars<'t>,
    /// Of the next character.
    place: Place,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn bump(&mut self) -> Option<char> {
        let character = self.rest.next()?;
        if character == '\n' {
            self.place = Place { line: self.place.line + 1, column: 1 };
        } else {
            self.place.column += 1;
        }
        Some(character)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|character| matches!(character, ' ' | '\t' | '\r' | '\n')) {
            self.bump();
        }
    }

    fn unexpected(&mut self) -> TemplateError {
        let place = self.place;
        let behind = u32::from(self.peek().is_some());
        Fault::JsonNotWellFormed { line: place.line, column: place.column + behind }.at(place)
    }

    fn expect(&mut self, wanted: char) -> Result<(), TemplateError> {
        if self.peek() != Some(wanted) {
            return Err(self.unexpected());
        }
        self.bump();
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Node, TemplateError> {
        let place = self.place;
        if depth > MAX_DEPTH {
            return Err(Fault::TooDeep { limit: MAX_DEPTH, line: place.line, column: place.column }.at(place));
        }
        let content = match self.peek() {
            Some('{') => self.map(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Content::Text(self.string()?),
            Some('t') => self.word("true", Content::Bool(true, "true".to_owned()))?,
            Some('f') => self.word("false", Content::Bool(false, "false".to_owned()))?,
            Some('n') => self.word("null", Content::Null)?,
            Some('-' | '0'..='9') => self.number()?,
            _ => return Err(self.unexpected()),
        };
        Ok(Node::new(place, content))
    }

    fn map(&mut self, depth: usize) -> Result<Content, TemplateError> {
        let mut members = Members::new();
        self.bump();
        self.skip_space();
        if self.peek() == Some('}') {
            self.bump();
            return Ok(Content::Map(members));
        }
        loop {
            self.skip_space();
            let key = self.string()?;
            self.skip_space();
            self.expect(':')?;
            self.skip_space();
            let value = self.value(depth + 1)?;
            members.insert(key, value);
            if self.ends_with('}')? {
                return Ok(Content::Map(members));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Content, TemplateError> {
        let mut items = Vec::new();
        self.bump();
        self.skip_space();
        if self.peek() == Some(']') {
            self.bump();
            return Ok(Content::List(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth + 1)?);
            if self.ends_with(']')? {
                return Ok(Content::List(items));
            }
        }
    }

    /// After a member: does the collection end here, or does a comma announce the next?
    fn ends_with(&mut self, end: char) -> Result<bool, TemplateError> {
        self.skip_space();
        match self.peek() {
            Some(',') => {
                self.bump();
                Ok(false)
            }
            Some(character) if character == end => {
                self.bump();
                Ok(true)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn word(&mut self, word: &str, content: Content) -> Result<Content, TemplateError> {
        word.chars().try_for_each(|letter| self.expect(letter))?;
        Ok(content)
    }

    fn string(&mut self) -> Result<String, TemplateError> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.peek() {
                Some('"') => {
                    self.bump();
                    return Ok(text);
                }
                Some('\\') => {
                    self.bump();
                    text.push(self.escape()?);
                }
                Some(character) if character >= ' ' => {
                    self.bump();
                    text.push(character);
                }
                _ => return Err(self.unexpected()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, TemplateError> {
        let escaped = match self.peek() {
            Some(character @ ('"' | '\\' | '/')) => character,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                self.bump();
                return self.unicode();
            }
            _ => return Err(self.unexpected()),
        };
        self.bump();
        Ok(escaped)
    }

    fn unicode(&mut self) -> Result<char, TemplateError> {
        let first = self.four_digits()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            self.expect('\\')?;
            self.expect('u')?;
            let second = self.four_digits()?;
            if !(0xDC00..0xE000).contains(&second) {
                return Err(self.unexpected());
            }
            0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.unexpected())
    }

    fn four_digits(&mut self) -> Result<u32, TemplateError> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|character| character.to_digit(16)) else {
                return Err(self.unexpected());
            };
            self.bump();
            code = code * 16 + digit;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<Content, TemplateError> {
        let mut text = String::new();
        self.take(&mut text, |character| character == '-');
        if self.peek() == Some('0') {
            text.push('0');
            self.bump();
        } else {
            self.digits(&mut text)?;
        }
        let mut whole = true;
        if self.peek() == Some('.') {
            whole = false;
            self.take(&mut text, |character| character == '.');
            self.digits(&mut text)?;
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            whole = false;
            self.take(&mut text, |character| matches!(character, 'e' | 'E'));
            self.take(&mut text, |character| matches!(character, '+' | '-'));
            self.digits(&mut text)?;
        }
        Ok(number(text, whole))
    }

    /// Takes the next character if it is of that kind.
    fn take(&mut self, text: &mut String, kind: fn(char) -> bool) {
        if let Some(character) = self.peek().filter(|character| kind(*character)) {
            text.push(character);
            self.bump();
        }
    }

    fn digits(&mut self, text: &mut String) -> Result<(), TemplateError> {
        if !self.peek().is_some_and(|character| character.is_ascii_digit()) {
            return Err(self.unexpected());
        }
        while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
            text.push(digit);
            self.bump();
        }
        Ok(())
    }
}

/// A number that doesn't fit 64 bits stays a text, so that it loses no digit.
fn number(text: String, whole: bool) -> Content {
    let number = if whole {
        text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok()
    } else {
        text.parse().ok().and_then(Number::from_f64)
    };
    number.map_or(Content::Text(text), Content::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_serde_json_reads() {
        for text in [
            r#"{"a": [1, -2, 3.5, 1e3, true, false, null, "x"], "b": {"c": {}}, "d": []}"#,
            r#"{"escapes": "\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00 é😀"}"#,
            " [ 0 , -0.5 , 18446744073709551615 ] \r\n",
        ] {
            assert_eq!(
                read(text).unwrap().to_json(),
                serde_json::from_str::<serde_json::Value>(text).unwrap()
            );
        }
        assert_eq!(
            read("123456789012345678901234567890").unwrap().as_text(),
            Some("123456789012345678901234567890")
        );
        assert_eq!(read(r#"{"a": 1, "b": 2, "a": 3}"#).unwrap().to_json().to_string(), r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn every_value_knows_its_place() {
        let root = read("{\n  \"a\": [\n    \"é\", 5]}").unwrap();
        let list = &root.as_map().unwrap()["a"];
        assert_eq!(list.place, Place { line: 2, column: 8 });
        assert_eq!(list.as_list().unwrap()[1].place, Place { line: 3, column: 10 });
    }

    #[test]
    fn errors_name_the_place_behind_the_culprit() {
        for (text, line, column) in [
            (r#"{"this is invalid JSON"="bobbins"}"#, 1, 25),
            ("{", 1, 2),
            ("{\n  \"a\": 1,\n}", 3, 2),
            ("{\"a\": tru}", 1, 11),
            ("{\"a\": 01}", 1, 9),
            ("{\"a\": 1} x", 1, 11),
            ("{\"a\": \"x\ny\"}", 1, 10),
            ("{\"a\": \"\\x\"}", 1, 10),
            ("{\"a\": \"\\ud800x\"}", 1, 15),
            ("{\"a\": \"\\ud800\\u0041\"}", 1, 21),
            ("{\"a\": -}", 1, 9),
            ("{\"a\": 1.}", 1, 10),
            ("{a: 1}", 1, 3),
            ("[1 2]", 1, 5),
        ] {
            assert_eq!(*read(text).unwrap_err().fault, Fault::JsonNotWellFormed { line, column }, "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("{}{}", "[".repeat(MAX_DEPTH + 1), "]".repeat(MAX_DEPTH + 1));
        assert!(read(&deep).is_ok());
        let bomb = "[".repeat(1_000_000);
        assert!(matches!(*read(&bomb).unwrap_err().fault, Fault::TooDeep { .. }));
    }
}
