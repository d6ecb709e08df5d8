//! The values of a template's parameters: given, taken over from the last time, or the default; checked and typed.

use super::fault::{Fault, TemplateError};
use super::parameters::{Declaration, Kind, decimal};
use fancy_regex::RegexBuilder;
use indexmap::IndexMap;
use serde_json::Value;

/// Steps that a pattern may take on one value before it is called too complex.
const PATTERN_STEPS: usize = 100_000;
/// Bytes that a compiled pattern may take.
const PATTERN_BYTES: usize = 1 << 20;

/// A parameter as a caller gives it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    pub key: String,
    pub value: Option<String>,
    pub use_previous_value: bool,
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// As given; what DescribeStacks shows, unless [`Bound::no_echo`].
    pub text: String,
    /// What `Ref` means: a text, or a list of texts.
    pub value: Value,
    pub no_echo: bool,
}

impl Bound {
    /// The text for other eyes.
    #[must_use]
    pub fn shown(&self) -> &str {
        if self.no_echo { "****" } else { &self.text }
    }
}

/// The values of all parameters of a template, in its order.
pub type Parameters = IndexMap<String, Bound>;

/// Finds the value of each declared parameter. `previous` has the values of the stack's last operation.
///
/// # Errors
/// AWS's errors for unknown, missing and unfit values.
pub fn bind(
    declarations: &IndexMap<String, Declaration>,
    given: &[Given],
    previous: &dyn Fn(&str) -> Option<String>,
) -> Result<Parameters, TemplateError> {
    let given = by_key(declarations, given)?;
    let mut bound = Parameters::new();
    let mut missing = Vec::new();
    for (name, declaration) in declarations {
        let text = match given.get(name.as_str()) {
            Some(Given { use_previous_value: true, .. }) => previous(name),
            Some(Given { value: Some(value), .. }) => Some(value.clone()),
            Some(Given { value: None, .. }) | None => declaration.default.clone(),
        };
        match text {
            Some(text) => {
                bound.insert(name.clone(), value_of(name, declaration, text)?);
            }
            None => missing.push(name.clone()),
        }
    }
    if missing.is_empty() { Ok(bound) } else { Err(Fault::ParametersWithoutValue(missing).into()) }
}

fn by_key<'g>(
    declarations: &IndexMap<String, Declaration>,
    given: &'g [Given],
) -> Result<IndexMap<&'g str, &'g Given>, TemplateError> {
    if declarations.is_empty() && !given.is_empty() {
        return Err(Fault::NoParametersExpected.into());
    }
    let mut by_key = IndexMap::new();
    for parameter in given {
        if by_key.insert(parameter.key.as_str(), parameter).is_some() {
            return Err(Fault::DuplicateParameter(parameter.key.clone()).into());
        }
        if parameter.use_previous_value && parameter.value.as_ref().is_some_and(|value| !value.is_empty()) {
            return Err(Fault::PreviousAndValue(parameter.key.clone()).into());
        }
    }
    let unknown: Vec<_> =
        by_key.keys().filter(|key| !declarations.contains_key(**key)).map(|key| (*key).to_owned()).collect();
    if unknown.is_empty() { Ok(by_key) } else { Err(Fault::UnknownParameters(unknown).into()) }
}

fn value_of(name: &str, declaration: &Declaration, text: String) -> Result<Bound, TemplateError> {
    if declaration.kind == Kind::Store {
        let kind = declaration.type_name.clone();
        return Err(Fault::ParameterStore { name: name.to_owned(), kind }.at(declaration.place));
    }
    let value = if declaration.kind.is_list() {
        let items: Vec<_> = text.split(',').map(|item| item.trim().to_owned()).collect();
        items.iter().try_for_each(|item| check(name, declaration, item))?;
        Value::from(items)
    } else {
        check(name, declaration, &text)?;
        Value::from(text.clone())
    };
    Ok(Bound { text, value, no_echo: declaration.no_echo })
}

fn check(name: &str, declaration: &Declaration, value: &str) -> Result<(), TemplateError> {
    let Some(rule) = broken_rule(name, declaration, value)? else { return Ok(()) };
    let name = name.to_owned();
    Err(match &declaration.constraint_description {
        Some(description) => Fault::ParameterConstraint { name, description: description.clone() }.into(),
        None => Fault::ParameterValue { name, rule }.into(),
    })
}

/// The first constraint that a value breaks, in AWS's words.
fn broken_rule(name: &str, declaration: &Declaration, value: &str) -> Result<Option<String>, TemplateError> {
    let allowed = &declaration.allowed_values;
    if !allowed.is_empty() && !allowed.iter().any(|allowed| allowed == value) {
        return Ok(Some("must be one of AllowedValues".to_owned()));
    }
    if declaration.kind.is_number() {
        return Ok(broken_number_rule(declaration, value));
    }
    #[expect(clippy::cast_precision_loss, reason = "a text is shorter than 2^52 characters")]
    let length = value.chars().count() as f64;
    if let Some(least) = declaration.min_length.filter(|least| length < *least) {
        return Ok(Some(format!("must contain at least {least} characters")));
    }
    if let Some(most) = declaration.max_length.filter(|most| length > *most) {
        return Ok(Some(format!("must contain at most {most} characters")));
    }
    match &declaration.allowed_pattern {
        Some(pattern) => broken_pattern(name, pattern, value),
        None => Ok(None),
    }
}

fn broken_number_rule(declaration: &Declaration, value: &str) -> Option<String> {
    let Some(number) = decimal(value) else { return Some("must be a number.".to_owned()) };
    if let Some(least) = declaration.min_value.filter(|least| number < *least) {
        return Some(format!("must be a number not less than {least}"));
    }
    declaration
        .max_value
        .filter(|most| number > *most)
        .map(|most| format!("must be a number not greater than {most}"))
}

/// The pattern has to match the whole value. It is anyone's, so its size and its steps are bounded.
fn broken_pattern(name: &str, pattern: &str, value: &str) -> Result<Option<String>, TemplateError> {
    let compiled = RegexBuilder::new(&format!(r"\A(?:{pattern})\z"))
        .backtrack_limit(PATTERN_STEPS)
        .delegate_size_limit(PATTERN_BYTES)
        .build()
        .map_err(|_| Fault::PatternInvalid(name.to_owned()))?;
    match compiled.is_match(value) {
        Ok(true) => Ok(None),
        Ok(false) => Ok(Some(format!("must match pattern {pattern}"))),
        Err(_) => Err(Fault::PatternTooComplex(name.to_owned()).into()),
    }
}
