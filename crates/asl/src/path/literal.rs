//! Literals in filters: JSON, with texts in either kind of quotes.

use serde_json::{Map, Number, Value};

use super::{PathSyntax, parse::Parser};

pub(super) fn read(parser: &mut Parser) -> Result<Value, PathSyntax> {
    parser.skip_blanks();
    match parser.peek() {
        Some('\'' | '"') => parser.quoted().map(Value::String),
        Some('[') => parser.nested(array),
        Some('{') => parser.nested(object),
        Some('-' | '0'..='9') => number(parser),
        Some(c) if c.is_ascii_alphabetic() => word(parser),
        _ => parser.fail("a value is expected"),
    }
}

fn array(parser: &mut Parser) -> Result<Value, PathSyntax> {
    parser.require("[")?;
    let mut items = Vec::new();
    parser.skip_blanks();
    while !parser.take("]") {
        if !items.is_empty() {
            parser.require(",")?;
        }
        items.push(read(parser)?);
        parser.skip_blanks();
    }
    Ok(Value::Array(items))
}

fn object(parser: &mut Parser) -> Result<Value, PathSyntax> {
    parser.require("{")?;
    let mut fields = Map::new();
    parser.skip_blanks();
    while !parser.take("}") {
        if !fields.is_empty() {
            parser.require(",")?;
            parser.skip_blanks();
        }
        let name = parser.quoted()?;
        parser.skip_blanks();
        parser.require(":")?;
        fields.insert(name, read(parser)?);
        parser.skip_blanks();
    }
    Ok(Value::Object(fields))
}

fn number(parser: &mut Parser) -> Result<Value, PathSyntax> {
    let digits = parser.take_while(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E'));
    match digits.parse::<Number>() {
        Ok(number) => Ok(Value::Number(number)),
        Err(_) => parser.fail(format!("`{digits}` is no number")),
    }
}

fn word(parser: &mut Parser) -> Result<Value, PathSyntax> {
    match parser.take_while(|c| c.is_ascii_alphanumeric()) {
        "true" => Ok(Value::Bool(true)),
        "false" => Ok(Value::Bool(false)),
        "null" => Ok(Value::Null),
        word => parser.fail(format!("`{word}` is no value; a text stands in quotes")),
    }
}
