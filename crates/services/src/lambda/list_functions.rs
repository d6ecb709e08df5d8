//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::function_configuration::FunctionConfiguration;
use crate::lambda::keys;
use crate::lambda::list_versions_by_function::versions;
use crate::lambda::model::Function;
use crate::lambda::page::Page;
use crate::lambda::settings::constraints;
use crate::operation::Read;
use crate::rows::{Rows, RowsExt};
use serde::{Deserialize, Serialize};

/// AWS gives so many where the caller doesn't say.
const DEFAULT: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctions {
    pub function_version: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionsOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    pub functions: Vec<FunctionConfiguration>,
}

impl Read for ListFunctions {
    const NAME: &'static str = "ListFunctions";
    type Output = ListFunctionsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListFunctionsOutput, Failure> {
        let mut constraints = constraints();
        if let Some(version) = &self.function_version {
            constraints.one_of("functionVersion", version, &["ALL"]);
        }
        let page = Page::new(self.marker.as_deref(), self.max_items, DEFAULT, &mut constraints);
        constraints.finish()?;
        let functions = rows.rows::<Function>(&keys::functions(context.scope()), usize::MAX)?;
        let (functions, next_marker) = page.cut(functions, |(_, function)| function.name.clone());
        let mut shown = Vec::new();
        for (_, function) in functions {
            if self.function_version.is_some() {
                for version in versions(&function, rows)? {
                    shown.push(FunctionConfiguration::listed(&function, &version, Some(&version.name())));
                }
            } else {
                shown.push(FunctionConfiguration::listed(&function, &function.latest(rows)?, None));
            }
        }
        Ok(ListFunctionsOutput { next_marker, functions: shown })
    }
}
