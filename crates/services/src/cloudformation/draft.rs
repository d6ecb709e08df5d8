//! What a stack is to be, as CreateStack, UpdateStack and CreateChangeSet are told: checked, and made definite.

use super::deployment::{Deployment, template_text};
use super::errors::{self, validation};
use super::keys;
use super::model::{Configuration, Stack, Tag, stored};
use super::plan::Requester;
use super::template::{Given, Template, capabilities};
use crate::context::Context;
use crate::failure::Failure;
use crate::rows::Rows;
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_wire::ApiError;
use stepwell_wire::constraints::Constraints;

/// The longest template that stands in a request.
const MOST_BODY: usize = 51_200;
const MOST_TAGS: usize = 50;
const CAPABILITIES: [&str; 3] = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];

/// A parameter as a caller gives it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ParameterInput {
    #[serde(default)]
    pub parameter_key: String,
    pub parameter_value: Option<String>,
    #[serde(default)]
    pub use_previous_value: bool,
}

/// What the three operations have in common.
#[derive(Debug, Clone, Copy, Default)]
pub struct Draft<'a> {
    pub template_body: Option<&'a str>,
    pub template_url: Option<&'a str>,
    pub use_previous_template: bool,
    pub parameters: &'a [ParameterInput],
    pub capabilities: &'a [String],
    pub resource_types: &'a [String],
    pub role_arn: Option<&'a str>,
    pub notification_arns: Option<&'a [String]>,
    pub tags: Option<&'a [Tag]>,
}

/// A draft that can be deployed.
pub struct Prepared {
    pub deployment: Deployment,
    /// Its template has no number yet.
    pub configuration: Configuration,
    pub role_arn: Option<String>,
    text: String,
}

impl Draft<'_> {
    /// Adds what the model demands.
    pub fn constrain(&self, constraints: &mut Constraints) {
        constrain_template(constraints, self.template_body, self.template_url);
        if let Some(capability) =
            self.capabilities.iter().find(|capability| !CAPABILITIES.contains(&capability.as_str()))
        {
            constraints.one_of("capabilities.1.member", capability, &CAPABILITIES);
        }
        for (index, tag) in self.tags.unwrap_or_default().iter().enumerate() {
            constraints.length(&format!("tags.{}.member.key", index + 1), &tag.key, 1..=128);
            constraints.length(&format!("tags.{}.member.value", index + 1), &tag.value, 0..=256);
        }
        if let Some(role_arn) = self.role_arn {
            constraints.length("roleARN", role_arn, 20..=2048);
        }
    }

    /// Makes the draft definite for a stack, whose configuration of now has the previous values.
    ///
    /// # Errors
    /// AWS's, for whatever is wrong.
    pub fn prepare(&self, stack: &Stack, rows: &dyn Rows, context: &Context) -> Result<Prepared, Failure> {
        let previous = &stack.configuration;
        let text = self.text(stack, rows)?;
        let given = |parameter: &ParameterInput| Given {
            key: parameter.parameter_key.clone(),
            value: parameter.parameter_value.clone(),
            use_previous_value: parameter.use_previous_value,
        };
        let given: Vec<_> = self.parameters.iter().map(given).collect();
        let notification_arns =
            self.notification_arns.map_or_else(|| previous.notification_arns.clone(), <[String]>::to_vec);
        let pseudo = stack.pseudo_parameters(&notification_arns);
        let deployment = Deployment::new(&text, &given, previous, pseudo)?;
        capabilities::check(&deployment.template, self.capabilities)?;
        self.check_resource_types(&deployment.template)?;
        self.check_tags()?;
        deployment.check()?;
        let role_arn = self.role_arn.map(str::to_owned).or_else(|| stack.role_arn.clone());
        check_role(role_arn.as_deref(), stack, rows, context)?;
        let configuration = Configuration {
            template: None,
            description: deployment.template.description.clone(),
            parameters: stored(&deployment.parameters),
            capabilities: self.capabilities.to_vec(),
            tags: self.tags.map_or_else(|| previous.tags.clone(), <[Tag]>::to_vec),
            notification_arns,
        };
        Ok(Prepared { deployment, configuration, role_arn, text })
    }

    fn text(&self, stack: &Stack, rows: &dyn Rows) -> Result<String, Failure> {
        match (self.template_body, self.template_url, stack.configuration.template) {
            (Some(_), _, _) | (_, Some(_), _) if self.use_previous_template => {
                let text = "Template body or URL must not be specified together with UsePreviousTemplate.";
                Err(validation(text).into())
            }
            (None, None, Some(template)) if self.use_previous_template => {
                template_text(stack.id, template, rows)
            }
            (body, url, _) => given_template(body, url).map(str::to_owned).map_err(Failure::from),
        }
    }

    fn check_resource_types(&self, template: &Template) -> Result<(), ApiError> {
        if self.resource_types.is_empty() {
            return Ok(());
        }
        let allows = |pattern: &String, name: &str| match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => pattern == name,
        };
        let names = template.resources.values().map(|resource| resource.resource_type.as_str());
        let forbidden =
            names.into_iter().find(|name| !self.resource_types.iter().any(|pattern| allows(pattern, name)));
        match forbidden {
            Some(name) => Err(validation(format!(
                "Resource type {name} is not allowed by parameter ResourceTypes [{}]",
                self.resource_types.join(", ")
            ))),
            None => Ok(()),
        }
    }

    fn check_tags(&self) -> Result<(), ApiError> {
        let tags = self.tags.unwrap_or_default();
        if tags.len() > MOST_TAGS {
            return Err(validation(format!("Number of tags exceeds the limit of {MOST_TAGS}.")));
        }
        for (index, tag) in tags.iter().enumerate() {
            if tag.key.to_ascii_lowercase().starts_with("aws:") {
                return Err(validation("aws: prefixed tag key names are not allowed for external use."));
            }
            if tags[..index].iter().any(|other| other.key == tag.key) {
                return Err(validation(format!("Duplicate tag keys found: {}", tag.key)));
            }
        }
        Ok(())
    }
}

