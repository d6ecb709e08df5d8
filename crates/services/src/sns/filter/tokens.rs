//! A policy's text as tokens, each with the place up to which AWS's parser has read when it meets it: of a text only the
//! opening quote, of other scalars all, and of a field's name the beginning of its value too.

use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    StartObject,
    EndObject,
    StartArray,
    EndArray,
    Field(String),
    Text(String),
    Number(f64, String),
    Bool(bool),
    Null,
    /// After the last one.
    End,
}

impl Token {
    /// As AWS's messages print it.
    pub fn text(&self) -> String {
        match self {
            Self::StartObject => "{".to_owned(),
            Self::EndObject => "}".to_owned(),
            Self::StartArray => "[".to_owned(),
            Self::EndArray => "]".to_owned(),
            Self::Field(text) | Self::Text(text) | Self::Number(_, text) => text.clone(),
            Self::Bool(value) => value.to_string(),
            Self::Null | Self::End => "null".to_owned(),
        }
    }
}

/// The tokens of a policy as it is printed without white space, which is what AWS's messages show.
#[derive(Debug)]
pub struct Tokens {
    pub source: String,
    tokens: Vec<(Token, usize)>,
    next: usize,
}

impl Tokens {
    pub fn of(policy: &Value) -> Self {
        let mut tokens = Self { source: String::new(), tokens: Vec::new(), next: 0 };
        tokens.write(policy);
        tokens
    }

    pub fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.next = (self.next + 1).min(self.tokens.len());
        token
    }

    pub fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(token, _)| token)
    }

    /// The column up to which the token that was taken last is read, counted from 1.
    pub fn column(&self) -> usize {
        let last = self.next.saturating_sub(1);
        let place = |index: usize| self.tokens.get(index).map_or(self.source.len(), |(_, place)| *place);
        let place = match self.tokens.get(last) {
            Some((Token::Field(_), _)) => place(last + 1),
            _ => place(last),
        };
        self.source.get(..place).map_or(place, |read| read.chars().count()) + 1
    }

    fn write(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                self.add(Token::StartObject, "{");
                for (index, (name, member)) in members.iter().enumerate() {
                    self.source.push_str(if index > 0 { "," } else { "" });
                    let printed = Value::from(name.as_str()).to_string();
                    self.add(Token::Field(name.clone()), &printed);
                    self.source.push(':');
                    self.write(member);
                }
                self.add(Token::EndObject, "}");
            }
            Value::Array(elements) => {
                self.add(Token::StartArray, "[");
                for (index, element) in elements.iter().enumerate() {
                    self.source.push_str(if index > 0 { "," } else { "" });
                    self.write(element);
                }
                self.add(Token::EndArray, "]");
            }
            Value::String(text) => {
                self.tokens.push((Token::Text(text.clone()), self.source.len() + 1));
                self.source.push_str(&value.to_string());
            }
            Value::Number(number) => {
                let text = number.to_string();
                self.add(Token::Number(number.as_f64().unwrap_or(f64::INFINITY), text.clone()), &text);
            }
            Value::Bool(truth) => self.add(Token::Bool(*truth), &truth.to_string()),
            Value::Null => self.add(Token::Null, "null"),
        }
    }

    fn add(&mut self, token: Token, printed: &str) {
        self.source.push_str(printed);
        self.tokens.push((token, self.source.len()));
    }
}
