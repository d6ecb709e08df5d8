//! Event patterns: JSON whose objects say where to look and whose lists say what may stand there.
//!
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>

use serde_json::{Map, Value};

/// A pattern, read once.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPattern(Vec<Clause>);

/// What has to hold, all of them together.
#[derive(Debug, Clone, PartialEq)]
enum Clause {
    /// One of these holds for the value under the name.
    Leaf(String, Vec<Rule>),
    /// These hold within the object under the name.
    Within(String, Vec<Clause>),
    /// `$or`: one of these groups holds.
    Or(Vec<Vec<Clause>>),
}

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    Equals(Value),
    EqualsIgnoringCase(String),
    Prefix(String),
    PrefixIgnoringCase(String),
    Suffix(String),
    SuffixIgnoringCase(String),
    Wildcard(String),
    /// Bounds: a comparison and its number.
    Numeric(Vec<(Comparison, f64)>),
    AnythingBut(Vec<Rule>),
    Exists(bool),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Comparison {
    Less,
    AtMost,
    Equal,
    AtLeast,
    Greater,
}

impl EventPattern {
    /// Reads a pattern; nothing if it is none. An empty text matches everything.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self(Vec::new()));
        }
        match serde_json::from_str(text).ok()? {
            Value::Object(members) => clauses(&members).map(Self),
            _ => None,
        }
    }

    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        all_hold(&self.0, Some(event))
    }
}

fn clauses(members: &Map<String, Value>) -> Option<Vec<Clause>> {
    let clause = |(name, value): (&String, &Value)| match value {
        Value::Array(groups) if name == "$or" => {
            let groups = groups.iter().map(|group| clauses(group.as_object()?));
            Some(Clause::Or(groups.collect::<Option<Vec<_>>>()?)).filter(|_| value != &Value::Array(vec![]))
        }
        Value::Array(rules) if !rules.is_empty() => {
            Some(Clause::Leaf(name.clone(), rules.iter().map(rule).collect::<Option<_>>()?))
        }
        Value::Object(members) if !members.is_empty() => {
            Some(Clause::Within(name.clone(), clauses(members)?))
        }
        _ => None,
    };
    members.iter().map(clause).collect()
}

fn rule(value: &Value) -> Option<Rule> {
    let members = match value {
        Value::Object(members) => members,
        Value::Array(_) => return None,
        scalar => return Some(Rule::Equals(scalar.clone())),
    };
    let (name, operand) = members.iter().next().filter(|_| members.len() == 1)?;
    let text = || operand.as_str().map(str::to_owned);
    let ignoring_case = || operand.get("equals-ignore-case")?.as_str().map(str::to_lowercase);
    match name.as_str() {
        "prefix" => text().map(Rule::Prefix).or_else(|| ignoring_case().map(Rule::PrefixIgnoringCase)),
        "suffix" => text().map(Rule::Suffix).or_else(|| ignoring_case().map(Rule::SuffixIgnoringCase)),
        "equals-ignore-case" => text().map(|text| Rule::EqualsIgnoringCase(text.to_lowercase())),
        "wildcard" => text().filter(|text| !text.contains("**")).map(Rule::Wildcard),
        "numeric" => numeric(operand.as_array()?).map(Rule::Numeric),
        "exists" => operand.as_bool().map(Rule::Exists),
        "anything-but" => anything_but(operand).map(Rule::AnythingBut),
        _ => None,
    }
}

/// A scalar, a list of scalars, or one rule over a text or a list of texts.
fn anything_but(operand: &Value) -> Option<Vec<Rule>> {
    match operand {
        Value::Array(values) if values.is_empty() => None,
        Value::Array(values) => {
            values.iter().map(|value| rule(value).filter(|rule| matches!(rule, Rule::Equals(_)))).collect()
        }
        Value::Object(members) => {
            let (name, operand) = members.iter().next().filter(|_| members.len() == 1)?;
            let operands = operand.as_array().map_or(std::slice::from_ref(operand), Vec::as_slice);
            let single = |operand: &Value| {
                let wrapped = Map::from_iter([(name.clone(), operand.clone())]);
                let read = rule(&Value::Object(wrapped))?;
                (!matches!(read, Rule::Exists(_) | Rule::AnythingBut(_) | Rule::Numeric(_))).then_some(read)
            };
            operands.iter().map(single).collect()
        }
        scalar => Some(vec![Rule::Equals(scalar.clone())]),
    }
}

fn numeric(operands: &[Value]) -> Option<Vec<(Comparison, f64)>> {
    let (pairs, []) = operands.as_chunks::<2>() else { return None };
    let pair = |[comparison, number]: &[Value; 2]| {
        let comparison = match comparison.as_str()? {
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            "=" => Comparison::Equal,
            ">=" => Comparison::AtLeast,
            ">" => Comparison::Greater,
            _ => return None,
        };
        Some((comparison, number.as_f64()?))
    };
    pairs.iter().map(pair).collect::<Option<Vec<_>>>().filter(|pairs| (1..=2).contains(&pairs.len()))
}

