//! How a caller may name a function: by name, partial or full ARN, each with a qualifier or without; and the qualifier beside it.

use crate::context::Context;
use crate::keys::Scope;
use crate::lambda::{errors, model};
use stepwell_wire::arn::{Arn, is_account_id};
use stepwell_wire::constraints::{Constraints, Pattern};
use stepwell_wire::{ApiError, Service};

/// Of operations that make or change a function.
static PLAIN: Pattern = Pattern::new(
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?",
);
/// Of operations that look at it or run it.
static NAMESPACED: Pattern = Pattern::new(
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
);
static QUALIFIER: Pattern = Pattern::new(r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+");
static REGION: Pattern = Pattern::new(r"(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}");

/// Which of AWS's two shapes a member has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Plain,
    Namespaced,
}

/// Adds what the model demands of a function's name.
pub fn check_name(constraints: &mut Constraints, name: &str, shape: Shape) {
    let (pattern, most) = match shape {
        Shape::Plain => (&PLAIN, 140),
        Shape::Namespaced => (&NAMESPACED, 256),
    };
    constraints.length("functionName", name, 1..=most).pattern("functionName", name, pattern);
}

/// Adds what the model demands of a qualifier.
pub fn check_qualifier(constraints: &mut Constraints, qualifier: Option<&str>) {
    if let Some(qualifier) = qualifier {
        constraints.length("qualifier", qualifier, 1..=128).pattern("qualifier", qualifier, &QUALIFIER);
    }
}

/// A function as a caller named it, in the caller's account and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionName {
    pub scope: Scope,
    pub name: String,
    pub qualifier: Option<String>,
}

impl FunctionName {
    /// Checks the members of an operation that has no other constraints, and reads them.
    ///
    /// # Errors
    /// `ValidationException` and those of [`FunctionName::read`].
    pub fn checked(
        name: &str,
        qualifier: Option<&str>,
        shape: Shape,
        operation: &str,
        context: &Context,
    ) -> Result<Self, ApiError> {
        let mut constraints = Constraints::new(Service::Lambda);
        check_name(&mut constraints, name, shape);
        check_qualifier(&mut constraints, qualifier);
        constraints.finish()?;
        Self::read(name, qualifier, operation, context)
    }

    /// Reads a name that satisfies its constraints.
    ///
    /// # Errors
    /// For another region or account, and for two qualifiers that differ.
    pub fn read(
        name: &str,
        qualifier: Option<&str>,
        operation: &str,
        context: &Context,
    ) -> Result<Self, ApiError> {
        let parts = Parts::of(name);
        let own = context.scope().clone();
        if let Some(region) = parts.region.filter(|region| **region != *own.region) {
            return Err(errors::not_found(format!(
                "Functions from '{region}' are not reachable in this region ('{}')",
                own.region
            )));
        }
        if let Some(account) = parts.account.filter(|account| **account != *own.account) {
            return Err(access_denied(operation, &Scope::new(account, &own.region), &parts, context));
        }
        if let (Some(derived), Some(qualifier)) = (parts.qualifier, qualifier)
            && derived != qualifier
        {
            return Err(errors::invalid_parameter(
                "The derived qualifier from the function name does not match the specified qualifier.",
            ));
        }
        let qualifier = parts.qualifier.or(qualifier).map(str::to_owned);
        Ok(Self { scope: own, name: parts.name.to_owned(), qualifier })
    }

    /// The function of a full ARN, in whatever account and region.
    #[must_use]
    pub fn of_arn(arn: &str) -> Option<Self> {
        let parsed = Arn::parse(arn).filter(|arn| arn.service == "lambda")?;
        let (name, qualifier) = match *parsed.resource.split(':').collect::<Vec<_>>() {
            ["function", name] => (name, None),
            ["function", name, qualifier] => (name, Some(qualifier.to_owned())),
            _ => return None,
        };
        let scope = Scope::new(&parsed.account, &parsed.region);
        Some(Self { scope, name: name.to_owned(), qualifier })
    }

    /// The ARN as it was named, with the qualifier if there was one.
    #[must_use]
    pub fn arn(&self) -> String {
        model::arn(&self.scope, &self.name, self.qualifier.as_deref())
    }

    /// The ARN without qualifier.
    #[must_use]
    pub fn plain_arn(&self) -> String {
        model::arn(&self.scope, &self.name, None)
    }

    /// `Function not found`, with the ARN as it was named.
    #[must_use]
    pub fn not_found(&self) -> ApiError {
        errors::function_not_found(&self.arn())
    }
}

/// The parts of a name.
#[derive(Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    pub region: Option<&'a str>,
    pub account: Option<&'a str>,
    pub name: &'a str,
    pub qualifier: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Every part is optional but the name, as in the pattern; the first that can be a region or an account is one.
    #[must_use]
    pub fn of(name: &'a str) -> Self {
        let mut rest = name;
        if name.starts_with("arn:")
            && let Some((_, behind)) = name.split_once(":lambda:")
        {
            rest = behind;
        }
        let mut take = |is: &dyn Fn(&str) -> bool| match rest.split_once(':') {
            Some((head, tail)) if is(head) => {
                rest = tail;
                Some(head)
            }
            _ => None,
        };
        let region = take(&|head| REGION.matches(head));
        let account = take(&is_account_id);
        take(&|head| head == "function");
        match rest.split_once(':') {
            Some((name, qualifier)) => Self { region, account, name, qualifier: Some(qualifier) },
            None => Self { region, account, name: rest, qualifier: None },
        }
    }
}

fn access_denied(operation: &str, scope: &Scope, parts: &Parts, context: &Context) -> ApiError {
    let arn = model::arn(scope, parts.name, parts.qualifier);
    let text = format!(
        "User: {} is not authorized to perform: lambda:{operation} on resource: {arn} because no resource-based policy allows the lambda:{operation} action",
        context.request.caller.arn
    );
    ApiError::access_denied(Service::Lambda, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_in_all_its_forms() {
        let cases = [
            ("f", (None, None, "f", None)),
            ("f:1", (None, None, "f", Some("1"))),
            ("function:f:live", (None, None, "f", Some("live"))),
            ("123456789012:function:f", (None, Some("123456789012"), "f", None)),
            ("123456789012:f:1", (None, Some("123456789012"), "f", Some("1"))),
            ("us-east-1:123456789012:function:f", (Some("us-east-1"), Some("123456789012"), "f", None)),
            (
                "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST",
                (Some("us-east-1"), Some("123456789012"), "f", Some("$LATEST")),
            ),
        ];
        for (text, (region, account, name, qualifier)) in cases {
            assert!(PLAIN.matches(text), "{text}");
            assert_eq!(Parts::of(text), Parts { region, account, name, qualifier }, "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "*", "a b", "f:1:2", "arn:aws:sqs:us-east-1:123456789012:q", "f:$latest", "f\n", "é"]
        {
            assert!(!PLAIN.matches(text) && !NAMESPACED.matches(text), "{text}");
        }
    }
}
