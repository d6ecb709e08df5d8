//! The wildcards of policies: `*` is any text, `?` any character; both cross `:` and `/`.

/// A text with wildcards, taken apart, so that what stands for itself (`${*}`) isn't taken for a wildcard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pattern(Vec<Token>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    AnyText,
    AnyCharacter,
    Character(char),
}

impl Token {
    fn written(self) -> char {
        match self {
            Self::AnyText => '*',
            Self::AnyCharacter => '?',
            Self::Character(character) => character,
        }
    }
}

impl Pattern {
    /// A text whose stars and question marks are wildcards.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut pattern = Self::default();
        pattern.push_pattern(text);
        pattern
    }

    pub fn push_pattern(&mut self, text: &str) {
        self.0.extend(text.chars().map(|character| match character {
            '*' => Token::AnyText,
            '?' => Token::AnyCharacter,
            character => Token::Character(character),
        }));
    }

    /// Adds a text that stands for itself.
    pub fn push_literal(&mut self, text: &str) {
        self.0.extend(text.chars().map(Token::Character));
    }

    /// The pattern as a text, for operators that know no wildcards.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().map(|token| token.written()).collect()
    }

    /// Whether it covers the whole of `text`.
    #[must_use]
    pub fn covers(&self, text: &str) -> bool {
        covers(&self.0, text)
    }

    /// Whether an ARN's six parts are covered one by one, so that a star in one part doesn't reach into the next.
    #[must_use]
    pub fn covers_arn(&self, arn: &str) -> bool {
        let patterns: Vec<_> = self.0.splitn(6, |token| *token == Token::Character(':')).collect();
        let parts: Vec<_> = arn.splitn(6, ':').collect();
        patterns.len() == parts.len()
            && patterns.iter().zip(parts).all(|(pattern, part)| covers(pattern, part))
    }
}

/// Whether `pattern` covers the whole of `text`, without regard to case: actions are matched so.
#[must_use]
pub fn covers_ignoring_case(pattern: &str, text: &str) -> bool {
    Pattern::new(&pattern.to_ascii_lowercase()).covers(&text.to_ascii_lowercase())
}

/// Takes at most the product of both lengths, whatever the pattern.
fn covers(pattern: &[Token], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at_pattern, mut at_text) = (0, 0);
    // Behind the last star, and how far the text was that it has taken: the only place to come back to.
    let mut star: Option<(usize, usize)> = None;
    while let Some(character) = text.get(at_text) {
        match (pattern.get(at_pattern), star) {
            (Some(Token::AnyText), _) => {
                at_pattern += 1;
                star = Some((at_pattern, at_text));
            }
            (Some(token), _) if *token == Token::AnyCharacter || token.written() == *character => {
                at_pattern += 1;
                at_text += 1;
            }
            (_, Some((after_star, taken))) => {
                at_pattern = after_star;
                at_text = taken + 1;
                star = Some((after_star, taken + 1));
            }
            (_, None) => return false,
        }
    }
    pattern.iter().skip(at_pattern).all(|rest| *rest == Token::AnyText)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_whole_texts() {
        let cases = [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a:b/c", true),
            ("a*", "abc", true),
            ("a*c", "abcbc", true),
            ("a*c", "abcb", false),
            ("*b*", "abc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?", "aé", true),
            ("**a**", "a", true),
            ("arn:aws:sqs:*:111:q*", "arn:aws:sqs:eu-west-1:111:q1", true),
            ("A", "a", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Pattern::new(pattern).covers(text), expected, "{pattern} {text}");
        }
        assert!(covers_ignoring_case("SQS:send*", "sqs:SendMessage"));
    }

    #[test]
    fn what_stands_for_itself_is_no_wildcard() {
        let mut pattern = Pattern::new("a*");
        pattern.push_literal("*");
        assert!(pattern.covers("ab*"));
        assert!(!pattern.covers("abc"));
        assert_eq!(pattern.text(), "a**");
    }

    #[test]
    fn a_star_in_one_part_of_an_arn_stays_there() {
        let arn = "arn:aws:states:us-east-1:1:stateMachine:a";
        assert!(Pattern::new("arn:aws:states:*:*:stateMachine:*").covers_arn(arn));
        assert!(!Pattern::new("arn:aws:*:stateMachine:a").covers_arn(arn));
        assert!(!Pattern::new("*").covers_arn(arn));
    }

    #[test]
    fn a_hostile_pattern_takes_no_time() {
        let pattern = "*a".repeat(2000);
        let text = "a".repeat(1999) + "b";
        assert!(!Pattern::new(&pattern).covers(&text));
    }
}
