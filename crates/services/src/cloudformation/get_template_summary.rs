//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplateSummary.html>

use super::deployment::template_text;
use super::draft::{constrain_template, given_template};
use super::resources;
use super::status::StackStatus;
use super::template::{ParameterSummary, Template};
use super::{errors, find};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTemplateSummary {
    pub template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    pub template_url: Option<String>,
    pub stack_name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTemplateSummaryOutput {
    pub parameters: Vec<ParameterDeclaration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities_reason: Option<String>,
    pub resource_types: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub declared_transforms: Vec<String>,
    pub resource_identifier_summaries: Vec<ResourceIdentifierSummary>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ParameterDeclaration {
    pub parameter_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    pub parameter_type: String,
    pub no_echo: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub parameter_constraints: ParameterConstraints,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ParameterConstraints {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_values: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResourceIdentifierSummary {
    pub resource_type: String,
    pub logical_resource_ids: Vec<String>,
}

impl Read for GetTemplateSummary {
    const NAME: &'static str = "GetTemplateSummary";
    type Output = GetTemplateSummaryOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<GetTemplateSummaryOutput, Failure> {
        let mut constraints = find::constraints();
        if let Some(name) = &self.stack_name {
            find::constrain_name(&mut constraints, name);
        }
        constrain_template(&mut constraints, self.template_body.as_deref(), self.template_url.as_deref());
        constraints.finish()?;
        let template = Template::parse(&self.text(rows, context)?)?;
        template.refuse_unknown_types(&resources::is_known)?;
        let summary = template.summary();
        let by_type = summary.resources_by_type.into_iter();
        Ok(GetTemplateSummaryOutput {
            parameters: summary.parameters.into_iter().map(declaration).collect(),
            description: summary.description,
            capabilities: summary.capabilities,
            capabilities_reason: summary.capabilities_reason,
            resource_types: summary.resource_types,
            version: summary.version,
            metadata: summary.metadata,
            declared_transforms: summary.declared_transforms,
            resource_identifier_summaries: by_type
                .map(|(resource_type, logical_resource_ids)| ResourceIdentifierSummary {
                    resource_type,
                    logical_resource_ids,
                })
                .collect(),
        })
    }
}

impl GetTemplateSummary {
    fn text(&self, rows: &dyn Rows, context: &Context) -> Result<String, Failure> {
        let Some(name) = self.stack_name.as_deref() else {
            let text = given_template(self.template_body.as_deref(), self.template_url.as_deref())?;
            return Ok(text.to_owned());
        };
        let stack = find::stack(name, rows, context)?.ok_or_else(|| errors::no_stack_with_id(name))?;
        match stack.configuration.template {
            Some(template) if stack.status != StackStatus::ReviewInProgress => {
                template_text(stack.id, template, rows)
            }
            _ => {
                let text = "GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.";
                Err(errors::validation(text).into())
            }
        }
    }
}

fn declaration(summary: ParameterSummary) -> ParameterDeclaration {
    ParameterDeclaration {
        parameter_key: summary.key,
        default_value: summary.default,
        parameter_type: summary.parameter_type,
        no_echo: summary.no_echo,
        description: summary.description,
        parameter_constraints: ParameterConstraints { allowed_values: summary.allowed_values },
    }
}