impl Prepared {
    /// Writes the template under a number of its own.
    pub fn store(&mut self, stack: u64, tx: &mut Tx) {
        let number = tx.next_sequence();
        tx.put(&keys::template(stack, number), &self.text);
        self.configuration.template = Some(number);
    }
}

/// Refuses a role that CloudFormation can't take on for this stack.
///
/// # Errors
/// AWS's.
pub fn check_role(
    role_arn: Option<&str>,
    stack: &Stack,
    rows: &dyn Rows,
    context: &Context,
) -> Result<(), Failure> {
    let Some(role_arn) = role_arn else { return Ok(()) };
    match Requester::of(context, Some(role_arn)).maker(&stack.arn(), rows, context)? {
        Ok(_) => Ok(()),
        Err(_) => Err(errors::bad_role(role_arn).into()),
    }
}

/// Adds what the model demands of a template that is given.
pub fn constrain_template(constraints: &mut Constraints, body: Option<&str>, url: Option<&str>) {
    if let Some(body) = body {
        constraints.length("templateBody", body, 1..=MOST_BODY);
    }
    if let Some(url) = url {
        constraints.length("templateURL", url, 1..=5120);
    }
}

/// The text of a template that is given. There is no S3 here that it could be taken from.
///
/// # Errors
/// AWS's.
pub fn given_template<'a>(body: Option<&'a str>, url: Option<&str>) -> Result<&'a str, ApiError> {
    match (body, url) {
        (Some(body), None) => Ok(body),
        (None, Some(url)) => Err(no_such_url(url)),
        _ => Err(validation("Either Template URL or Template Body must be specified.")),
    }
}

fn no_such_url(url: &str) -> ApiError {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = host.and_then(|rest| rest.split(['/', ':', '?']).next()).filter(|host| host.contains('.'));
    match host {
        None => validation("TemplateURL must be a supported URL."),
        Some(host) if host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn") => {
            validation("S3 error: The specified bucket does not exist")
        }
        Some(host) => {
            let bucket = host.split('.').next().unwrap_or_default();
            validation(format!("S3 error: Domain name specified in {bucket} is not a valid S3 domain"))
        }
    }
}
