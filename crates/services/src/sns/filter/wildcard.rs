//! `a*b`: any characters in the place of the star; `\*` is a star and `\\` a backslash.

use super::compile::Problem;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wildcard {
    /// What stands between the stars.
    pieces: Vec<String>,
}

impl Wildcard {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut pieces = vec![String::new()];
        let mut letters = text.chars().enumerate();
        let mut after_star = false;
        while let Some((at, letter)) = letters.next() {
            let literal = match letter {
                '*' if after_star => {
                    return Err(Problem::plain(format!("Consecutive wildcard characters at pos {}", at - 1)));
                }
                '*' => {
                    pieces.push(String::new());
                    after_star = true;
                    continue;
                }
                '\\' => match letters.next() {
                    Some((_, escaped @ ('*' | '\\'))) => escaped,
                    _ => return Err(Problem::plain(format!("Invalid escape character at pos {at}"))),
                },
                letter => letter,
            };
            after_star = false;
            if let Some(piece) = pieces.last_mut() {
                piece.push(literal);
            }
        }
        Ok(Self { pieces })
    }

    pub fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.pieces.as_slice() else {
            return self.pieces.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for piece in middle {
            // The leftmost place leaves most for the pieces that follow.
            let Some(at) = rest.find(piece.as_str()) else { return false };
            rest = rest.get(at + piece.len()..).unwrap_or_default();
        }
        rest.ends_with(last.as_str())
    }
}
