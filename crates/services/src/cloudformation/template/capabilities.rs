//! Which capabilities a caller has to acknowledge before a template may be deployed.

use super::fault::{Fault, TemplateError};
use super::resource::Resource;
use super::sections::Template;

pub const IAM: &str = "CAPABILITY_IAM";
pub const NAMED_IAM: &str = "CAPABILITY_NAMED_IAM";
pub const AUTO_EXPAND: &str = "CAPABILITY_AUTO_EXPAND";

/// The types that change who may do what, each with the property that names it.
const IAM_TYPES: [(&str, Option<&str>); 8] = [
    ("AWS::IAM::AccessKey", None),
    ("AWS::IAM::Group", Some("GroupName")),
    ("AWS::IAM::InstanceProfile", Some("InstanceProfileName")),
    ("AWS::IAM::ManagedPolicy", Some("ManagedPolicyName")),
    ("AWS::IAM::Policy", None),
    ("AWS::IAM::Role", Some("RoleName")),
    ("AWS::IAM::User", Some("UserName")),
    ("AWS::IAM::UserToGroupAddition", None),
];

/// What a template needs acknowledged, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needed {
    pub capabilities: Vec<&'static str>,
    pub reason: Option<String>,
}

/// The capabilities that a template needs.
#[must_use]
pub fn needed(template: &Template) -> Needed {
    let mut capabilities = Vec::new();
    let mut because: Vec<&str> = Vec::new();
    for resource in template.resources.values() {
        let Some((name, custom_name)) = IAM_TYPES.iter().find(|(name, _)| *name == resource.resource_type)
        else {
            continue;
        };
        if !because.contains(name) {
            because.push(name);
        }
        capabilities.push(if custom_name.is_some_and(|property| has(resource, property)) {
            NAMED_IAM
        } else {
            IAM
        });
    }
    if capabilities.contains(&NAMED_IAM) {
        capabilities = vec![NAMED_IAM];
    }
    capabilities.truncate(1);
    if !template.transforms.is_empty() {
        capabilities.push(AUTO_EXPAND);
    }
    let reason = match (because.is_empty(), template.transforms.is_empty()) {
        (false, _) => {
            Some(format!("The following resource(s) require capabilities: [{}]", because.join(", ")))
        }
        (true, false) => Some(format!(
            "The following transform(s) require capabilities: [{}]",
            template.transforms.join(", ")
        )),
        (true, true) => None,
    };
    Needed { capabilities, reason }
}

fn has(resource: &Resource, property: &str) -> bool {
    resource
        .properties
        .as_ref()
        .and_then(|node| node.as_map())
        .is_some_and(|members| members.contains_key(property))
}

/// Refuses a template whose needs weren't acknowledged. The named capability includes the other.
///
/// # Errors
/// All that is missing.
pub fn check<S: AsRef<str>>(template: &Template, given: &[S]) -> Result<(), TemplateError> {
    let is_given = |capability: &str| given.iter().any(|given| given.as_ref() == capability);
    let missing: Vec<_> = needed(template)
        .capabilities
        .into_iter()
        .filter(|capability| !(is_given(capability) || (*capability == IAM && is_given(NAMED_IAM))))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(Fault::InsufficientCapabilities { missing }.into()) }
}
