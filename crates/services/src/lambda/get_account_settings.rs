//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::account::{self, CONCURRENT_EXECUTIONS, TOTAL_CODE_SIZE};
use crate::lambda::list_versions_by_function::versions;
use crate::lambda::package::{UNZIPPED_BYTES, ZIPPED_BYTES};
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
pub struct GetAccountSettings {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccountSettingsOutput {
    pub account_limit: AccountLimit,
    pub account_usage: AccountUsage,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountLimit {
    pub total_code_size: u64,
    pub code_size_unzipped: u64,
    pub code_size_zipped: u64,
    pub concurrent_executions: u32,
    pub unreserved_concurrent_executions: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountUsage {
    pub total_code_size: u64,
    pub function_count: usize,
}

impl Read for GetAccountSettings {
    const NAME: &'static str = "GetAccountSettings";
    type Output = GetAccountSettingsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<GetAccountSettingsOutput, Failure> {
        let functions = account::functions(context.scope(), rows)?;
        let mut total_code_size = 0;
        for function in &functions {
            let sizes = versions(function, rows)?.into_iter().map(|version| version.configuration.code.size);
            total_code_size += sizes.sum::<u64>();
        }
        Ok(GetAccountSettingsOutput {
            account_limit: AccountLimit {
                total_code_size: TOTAL_CODE_SIZE,
                code_size_unzipped: UNZIPPED_BYTES,
                code_size_zipped: ZIPPED_BYTES,
                concurrent_executions: CONCURRENT_EXECUTIONS,
                unreserved_concurrent_executions: account::unreserved(&functions),
            },
            account_usage: AccountUsage { total_code_size, function_count: functions.len() },
        })
    }
}
