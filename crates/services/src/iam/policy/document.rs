//! A policy document as it is read: statements with their elements, a single value and a list being the same.

use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use stepwell_wire::ApiError;

/// Statements that decide together.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub version: Version,
    pub statements: Vec<Statement>,
}

impl Document {
    /// Whether an answer of it depends on more than who asks to do what to which resource: on condition keys, which policy
    /// variables name as well.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        self.statements.iter().any(|statement| {
            let patterns = statement.resources.iter().flat_map(|resources| &resources.patterns);
            !statement.conditions.is_empty() || patterns.into_iter().any(|pattern| pattern.contains("${"))
        })
    }
}

/// The version of the language. Variables are variables from the second on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, which a document has that names none.
    V2008,
    /// `2012-10-17`.
    V2012,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub sid: Option<String>,
    pub effect: Effect,
    /// Of identity policies: none.
    pub principals: Option<Principals>,
    pub actions: Option<Selection>,
    /// Of trust policies: none.
    pub resources: Option<Selection>,
    pub conditions: Vec<Condition>,
}

/// Patterns, or (`Not…`) all but them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    pub not: bool,
    pub patterns: Vec<String>,
}

/// Who is meant, or (`NotPrincipal`) who isn't.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principals {
    pub not: bool,
    /// Kind and name, such as `AWS` and an ARN; `"*"` alone is `*` and `*`.
    pub named: Vec<(String, String)>,
}

/// One key under one operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// As it is written, prefix and suffix included.
    pub operator: String,
    pub key: String,
    pub values: Vec<String>,
}

/// How many documents a thread keeps: a trust policy has some KB at most, so they take a few MB.
const KEPT: usize = 256;

thread_local! {
    static KEEPER: RefCell<HashMap<Box<str>, Rc<Document>>> = RefCell::default();
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// `MalformedPolicyDocument`, in IAM's words.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let value: Value =
            serde_json::from_str(text).map_err(|_| malformed("This policy contains invalid Json"))?;
        Self::read(&value).ok_or_else(syntax_errors)
    }

    /// The same for a stored document that is asked again and again: each thread keeps the last [`KEPT`] that it read.
    ///
    /// # Errors
    /// `MalformedPolicyDocument`, in IAM's words.
    pub fn parse_kept(text: &str) -> Result<Rc<Self>, ApiError> {
        KEEPER.with_borrow_mut(|kept| {
            if let Some(document) = kept.get(text) {
                return Ok(document.clone());
            }
            let document = Rc::new(Self::parse(text)?);
            // Few roles are in use at a time; starting afresh is cheaper than knowing which was used last.
            if kept.len() == KEPT {
                kept.clear();
            }
            kept.insert(text.into(), document.clone());
            Ok(document)
        })
    }

    fn read(value: &Value) -> Option<Self> {
        let members = value.as_object()?;
        let known = |name: &String| matches!(name.as_str(), "Version" | "Id" | "Statement");
        if !members.keys().all(known) || !is_text_or_absent(members, "Id") {
            return None;
        }
        let version = match members.get("Version") {
            None => Version::V2008,
            Some(version) => match version.as_str()? {
                "2008-10-17" => Version::V2008,
                "2012-10-17" => Version::V2012,
                _ => return None,
            },
        };
        let statements = match members.get("Statement")? {
            Value::Array(statements) => statements.iter().map(Statement::read).collect::<Option<Vec<_>>>()?,
            statement => vec![Statement::read(statement)?],
        };
        Some(Self { version, statements }).filter(|document| !document.statements.is_empty())
    }
}

impl Statement {
    fn read(value: &Value) -> Option<Self> {
        let members = value.as_object()?;
        let known = |name: &String| ELEMENTS.contains(&name.as_str());
        if !members.keys().all(known) || !is_text_or_absent(members, "Sid") {
            return None;
        }
        Some(Self {
            sid: members.get("Sid").and_then(Value::as_str).map(str::to_owned),
            effect: match members.get("Effect")?.as_str()? {
                "Allow" => Effect::Allow,
                "Deny" => Effect::Deny,
                _ => return None,
            },
            principals: principals(members)?,
            actions: selection(members, "Action", "NotAction")?,
            resources: selection(members, "Resource", "NotResource")?,
            conditions: conditions(members)?,
        })
    }
}

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// One of two elements that exclude each other. The outer option is whether they can be read.
fn selection(members: &Map<String, Value>, plain: &str, not: &str) -> Option<Option<Selection>> {
    match (members.get(plain), members.get(not)) {
        (Some(_), Some(_)) => None,
        (Some(patterns), None) => Some(Some(Selection { not: false, patterns: texts(patterns)? })),
        (None, Some(patterns)) => Some(Some(Selection { not: true, patterns: texts(patterns)? })),
        (None, None) => Some(None),
    }
}

