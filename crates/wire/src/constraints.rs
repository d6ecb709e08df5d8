//! Violations of the constraints of AWS's models (lengths, ranges, patterns, enumerations), all of one input at once:
//! `2 validation errors detected: Value '' at 'roleName' failed to satisfy constraint: …; Value …`.
//!
//! A service checks its members in the order in which it wants them named and ends with [`Constraints::finish`].
//! Paths are those of AWS's validator: members begin in lower case, a list's elements are `tags.1.member.key`.

use std::fmt::{Display, Write};
use std::ops::RangeBounds;
use std::ops::{Bound, RangeInclusive};
use std::sync::OnceLock;

use regex::Regex;

use crate::error::ApiError;
use crate::service::Service;

/// The violations that were found so far.
#[derive(Debug)]
pub struct Constraints {
    service: Service,
    violations: Vec<String>,
}

impl Constraints {
    pub fn new(service: Service) -> Constraints {
        Constraints { service, violations: Vec::new() }
    }

    /// A member that has to be there. (Members that the input's type requires are found missing by the decoder.)
    pub fn required<T>(&mut self, path: &str, value: Option<&T>) -> &mut Constraints {
        if value.is_none() {
            self.violated(path, None, "Member must not be null");
        }
        self
    }

    /// The length of a text, in characters.
    pub fn length(&mut self, path: &str, value: &str, allowed: RangeInclusive<usize>) -> &mut Constraints {
        self.size(path, value, value.chars().count(), allowed)
    }

    /// The length of a list; `shown` is how AWS's message has it.
    pub fn count(
        &mut self,
        path: &str,
        shown: &str,
        count: usize,
        allowed: RangeInclusive<usize>,
    ) -> &mut Constraints {
        self.size(path, shown, count, allowed)
    }

    /// A number between bounds, of which either may be missing.
    pub fn range(&mut self, path: &str, value: i64, allowed: impl RangeBounds<i64>) -> &mut Constraints {
        if let Bound::Included(least) = allowed.start_bound()
            && value < *least
        {
            let rule = format!("Member must have value greater than or equal to {least}");
            self.violated(path, Some(&value.to_string()), &rule);
        }
        if let Bound::Included(most) = allowed.end_bound()
            && value > *most
        {
            let rule = format!("Member must have value less than or equal to {most}");
            self.violated(path, Some(&value.to_string()), &rule);
        }
        self
    }

    pub fn pattern(&mut self, path: &str, value: &str, pattern: &Pattern) -> &mut Constraints {
        if !pattern.matches(value) {
            self.violated(path, Some(value), &pattern.rule());
        }
        self
    }

    /// One of the values of an enumeration, in the order in which AWS's message lists them.
    pub fn one_of(&mut self, path: &str, value: &str, allowed: &[&str]) -> &mut Constraints {
        if !allowed.contains(&value) {
            let rule = format!("Member must satisfy enum value set: [{}]", allowed.join(", "));
            self.violated(path, Some(value), &rule);
        }
        self
    }

    /// A violation that the caller found; `None` stands for null.
    pub fn violated(&mut self, path: &str, value: Option<&str>, rule: &str) -> &mut Constraints {
        let shown = match value {
            Some(value) => format!("Value '{value}'"),
            None if self.service == Service::States && SENSITIVE.contains(&path) => "Value".to_owned(),
            None => "Value null".to_owned(),
        };
        self.push(&shown, path, rule)
    }

    /// A violation by a value that AWS holds to be sensitive and doesn't repeat.
    pub fn violated_unshown(&mut self, path: &str, rule: &str) -> &mut Constraints {
        self.push("Value", path, rule)
    }

    /// The error that names all violations, if there are any.
    pub fn finish(&mut self) -> Result<(), ApiError> {
        if self.violations.is_empty() { Ok(()) } else { Err(self.error()) }
    }

    fn error(&self) -> ApiError {
        let count = self.violations.len();
        let errors = if count == 1 { "error" } else { "errors" };
        let text = format!("{count} validation {errors} detected: {}", self.violations.join("; "));
        match self.service {
            Service::Logs => ApiError::bad_request("InvalidParameterException", text),
            _ => ApiError::validation(text),
        }
    }

    fn size(
        &mut self,
        path: &str,
        shown: &str,
        size: usize,
        allowed: RangeInclusive<usize>,
    ) -> &mut Constraints {
        if size < *allowed.start() {
            let rule = format!("Member must have length greater than or equal to {}", allowed.start());
            self.violated(path, Some(shown), &rule);
        }
        if size > *allowed.end() {
            let rule = format!("Member must have length less than or equal to {}", allowed.end());
            self.violated(path, Some(shown), &rule);
        }
        self
    }

    fn push(&mut self, shown: &str, path: &str, rule: &str) -> &mut Constraints {
        self.violations.push(format!("{shown} at '{path}' failed to satisfy constraint: {rule}"));
        self
    }
}

/// The members of Step Functions that its model calls sensitive and that must be there: of these AWS doesn't even
/// print the null (measured for `output`).
const SENSITIVE: [&str; 2] = ["definition", "output"];

/// The error of one member that is missing.
pub fn missing(service: Service, path: &str) -> ApiError {
    Constraints::new(service).violated(path, None, "Member must not be null").error()
}

/// A list as AWS's validator prints it: `[a, b]`.
pub fn shown_list<T: Display>(elements: impl IntoIterator<Item = T>) -> String {
    let mut shown = String::from("[");
    for (index, element) in elements.into_iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        // Writing to a string can't fail.
        let _ = write!(shown, "{separator}{element}");
    }
    shown.push(']');
    shown
}

