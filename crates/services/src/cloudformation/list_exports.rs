//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html>

use super::exports::Export;
use super::{errors, keys};
use crate::context::Context;
use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader};
use crate::operation::Read;
use crate::page;
use crate::row;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;

/// As many as AWS lists on a page.
const PAGE: usize = 100;
const LIST: &str = "exports";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListExports {
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListExportsOutput {
    pub exports: Vec<ExportShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExportShape {
    pub exporting_stack_id: String,
    pub name: String,
    pub value: String,
}

impl Read for ListExports {
    const NAME: &'static str = "ListExports";
    type Output = ListExportsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListExportsOutput, Failure> {
        let all = keys::exports(context.scope());
        let start = match &self.next_token {
            None => all.as_bytes().to_vec(),
            Some(token) => {
                let last = page::last(context.secrets, LIST, token).ok_or_else(errors::invalid_token)?;
                Key::after(keys::export(context.scope(), &last).as_bytes())
            }
        };
        let found = rows.scan(&start, &all.end(), Direction::Forward, PAGE + 1)?;
        let mut exports = Vec::new();
        for (key, value) in found.iter().take(PAGE) {
            let export: Export = row::decode(value)?;
            let mut reader = KeyReader::new(key, Family::Export)?;
            reader.text()?;
            reader.text()?;
            let name = reader.text()?;
            exports.push(ExportShape { exporting_stack_id: export.stack_arn, name, value: export.value });
        }
        let last = exports.last().filter(|_| found.len() > PAGE);
        let next_token = last.map(|last| page::token(context.secrets, LIST, &last.name));
        Ok(ListExportsOutput { exports, next_token })
    }
}
