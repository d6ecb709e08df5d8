//! The tokens of conditions, in JSON and in space-delimited patterns.

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    Open,
    Close,
    And,
    Or,
    Comma,
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`
    Operator(&'static str),
    /// Between quotes.
    Quoted(String),
    /// Between per cent signs.
    Regex(String),
    Word(String),
}

const OPERATORS: [&str; 6] = ["!=", "<=", ">=", "=", "<", ">"];

/// All tokens of a text; `None` where a quote stays open.
pub fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '(' => (Token::Open, &rest[1..]),
            ')' => (Token::Close, &rest[1..]),
            ',' => (Token::Comma, &rest[1..]),
            '&' => (Token::And, rest.strip_prefix("&&")?),
            '|' => (Token::Or, rest.strip_prefix("||")?),
            '"' => {
                let (text, after) = quoted(&rest[1..])?;
                (Token::Quoted(text), after)
            }
            '%' => {
                let (expression, after) = rest[1..].split_once('%')?;
                (Token::Regex(expression.to_owned()), after)
            }
            _ => match OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
                Some(operator) => (Token::Operator(operator), &rest[operator.len()..]),
                None => word(rest)?,
            },
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Some(tokens)
}

/// A word ends at white space, and at what has a meaning of its own outside of its brackets.
fn word(text: &str) -> Option<(Token, &str)> {
    let (mut depth, mut in_quotes) = (0_usize, false);
    let ends = |character: char| character.is_whitespace() || "()&|=!<>,".contains(character);
    let end = text.char_indices().find(|(_, character)| {
        match character {
            '"' if depth > 0 => in_quotes = !in_quotes,
            '[' if !in_quotes => depth += 1,
            ']' if !in_quotes => depth = depth.saturating_sub(1),
            character => return depth == 0 && ends(*character),
        }
        false
    });
    let (word, rest) = text.split_at(end.map_or(text.len(), |(index, _)| index));
    (!word.is_empty()).then(|| (Token::Word(word.to_owned()), rest))
}

/// The text up to the closing quote, whose escapes are taken back, and what follows.
pub fn quoted(text: &str) -> Option<(String, &str)> {
    let mut quoted = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((quoted, &text[index + 1..])),
            '\\' => quoted.push(characters.next()?.1),
            character => quoted.push(character),
        }
    }
    None
}
