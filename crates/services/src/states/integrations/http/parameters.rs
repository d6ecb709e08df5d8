//! The parameters of an HTTP task, read and checked: all that is wrong is said at once.

use super::form::ArrayFormat;
use serde_json::{Map, Value};

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"];

pub struct Parameters {
    pub endpoint: String,
    pub method: String,
    pub connection_arn: String,
    pub headers: Vec<(String, String)>,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    /// How the body is written as a form, where it is one.
    pub form: Option<ArrayFormat>,
}

impl Parameters {
    /// # Errors
    /// What is missing or has the wrong form.
    pub fn read(given: &Value) -> Result<Self, Vec<String>> {
        let mut reasons = Vec::new();
        let endpoint = text(given, "ApiEndpoint", &mut reasons);
        if !endpoint.is_empty() && !is_url(&endpoint) {
            reasons.push(invalid("ApiEndpoint"));
        }
        let method = text(given, "Method", &mut reasons);
        if !method.is_empty() && !METHODS.contains(&method.as_str()) {
            reasons.push(invalid("Method"));
        }
        let connection_arn = connection(given, &mut reasons);
        let headers = pairs(given.get("Headers"), "Headers", &mut reasons);
        let query = pairs(given.get("QueryParameters"), "QueryParameters", &mut reasons);
        let form = form(given.get("Transform"), &mut reasons);
        let body = given.get("RequestBody").filter(|body| !body.is_null()).cloned();
        match reasons.is_empty() {
            true => Ok(Self { endpoint, method, connection_arn, headers, query, body, form }),
            false => Err(reasons),
        }
    }
}

fn missing(name: &str) -> String {
    format!("The field '{name}' is required but was missing")
}

fn invalid(name: &str) -> String {
    format!("The value of the field '{name}' has an invalid format")
}

fn text(given: &Value, name: &str, reasons: &mut Vec<String>) -> String {
    match given.get(name) {
        Some(Value::String(text)) if !text.is_empty() => text.clone(),
        None => {
            reasons.push(missing(name));
            String::new()
        }
        Some(_) => {
            reasons.push(invalid(name));
            String::new()
        }
    }
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with('/') && !text.contains(|letter: char| letter.is_whitespace())
    })
}

/// `Authentication` and `InvocationConfig` are two names for one thing.
fn connection(given: &Value, reasons: &mut Vec<String>) -> String {
    let found = ["Authentication", "InvocationConfig"].iter().find_map(|name| given.get(*name));
    match found.map(|found| found.get("ConnectionArn")) {
        None => reasons.push(missing("Authentication")),
        Some(None) => reasons.push(missing("ConnectionArn")),
        Some(Some(Value::String(arn))) => return arn.clone(),
        Some(Some(_)) => reasons.push(invalid("ConnectionArn")),
    }
    String::new()
}

/// A member's values: one, or several in a list.
fn pairs(given: Option<&Value>, name: &str, reasons: &mut Vec<String>) -> Vec<(String, String)> {
    let none = Map::new();
    let members = match given {
        None | Some(Value::Null) => &none,
        Some(Value::Object(members)) => members,
        Some(_) => {
            reasons.push(invalid(name));
            &none
        }
    };
    let mut pairs = Vec::new();
    for (key, value) in members {
        let values = match value {
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        for value in values {
            match scalar(value) {
                Some(text) => pairs.push((key.clone(), text)),
                None => reasons.push(invalid(name)),
            }
        }
    }
    pairs
}

/// A text, a number or a truth value as text.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn form(transform: Option<&Value>, reasons: &mut Vec<String>) -> Option<ArrayFormat> {
    let transform = transform?;
    let member = |name: &str| transform.get(name).and_then(Value::as_str);
    match member("RequestBodyEncoding") {
        None | Some("NONE") => None,
        Some("URL_ENCODED") => {
            let options = transform.get("RequestEncodingOptions");
            let format = options.and_then(|options| options.get("ArrayFormat")).and_then(Value::as_str);
            let format = ArrayFormat::of(format.unwrap_or("INDICES"));
            if format.is_none() {
                reasons.push(invalid("ArrayFormat"));
            }
            format
        }
        Some(_) => {
            reasons.push(invalid("RequestBodyEncoding"));
            None
        }
    }
}
