//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html>
//!
//! Exactly as it was submitted: there are no transforms, so both stages are the same.

use super::deployment::template_text;
use super::{change_set, errors, find};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTemplate {
    pub stack_name: Option<String>,
    pub change_set_name: Option<String>,
    pub template_stage: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTemplateOutput {
    pub template_body: String,
    pub stages_available: [&'static str; 2],
}

impl Read for GetTemplate {
    const NAME: &'static str = "GetTemplate";
    type Output = GetTemplateOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<GetTemplateOutput, Failure> {
        let mut constraints = find::constraints();
        if let Some(name) = &self.stack_name {
            find::constrain_name(&mut constraints, name);
        }
        if let Some(name) = &self.change_set_name {
            find::constrain_change_set(&mut constraints, name);
        }
        if let Some(stage) = &self.template_stage {
            constraints.one_of("templateStage", stage, &["Original", "Processed"]);
        }
        constraints.finish()?;
        let no_name = "StackName is required if ChangeSetName is not specified.";
        let (stack, template) = match (&self.change_set_name, &self.stack_name) {
            (Some(name), stack) => {
                let (stack, found) = change_set::find(name, stack.as_deref(), no_name, rows, context)?;
                (stack.id, found.configuration.template)
            }
            (None, Some(name)) => {
                let stack = find::stack(name, rows, context)?;
                let stack = stack.ok_or_else(|| errors::no_stack_with_id(name))?;
                (stack.id, stack.configuration.template)
            }
            (None, None) => return Err(errors::validation(no_name).into()),
        };
        let template_body = match template {
            Some(template) => template_text(stack, template, rows)?,
            // A stack under review has none yet.
            None => String::new(),
        };
        Ok(GetTemplateOutput { template_body, stages_available: ["Original", "Processed"] })
    }
}
