//! What ValidateTemplate and GetTemplateSummary say of a template.

use super::capabilities::{Needed, needed};
use super::node::{Content, Node, number_text};
use super::parameters::Declaration;
use super::parse::Format;
use super::sections::Template;
use indexmap::IndexMap;

/// A parameter, as a caller has to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSummary {
    pub key: String,
    pub default: Option<String>,
    pub parameter_type: String,
    pub no_echo: bool,
    pub description: Option<String>,
    pub allowed_values: Vec<String>,
}

/// A template in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub parameters: Vec<ParameterSummary>,
    pub description: Option<String>,
    pub capabilities: Vec<&'static str>,
    pub capabilities_reason: Option<String>,
    pub resource_types: Vec<String>,
    pub version: Option<String>,
    /// The Metadata section as a text.
    pub metadata: Option<String>,
    pub declared_transforms: Vec<String>,
    /// The logical ids of each type.
    pub resources_by_type: IndexMap<String, Vec<String>>,
}

impl Template {
    /// What a template asks for and holds.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let Needed { capabilities, reason } = needed(self);
        let mut resources_by_type: IndexMap<String, Vec<String>> = IndexMap::new();
        for (name, resource) in &self.resources {
            resources_by_type.entry(resource.resource_type.clone()).or_default().push(name.clone());
        }
        Summary {
            parameters: self
                .parameters
                .iter()
                .map(|(key, declaration)| parameter(key, declaration))
                .collect(),
            description: self.description.clone(),
            capabilities,
            capabilities_reason: reason,
            resource_types: resources_by_type.keys().cloned().collect(),
            version: self.version.clone(),
            metadata: self.metadata.as_ref().map(|node| metadata(self.format, node)),
            declared_transforms: self.transforms.clone(),
            resources_by_type,
        }
    }
}

fn parameter(key: &str, declaration: &Declaration) -> ParameterSummary {
    ParameterSummary {
        key: key.to_owned(),
        default: declaration.default.clone(),
        parameter_type: declaration.type_name.clone(),
        no_echo: declaration.no_echo,
        description: declaration.description.clone(),
        allowed_values: declaration.allowed_values.clone(),
    }
}

/// The metadata of a JSON template is JSON. That of a YAML template is YAML in flow style with every text in single
/// quotes; so it was observed.
fn metadata(format: Format, node: &Node) -> String {
    match format {
        Format::Json => node.to_json().to_string(),
        Format::Yaml => flow(node),
    }
}

fn flow(node: &Node) -> String {
    match &node.content {
        Content::Null => "null".to_owned(),
        Content::Bool(value, _) => value.to_string(),
        Content::Number(number) => number_text(number),
        Content::Text(text) => quoted(text),
        Content::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Content::Map(members) => {
            let members: Vec<_> =
                members.iter().map(|(key, member)| format!("{}: {}", quoted(key), flow(member))).collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