/// A pattern of a model, as a `static`: compiled at its first use, and matched against the whole value.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    regex: OnceLock<Regex>,
}

impl Pattern {
    /// The pattern as AWS's message shows it. It must be one that compiles, which a test of its service sees to.
    pub const fn new(text: &'static str) -> Pattern {
        Pattern { text, regex: OnceLock::new() }
    }

    pub fn matches(&self, value: &str) -> bool {
        self.regex.get_or_init(|| whole(self.text)).is_match(value)
    }

    /// What a violation of it is called.
    pub fn rule(&self) -> String {
        format!("Member must satisfy regular expression pattern: {}", self.text)
    }
}

/// Java's classes `\w`, `\d` and `\s` are of ASCII.
fn whole(pattern: &str) -> Regex {
    let ascii =
        pattern.replace(r"\w", "[0-9A-Za-z_]").replace(r"\d", "[0-9]").replace(r"\s", r"[ \t\n\x0B\f\r]");
    // INVARIANT: patterns are constants of ours.
    Regex::new(&format!(r"\A(?:{ascii})\z")).expect("a model's pattern compiles")
}

#[cfg(test)]
mod tests {
    use super::*;

    static NAME: Pattern = Pattern::new(r"[\w+=,.@-]+");

    fn text(check: impl FnOnce(&mut Constraints)) -> String {
        let mut constraints = Constraints::new(Service::Iam);
        check(&mut constraints);
        constraints.finish().map_or_else(|error| error.message, |()| String::new())
    }

    #[test]
    fn what_is_allowed_passes() {
        let message = text(|constraints| {
            constraints
                .required("name", Some(&"a"))
                .length("name", "ä", 1..=1)
                .pattern("name", "a+b=c,d.e@f-g_H", &NAME)
                .range("limit", 5, 1..=5)
                .range("limit", 5, 1..)
                .one_of("kind", "A", &["A", "B"])
                .count("tags", "[]", 0, 0..=50);
        });
        assert_eq!(message, "");
    }

    #[test]
    fn each_violation_is_worded_as_aws_words_it() {
        type Check = fn(&mut Constraints);
        let cases: [(Check, &str); 8] = [
            (
                |c| {
                    c.required::<String>("name", None);
                },
                "Value null at 'name' failed to satisfy constraint: Member must not be null",
            ),
            (
                |c| {
                    c.length("name", "", 1..=3);
                },
                "Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1",
            ),
            (
                |c| {
                    c.length("name", "abcd", 1..=3);
                },
                "Value 'abcd' at 'name' failed to satisfy constraint: Member must have length less than or equal to 3",
            ),
            (
                |c| {
                    c.range("limit", 0, 1..=5);
                },
                "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
            ),
            (
                |c| {
                    c.range("limit", 1001, 1..=1000);
                },
                "Value '1001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 1000",
            ),
            (
                |c| {
                    c.pattern("name", "Session1:2", &NAME);
                },
                r"Value 'Session1:2' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+",
            ),
            (
                |c| {
                    c.one_of("kind", "a", &["A", "B"]);
                },
                "Value 'a' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [A, B]",
            ),
            (
                |c| {
                    c.count("list", &shown_list([1, 2, 3]), 3, 0..=2);
                },
                "Value '[1, 2, 3]' at 'list' failed to satisfy constraint: Member must have length less than or equal to 2",
            ),
        ];
        for (check, expected) in cases {
            assert_eq!(text(check), format!("1 validation error detected: {expected}"));
        }
    }

    #[test]
    fn all_violations_are_named_in_order() {
        let message = text(|constraints| {
            constraints.length("a", "", 1..=3).pattern("a", "", &NAME).range("b", 9, ..=8);
        });
        assert_eq!(
            message,
            r"3 validation errors detected: Value '' at 'a' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'a' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+; Value '9' at 'b' failed to satisfy constraint: Member must have value less than or equal to 8"
        );
    }

    #[test]
    fn each_service_has_its_code_and_its_null() {
        let error = |service| Constraints::new(service).required::<String>("x", None).finish().unwrap_err();
        assert_eq!(error(Service::Iam).query_code(), "ValidationError");
        assert_eq!(error(Service::Logs).code, "InvalidParameterException");
        assert_eq!(error(Service::States).code, "ValidationException");
        assert!(error(Service::States).message.contains("Value null at 'x'"));
        let sensitive =
            Constraints::new(Service::States).required::<String>("output", None).finish().unwrap_err();
        assert!(sensitive.message.contains("Value at 'output'"));
        assert!(error(Service::Lambda).message.contains("Value null at 'x'"));
    }

    #[test]
    fn patterns_match_whole_values_and_ascii_only() {
        let cases = [
            (r"[\w]+", "abc_1", true),
            (r"[\w]+", "äbc", false),
            (r"[\w]+", "a b", false),
            (r"\d{12}", "123456789012", true),
            (r"\d{12}", "1234567890123", false),
            (r"\d{2}", "٠١", false),
            (r"a|b", "ab", false),
            (r"[a-z]+", "a\n", false),
            (r"[a-zA-Z0-9-_]+", "a-b_c", true),
            (r"(/[\S]*)?", "/a/b", true),
            (r"(/[\S]*)?", "/a b", false),
            (r"[\u0009\u000A\u0020-\u007E]*", "a\tb", true),
        ];
        for (pattern, value, expected) in cases {
            assert_eq!(Pattern::new(pattern).matches(value), expected, "{pattern} {value}");
        }
    }
}
