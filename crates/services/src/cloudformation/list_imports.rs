//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListImports.html>

use super::exports::{Export, importers};
use super::model::Stack;
use super::{errors, keys};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::{Rows, RowsExt};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListImports {
    pub export_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListImportsOutput {
    pub imports: Vec<String>,
}

impl Read for ListImports {
    const NAME: &'static str = "ListImports";
    type Output = ListImportsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListImportsOutput, Failure> {
        let name = &self.export_name;
        if rows.row::<Export>(&keys::export(context.scope(), name))?.is_none() {
            let text = format!("Export '{name}' does not exist.");
            return Err(errors::validation(text).into());
        }
        let stacks = importers(context.scope(), name, usize::MAX, rows)?;
        if stacks.is_empty() {
            let text = format!("Export '{name}' is not imported by any stack.");
            return Err(errors::validation(text).into());
        }
        let imports = stacks.into_iter().map(|stack| Ok(Stack::load(stack, rows)?.name));
        Ok(ListImportsOutput { imports: imports.collect::<Result<_, Failure>>()? })
    }
}