fn principals(members: &Map<String, Value>) -> Option<Option<Principals>> {
    let (not, value) = match (members.get("Principal"), members.get("NotPrincipal")) {
        (Some(_), Some(_)) => return None,
        (Some(value), None) => (false, value),
        (None, Some(value)) => (true, value),
        (None, None) => return Some(None),
    };
    let named = match value {
        Value::String(all) if all == "*" => vec![("*".to_owned(), "*".to_owned())],
        Value::Object(kinds) => {
            let mut named = Vec::new();
            for (kind, names) in kinds {
                named.extend(texts(names)?.into_iter().map(|name| (kind.clone(), name)));
            }
            named
        }
        _ => return None,
    };
    Some(Some(Principals { not, named }))
}

fn conditions(members: &Map<String, Value>) -> Option<Vec<Condition>> {
    let Some(operators) = members.get("Condition") else { return Some(Vec::new()) };
    let mut conditions = Vec::new();
    for (operator, keys) in operators.as_object()? {
        for (key, values) in keys.as_object()? {
            let values = scalars(values)?;
            conditions.push(Condition { operator: operator.clone(), key: key.clone(), values });
        }
    }
    Some(conditions)
}

/// A text, or a list of texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(values) => values.iter().map(|value| value.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// A text, a truth or a number, or a list of them, as texts.
fn scalars(value: &Value) -> Option<Vec<String>> {
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        Value::Array(values) => values.iter().map(scalar).collect(),
        value => scalar(value).map(|text| vec![text]),
    }
}

fn is_text_or_absent(members: &Map<String, Value>, name: &str) -> bool {
    members.get(name).is_none_or(Value::is_string)
}

/// A document that IAM doesn't take.
pub fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::bad_request("MalformedPolicyDocument", message)
}

pub fn syntax_errors() -> ApiError {
    malformed("Syntax errors in policy.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_the_text_says() {
        let text = |n: usize| {
            format!(r#"{{"Statement":{{"Sid":"s{n}","Effect":"Allow","Action":"a:b","Resource":"*"}}}}"#)
        };
        for n in (0..2 * KEPT + 1).chain([0, KEPT, KEPT]) {
            assert_eq!(*Document::parse_kept(&text(n)).unwrap(), Document::parse(&text(n)).unwrap());
            assert!(KEEPER.with_borrow(HashMap::len) <= KEPT);
        }
        let again = || Document::parse_kept(&text(KEPT)).unwrap();
        assert!(Rc::ptr_eq(&again(), &again()));
        assert!(Document::parse_kept("{").is_err());
    }

    #[test]
    fn a_single_value_is_a_list_of_one() {
        let document = Document::parse(
            r#"{"Version":"2012-10-17","Statement":{"Sid":"a","Effect":"Deny","Principal":{"AWS":["1","2"],"Service":"s"},
            "NotAction":"sqs:*","Resource":["*"],"Condition":{"Bool":{"aws:SecureTransport":true},"StringLike":{"k":["a","b"]}}}}"#,
        )
        .unwrap();
        let [statement] = &document.statements[..] else { panic!("one statement") };
        assert_eq!((document.version, statement.effect), (Version::V2012, Effect::Deny));
        assert_eq!(statement.actions, Some(Selection { not: true, patterns: vec!["sqs:*".to_owned()] }));
        let named = &statement.principals.as_ref().unwrap().named;
        assert_eq!(named.len(), 3);
        assert_eq!(statement.conditions[0].values, ["true"]);
        assert_eq!(statement.conditions[1].values, ["a", "b"]);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let invalid = "This policy contains invalid Json";
        let syntax = "Syntax errors in policy.";
        let deep = "[".repeat(100_000);
        let cases = [
            ("", invalid),
            ("{", invalid),
            (deep.as_str(), invalid),
            ("[]", syntax),
            ("{}", syntax),
            (r#"{"Statement":[]}"#, syntax),
            (r#"{"Statement":["a"]}"#, syntax),
            (r#"{"Version":"2020-01-01","Statement":[{"Effect":"Allow"}]}"#, syntax),
            (r#"{"Statement":[{"Effect":"allow"}]}"#, syntax),
            (r#"{"Statement":[{"Effect":"Allow","Color":"red"}]}"#, syntax),
            (r#"{"Statement":[{"Effect":"Allow","Action":"a","NotAction":"b"}]}"#, syntax),
            (r#"{"Statement":[{"Effect":"Allow","Action":[1]}]}"#, syntax),
            (r#"{"Statement":[{"Effect":"Allow","Principal":"me"}]}"#, syntax),
            (r#"{"Statement":[{"Effect":"Allow","Condition":{"Bool":"a"}}]}"#, syntax),
            (r#"{"Statement":[{"Effect":"Allow","Condition":{"Bool":{"a":{}}}}]}"#, syntax),
            (r#"{"Id":1,"Statement":[{"Effect":"Allow"}]}"#, syntax),
        ];
        for (text, message) in cases {
            assert_eq!(Document::parse(text).unwrap_err().message, message, "{text:.80}");
        }
    }
}
