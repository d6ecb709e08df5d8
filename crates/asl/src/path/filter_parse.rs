//! From the text of a filter to its tree: `!` binds tightest, then `&&`, then `||`. A `!` before a path belongs to the
//! question whether the path is there; before a comparison Jayway takes no notice of it, so parentheses are needed.

use super::{
    PathSyntax,
    filter::{Filter, FilterPath, Operand, Operator},
    literal,
    parse::{Ends, Parser},
};
use regex::{Regex, RegexBuilder};

/// Bytes that a compiled regular expression may take.
const MAX_PATTERN_BYTES: usize = 256 * 1024;

impl Parser<'_> {
    /// Reads `(…)`.
    pub(super) fn filter(&mut self) -> Result<Filter, PathSyntax> {
        self.require("(")?;
        let filter = self.nested(Self::alternatives)?;
        self.skip_blanks();
        self.require(")")?;
        Ok(filter)
    }

    fn alternatives(&mut self) -> Result<Filter, PathSyntax> {
        let mut parts = vec![self.conjunction()?];
        while self.operator_sign("||") {
            parts.push(self.conjunction()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Or(parts) })
    }

    fn conjunction(&mut self) -> Result<Filter, PathSyntax> {
        let mut parts = vec![self.condition()?];
        while self.operator_sign("&&") {
            parts.push(self.condition()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::And(parts) })
    }

    fn operator_sign(&mut self, sign: &str) -> bool {
        self.skip_blanks();
        self.take(sign)
    }

    fn condition(&mut self) -> Result<Filter, PathSyntax> {
        self.skip_blanks();
        match self.peek() {
            Some('(') => self.filter(),
            Some('!') => {
                self.take("!");
                self.skip_blanks();
                match self.peek() {
                    Some('@' | '$') => self.comparison(false),
                    _ => Ok(Filter::Not(Box::new(self.nested(Self::condition)?))),
                }
            }
            _ => self.comparison(true),
        }
    }

    fn comparison(&mut self, expected: bool) -> Result<Filter, PathSyntax> {
        let left = self.operand()?;
        self.skip_blanks();
        if matches!(self.peek(), Some(')' | '&' | '|') | None) {
            return match left {
                Operand::Path(path) => Ok(Filter::Exists { path, expected }),
                _ => self.fail("an operator is expected"),
            };
        }
        let operator = self.operator()?;
        let right = self.operand()?;
        Ok(Filter::Compare { left, operator, right })
    }

    fn operator(&mut self) -> Result<Operator, PathSyntax> {
        let is_sign = |c: char| matches!(c, '<' | '>' | '=' | '!' | '~');
        let begin = self.rest();
        let mut word = self.take_while(is_sign);
        if word.is_empty() {
            word = self.take_while(|c| c.is_ascii_alphabetic());
        }
        match operator(word) {
            Some(operator) => Ok(operator),
            None => {
                let shown: String = begin.chars().take_while(|c| !c.is_whitespace()).take(20).collect();
                self.fail(format!("`{shown}` is no operator"))
            }
        }
    }

    fn operand(&mut self) -> Result<Operand, PathSyntax> {
        self.skip_blanks();
        match self.peek() {
            Some('@' | '$') => {
                let is_from_document = self.next() == Some('$');
                let steps = self.nested(|parser| parser.steps(Ends::InFilter))?;
                Ok(Operand::Path(FilterPath { is_from_document, steps }))
            }
            Some('/') => self.pattern(),
            _ => Ok(Operand::Literal(literal::read(self)?)),
        }
    }

    /// `/…/` with flags after it.
    fn pattern(&mut self) -> Result<Operand, PathSyntax> {
        self.take("/");
        let mut source = String::new();
        loop {
            match self.next() {
                Some('/') => break,
                Some('\\') if self.take("/") => source.push('/'),
                Some('\\') => {
                    source.push('\\');
                    source.extend(self.next());
                }
                Some(c) => source.push(c),
                None => return self.fail("the regular expression has no closing `/`"),
            }
        }
        let flags = self.take_while(|c| c.is_ascii_alphabetic());
        self.compile(&source, flags)
    }

    fn compile(&self, source: &str, flags: &str) -> Result<Operand, PathSyntax> {
        if let Some(flag) = flags.chars().find(|flag| !"dimsuUx".contains(*flag)) {
            return self.fail(format!("`{flag}` is no flag of a regular expression"));
        }
        // On its own first, so that nothing in it can close the group that is put around it.
        let compiled = build(source, flags).and_then(|_| {
            let end_of_comment = if flags.contains('x') { "\n" } else { "" };
            build(&format!(r"\A(?:{source}{end_of_comment})\z"), flags)
        });
        match compiled {
            Ok(pattern) => Ok(Operand::Pattern(Box::new(pattern))),
            Err(error) => {
                self.fail(format!("the regular expression is invalid: {}", one_line(&error.to_string())))
            }
        }
    }
}

fn build(source: &str, flags: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source)
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .ignore_whitespace(flags.contains('x'))
        .size_limit(MAX_PATTERN_BYTES)
        .build()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn operator(word: &str) -> Option<Operator> {
    Some(match word.to_ascii_lowercase().as_str() {
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "===" => Operator::SameTypeEqual,
        "!==" => Operator::SameTypeNotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "=~" => Operator::Matches,
        "in" => Operator::In,
        "nin" => Operator::NotIn,
        "contains" => Operator::Contains,
        "all" => Operator::All,
        "subsetof" => Operator::SubsetOf,
        "anyof" => Operator::AnyOf,
        "noneof" => Operator::NoneOf,
        "size" => Operator::Size,
        "empty" => Operator::Empty,
        _ => return None,
    })
}
