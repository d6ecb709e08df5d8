//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::{Family, KeyReader};
use crate::lambda::event_invoke_config::EventInvoke;
use crate::lambda::event_invoke_shapes::FunctionEventInvokeConfig;
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::model::Function;
use crate::lambda::page::Page;
use crate::lambda::settings::constraints;
use crate::lambda::{errors, keys};
use crate::operation::Read;
use crate::rows::{Rows, RowsExt};
use serde::{Deserialize, Serialize};

/// AWS gives so many where the caller doesn't say.
const DEFAULT: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionEventInvokeConfigs {
    pub function_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionEventInvokeConfigsOutput {
    pub function_event_invoke_configs: Vec<FunctionEventInvokeConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

impl Read for ListFunctionEventInvokeConfigs {
    const NAME: &'static str = "ListFunctionEventInvokeConfigs";
    type Output = ListFunctionEventInvokeConfigsOutput;

    fn read(
        &self,
        rows: &dyn Rows,
        context: &mut Context,
    ) -> Result<ListFunctionEventInvokeConfigsOutput, Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Namespaced);
        let page = Page::new(self.marker.as_deref(), self.max_items, DEFAULT, &mut constraints);
        constraints.finish()?;
        let name = FunctionName::read(&self.function_name, None, Self::NAME, context)?;
        let function = Function::by_name(&name.scope, &name.name, rows)?
            .ok_or_else(|| errors::not_found("The function doesn't exist."))?;
        let mut configs = Vec::new();
        for (key, config) in rows.rows::<EventInvoke>(&keys::event_invoke_configs(function.id), usize::MAX)? {
            let mut reader = KeyReader::new(&key, Family::EventInvokeConfig)?;
            reader.number()?;
            configs.push(FunctionEventInvokeConfig::new(&function, &reader.text()?, &config));
        }
        let (configs, next_marker) = page.cut(configs, |config| config.function_arn.clone());
        Ok(ListFunctionEventInvokeConfigsOutput { function_event_invoke_configs: configs, next_marker })
    }
}