/// Whether all clauses hold for a value, which may be missing. Of a list, one element is enough.
fn all_hold(clauses: &[Clause], value: Option<&Value>) -> bool {
    match value {
        Some(Value::Array(elements)) => elements.iter().any(|element| all_hold(clauses, Some(element))),
        value => clauses.iter().all(|clause| holds(clause, value)),
    }
}

fn holds(clause: &Clause, value: Option<&Value>) -> bool {
    let member = |name: &String| value.and_then(|value| value.get(name));
    match clause {
        Clause::Leaf(name, rules) => rules.iter().any(|rule| meets_any(rule, member(name))),
        Clause::Within(name, clauses) => all_hold(clauses, member(name)),
        Clause::Or(groups) => groups.iter().any(|group| all_hold(group, value)),
    }
}

fn meets_any(rule: &Rule, value: Option<&Value>) -> bool {
    match (rule, value) {
        (Rule::Exists(expected), value) => {
            // Only a leaf exists: an object is a place to look further.
            let is_leaf = value.is_some_and(|value| !value.is_object());
            is_leaf == *expected
        }
        (_, None) => false,
        (rule, Some(Value::Array(elements))) => elements.iter().any(|element| meets(rule, element)),
        (rule, Some(value)) => meets(rule, value),
    }
}

fn meets(rule: &Rule, value: &Value) -> bool {
    let text = value.as_str();
    let lower = || text.map(str::to_lowercase);
    match rule {
        Rule::Equals(expected) => equal(expected, value),
        Rule::EqualsIgnoringCase(expected) => lower().is_some_and(|text| text == *expected),
        Rule::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix.as_str())),
        Rule::PrefixIgnoringCase(prefix) => lower().is_some_and(|text| text.starts_with(prefix.as_str())),
        Rule::Suffix(suffix) => text.is_some_and(|text| text.ends_with(suffix.as_str())),
        Rule::SuffixIgnoringCase(suffix) => lower().is_some_and(|text| text.ends_with(suffix.as_str())),
        Rule::Wildcard(pattern) => text.is_some_and(|text| wildcard(pattern, text)),
        Rule::Numeric(bounds) => value.as_f64().is_some_and(|number| {
            bounds.iter().all(|(comparison, bound)| match comparison {
                Comparison::Less => number < *bound,
                Comparison::AtMost => number <= *bound,
                Comparison::Equal => number == *bound,
                Comparison::AtLeast => number >= *bound,
                Comparison::Greater => number > *bound,
            })
        }),
        Rule::AnythingBut(rules) => !value.is_object() && !rules.iter().any(|rule| meets(rule, value)),
        Rule::Exists(_) => false,
    }
}

/// Numbers are equal by value: `1` and `1.0` are the same.
fn equal(expected: &Value, value: &Value) -> bool {
    match (expected.as_f64(), value.as_f64()) {
        (Some(expected), Some(value)) => expected == value,
        _ => expected == value,
    }
}

/// `*` stands for any text; `\*` and `\\` for themselves. Each part is looked for once, from left to right, so a hostile
/// pattern costs no more than its length times the text's.
fn wildcard(pattern: &str, text: &str) -> bool {
    let parts = parts(pattern);
    let [first, rest @ ..] = parts.as_slice() else { return false };
    let Some(mut text) = text.strip_prefix(first.as_str()) else { return false };
    let Some((last, middle)) = rest.split_last() else { return text.is_empty() };
    for part in middle {
        match text.split_once(part.as_str()) {
            Some((_, behind)) => text = behind,
            None => return false,
        }
    }
    text.ends_with(last.as_str())
}

/// The texts between the stars.
fn parts(pattern: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => parts.push(String::new()),
            '\\' => push(&mut parts, characters.next().unwrap_or('\\')),
            other => push(&mut parts, other),
        }
    }
    parts
}

