//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html>

use super::draft::{constrain_template, given_template};
use super::template::Template;
use super::{find, resources};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ValidateTemplate {
    pub template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    pub template_url: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ValidateTemplateOutput {
    pub parameters: Vec<TemplateParameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities_reason: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub declared_transforms: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TemplateParameter {
    pub parameter_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    pub no_echo: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Read for ValidateTemplate {
    const NAME: &'static str = "ValidateTemplate";
    type Output = ValidateTemplateOutput;

    fn read(&self, _: &dyn Rows, _: &mut Context) -> Result<ValidateTemplateOutput, Failure> {
        let (body, url) = (self.template_body.as_deref(), self.template_url.as_deref());
        let mut constraints = find::constraints();
        constrain_template(&mut constraints, body, url);
        constraints.finish()?;
        let template = Template::parse(given_template(body, url)?)?;
        template.refuse_unknown_types(&resources::is_known)?;
        let summary = template.summary();
        let parameters = summary.parameters.into_iter().map(|parameter| TemplateParameter {
            parameter_key: parameter.key,
            default_value: parameter.default,
            no_echo: parameter.no_echo,
            description: parameter.description,
        });
        Ok(ValidateTemplateOutput {
            parameters: parameters.collect(),
            description: summary.description,
            capabilities: summary.capabilities,
            capabilities_reason: summary.capabilities_reason,
            declared_transforms: summary.declared_transforms,
        })
    }
}
