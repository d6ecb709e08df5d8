//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::function_configuration::FunctionConfiguration;
use crate::lambda::function_name::{FunctionName, Shape, check_name};
use crate::lambda::model::{Function, Version};
use crate::lambda::page::Page;
use crate::lambda::settings::constraints;
use crate::lambda::{find, keys};
use crate::operation::Read;
use crate::row;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;

/// AWS gives so many where the caller doesn't say.
const DEFAULT: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListVersionsByFunction {
    pub function_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListVersionsByFunctionOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    pub versions: Vec<FunctionConfiguration>,
}

impl Read for ListVersionsByFunction {
    const NAME: &'static str = "ListVersionsByFunction";
    type Output = ListVersionsByFunctionOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListVersionsByFunctionOutput, Failure> {
        let mut constraints = constraints();
        check_name(&mut constraints, &self.function_name, Shape::Namespaced);
        let page = Page::new(self.marker.as_deref(), self.max_items, DEFAULT, &mut constraints);
        constraints.finish()?;
        let name = FunctionName::read(&self.function_name, None, Self::NAME, context)?;
        let function = find::named(&name, rows)?;
        // With leading zeros texts have the order of their numbers.
        let (versions, next_marker) =
            page.cut(versions(&function, rows)?, |version| format!("{:020}", version.number));
        let shown =
            |version: &Version| FunctionConfiguration::listed(&function, version, Some(&version.name()));
        Ok(ListVersionsByFunctionOutput { next_marker, versions: versions.iter().map(shown).collect() })
    }
}

/// `$LATEST` and the published versions, in order.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn versions(function: &Function, rows: &dyn Rows) -> Result<Vec<Version>, Failure> {
    let (start, end) = (keys::versions(function.id), keys::running(function.id));
    let pairs = rows.scan(start.as_bytes(), end.as_bytes(), Direction::Forward, usize::MAX)?;
    pairs.iter().map(|(_, value)| row::decode(value)).collect()
}