fn push(parts: &mut [String], character: char) {
    if let Some(part) = parts.last_mut() {
        part.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event() -> Value {
        json!({
            "body": {
                "kind": "order", "price": 12.5, "count": 1, "empty": "", "none": null, "is": true,
                "tags": ["red", "Blue"], "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}],
                "customer": {"name": "Ann", "city": "Köln"},
            },
        })
    }

    #[test]
    fn patterns_match_as_event_bridge_matches() {
        let cases = [
            (json!({"body": {"kind": ["order"]}}), true),
            (json!({"body": {"kind": ["invoice", "order"]}}), true),
            (json!({"body": {"kind": ["invoice"]}}), false),
            (json!({"body": {"kind": ["order"], "count": [2]}}), false),
            (json!({"body": {"count": [1.0]}}), true),
            (json!({"body": {"count": ["1"]}}), false),
            (json!({"body": {"is": [true]}}), true),
            (json!({"body": {"none": [null]}}), true),
            (json!({"body": {"empty": [""]}}), true),
            (json!({"body": {"missing": [null]}}), false),
            (json!({"body": {"tags": ["red"]}}), true),
            (json!({"body": {"tags": ["blue"]}}), false),
            (json!({"body": {"tags": [{"equals-ignore-case": "BLUE"}]}}), true),
            (json!({"body": {"kind": [{"prefix": "or"}]}}), true),
            (json!({"body": {"kind": [{"prefix": {"equals-ignore-case": "OR"}}]}}), true),
            (json!({"body": {"kind": [{"suffix": "der"}]}}), true),
            (json!({"body": {"kind": [{"suffix": "or"}]}}), false),
            (json!({"body": {"price": [{"numeric": [">", 10, "<=", 12.5]}]}}), true),
            (json!({"body": {"price": [{"numeric": ["<", 10]}]}}), false),
            (json!({"body": {"kind": [{"numeric": ["=", 1]}]}}), false),
            (json!({"body": {"kind": [{"anything-but": "invoice"}]}}), true),
            (json!({"body": {"kind": [{"anything-but": ["order", "invoice"]}]}}), false),
            (json!({"body": {"kind": [{"anything-but": {"prefix": "or"}}]}}), false),
            (json!({"body": {"kind": [{"anything-but": {"suffix": ["x", "y"]}}]}}), true),
            (json!({"body": {"missing": [{"anything-but": "x"}]}}), false),
            (json!({"body": {"kind": [{"exists": true}]}}), true),
            (json!({"body": {"missing": [{"exists": true}]}}), false),
            (json!({"body": {"missing": [{"exists": false}]}}), true),
            (json!({"body": {"customer": [{"exists": true}]}}), false),
            (json!({"body": {"missing": {"deeper": [{"exists": false}]}}}), true),
            (json!({"body": {"customer": {"name": ["Ann"]}}}), true),
            (json!({"body": {"customer": {"city": [{"wildcard": "K*n"}]}}}), true),
            (json!({"body": {"customer": {"city": [{"wildcard": "*o*"}]}}}), false),
            (json!({"body": {"lines": {"sku": ["b"], "n": [2]}}}), true),
            (json!({"body": {"lines": {"sku": ["b"], "n": [1]}}}), false),
            (json!({"body": {"$or": [{"kind": ["x"]}, {"count": [1]}]}}), true),
            (json!({"body": {"$or": [{"kind": ["x"]}, {"count": [2]}]}}), false),
            (json!({"body": ["order"]}), false),
            (json!({}), true),
        ];
        for (pattern, expected) in cases {
            let read = EventPattern::parse(&pattern.to_string());
            assert_eq!(read.map(|read| read.matches(&event())), Some(expected), "{pattern}");
        }
        assert!(EventPattern::parse("").unwrap().matches(&event()));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let cases = [
            "x",
            "[]",
            "1",
            "null",
            r#"{"a": 1}"#,
            r#"{"a": "b"}"#,
            r#"{"a": []}"#,
            r#"{"a": {}}"#,
            r#"{"a": [[]]}"#,
            r#"{"a": [{}]}"#,
            r#"{"a": [{"prefix": 1}]}"#,
            r#"{"a": [{"unknown": 1}]}"#,
            r#"{"a": [{"numeric": []}]}"#,
            r#"{"a": [{"numeric": [">"]}]}"#,
            r#"{"a": [{"numeric": ["~", 1]}]}"#,
            r#"{"a": [{"exists": "yes"}]}"#,
            r#"{"a": [{"anything-but": []}]}"#,
            r#"{"a": [{"anything-but": {"exists": true}}]}"#,
            r#"{"$or": []}"#,
            r#"{"$or": [1]}"#,
            r#"{"a": [{"wildcard": "a**b"}]}"#,
            r#"{"a": [{"prefix": "a", "suffix": "b"}]}"#,
        ];
        for text in cases {
            assert_eq!(EventPattern::parse(text), None, "{text}");
        }
    }

    #[test]
    fn stars_stand_for_any_text() {
        let cases = [
            ("*", "", true),
            ("a*", "a", true),
            ("a*b", "ab", true),
            ("a*b", "a", false),
            ("a*a", "a", false),
            ("*b*", "abc", true),
            ("a", "ab", false),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            (r"\\*", r"\x", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(wildcard(pattern, text), expected, "{pattern} {text}");
        }
    }
}
